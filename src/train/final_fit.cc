#include "train/final_fit.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "train/head_fits.h"
#include "train/l2_penalty.h"

namespace oneormany::train {
namespace {

std::vector<Index> all_rows(const MatrixF& features) {
  std::vector<Index> rows(static_cast<std::size_t>(features.rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

}  // namespace

double final_penalty(const FittedModel& model) {
  std::vector<double> chosen = model.penalties;
  if (chosen.empty()) return 0;
  std::sort(chosen.begin(), chosen.end(), std::greater<>());
  return chosen[(chosen.size() - 1) / 2];
}

head::Head fit_final(const FittedModel& model, const LearningData& data, std::uint64_t seed) {
  const ModelSpec& spec = model.spec;
  const head::HeadKind kind = spec.head.value();
  const Rows rows = gather(data, all_rows(data.features),
                           spec.background ? all_rows(data.background) : std::vector<Index>());
  std::shared_ptr<const head::KernelRows> kernel_rows;
  if (kind == head::HeadKind::kRbf) {
    kernel_rows = std::make_shared<const head::KernelRows>(data.features, data.background);
  }
  const HeadFits fits(kind, data, kernel_rows, rows);
  std::vector<WantedHead> wanted(1);
  wanted[0].targets = targets_of(spec, data, rows);
  wanted[0].loss = loss_for(spec, wanted[0].targets);
  if (kind == head::HeadKind::kMlp) {
    return fits.network(wanted[0].targets, *wanted[0].loss, seed);
  }
  const auto at = std::find(kPenalties.begin(), kPenalties.end(), final_penalty(model));
  wanted[0].penalty = static_cast<std::size_t>(at - kPenalties.begin());
  return fit_heads(fits, wanted).front();
}

}  // namespace oneormany::train
