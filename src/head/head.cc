#include "head/head.h"

namespace oneormany::head {
namespace {

/// Kernel heads of one map, as one with the columns of all.
KernelHead side_by_side(const std::vector<const KernelHead*>& heads) {
  Index columns = 0;
  for (const KernelHead* const head : heads) columns += head->bias.size();
  KernelHead all{heads.front()->map, Matrix(columns, heads.front()->weights.cols()),
                 Vector(columns)};
  Index first = 0;
  for (const KernelHead* const head : heads) {
    all.weights.middleRows(first, head->bias.size()) = head->weights;
    all.bias.segment(first, head->bias.size()) = head->bias;
    first += head->bias.size();
  }
  return all;
}

}  // namespace

std::vector<Matrix> logits_of(const std::vector<const Head*>& heads, const MatrixF& features) {
  std::vector<Matrix> logits(heads.size());
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (logits[i].size() > 0) continue;
    const auto* const kernel = std::get_if<KernelHead>(heads[i]);
    if (!kernel) {
      logits[i] = logits_of(*heads[i], features);
      continue;
    }
    std::vector<std::size_t> which;
    std::vector<const KernelHead*> of_one_map;
    for (std::size_t j = i; j < heads.size(); ++j) {
      const auto* const other = std::get_if<KernelHead>(heads[j]);
      if (!other || other->map != kernel->map) continue;
      which.push_back(j);
      of_one_map.push_back(other);
    }
    const Matrix all = side_by_side(of_one_map).logits(features);
    Index first = 0;
    for (const std::size_t j : which) {
      const Index columns = std::get<KernelHead>(*heads[j]).bias.size();
      logits[j] = all.middleCols(first, columns);
      first += columns;
    }
  }
  return logits;
}

}  // namespace oneormany::head
