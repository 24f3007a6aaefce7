#include "evaluate/label_errors.h"

#include <algorithm>
#include <set>
#include <utility>

namespace oneormany::evaluate {

std::vector<LabelError> find_label_errors(const ModelPredictions& model,
                                          const std::vector<std::vector<int>>& labels,
                                          const std::vector<std::filesystem::path>& files,
                                          const DataSummary& data, std::size_t most) {
  const auto n = static_cast<Index>(files.size());
  const Matrix& all = model.own.probabilities;
  const Index repeats = all.rows() / n;
  Matrix p = Matrix::Zero(n, all.cols());
  for (Index d = 0; d < repeats; ++d) p += all.middleRows(d * n, n) / static_cast<double>(repeats);

  struct Found {
    double margin;
    LabelError error;
  };
  std::vector<Found> found;
  for (Index i = 0; i < n; ++i) {
    const auto& own = labels[static_cast<std::size_t>(i)];
    const auto carries = [&](Index c) {
      return std::find(own.begin(), own.end(), static_cast<int>(c)) != own.end();
    };
    const auto name = [&](Index c) { return data.classes[static_cast<std::size_t>(c)].name; };
    const std::filesystem::path& file = files[static_cast<std::size_t>(i)];
    if (data.problem == data::Problem::kOneClass) {
      Index best = 0;
      const double highest = p.row(i).maxCoeff(&best);
      if (carries(best)) continue;
      const double of_label = p(i, own.front());
      found.push_back(
          {highest - of_label, {file, name(own.front()), name(best), of_label, highest}});
      continue;
    }
    for (Index c = 0; c < p.cols(); ++c) {  // each label is a question of its own
      const double probability = p(i, c);
      if (carries(c) && probability < 0.5) {
        found.push_back({1 - 2 * probability, {file, name(c), "", probability, 1 - probability}});
      } else if (!carries(c) && probability > 0.5) {
        found.push_back({2 * probability - 1, {file, "", name(c), 1 - probability, probability}});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.margin > b.margin; });
  std::vector<LabelError> label_errors;
  std::set<std::filesystem::path> shown;
  for (Found& one : found) {
    if (label_errors.size() == most) break;
    if (shown.insert(one.error.file).second) label_errors.push_back(std::move(one.error));
  }
  return label_errors;
}

}  // namespace oneormany::evaluate
