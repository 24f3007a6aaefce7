#include "evaluate/keeping.h"

namespace oneormany::evaluate {
namespace {

/// Everything, for one threshold.
constexpr int kAllClasses = -1;

bool is_of(int of_class, const Predictions& predictions, int row) {
  return of_class == kAllClasses || predictions.best[static_cast<std::size_t>(row)] == of_class;
}

ood::Separation part_of(int of_class, double kept, const Predictions& own,
                        const LabelledRows& labelled, std::size_t score, const Predictions* others,
                        const std::vector<int>& rows) {
  std::vector<double> in_domain, unseen;
  std::vector<bool> right;
  ood::Separation::Rows places;
  for (std::size_t i = 0; i < labelled.rows.size(); ++i) {
    if (!is_of(of_class, own, labelled.rows[i])) continue;
    in_domain.push_back(own.scores[score](labelled.rows[i]));
    right.push_back(labelled.right[i]);
    places.in_domain.push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!is_of(of_class, *others, rows[i])) continue;
    unseen.push_back(others->scores[score](rows[i]));
    places.unseen.push_back(static_cast<int>(i));
  }
  return {in_domain, right, unseen, kept, places};
}

std::vector<ood::Separation> parts_of(const metrics::Keep& keep, const Predictions& own,
                                      const LabelledRows& labelled, std::size_t score,
                                      const Predictions* others, const std::vector<int>& rows) {
  std::vector<ood::Separation> parts;
  if (!keep.each) {
    parts.push_back(part_of(kAllClasses, keep.share, own, labelled, score, others, rows));
    return parts;
  }
  for (int c = 0; c < own.probabilities.cols(); ++c) {
    parts.push_back(part_of(c, keep.share, own, labelled, score, others, rows));
  }
  return parts;
}

Thresholds thresholds_of(const std::vector<ood::Separation>& parts) {
  Thresholds thresholds;
  for (const ood::Separation& part : parts) thresholds.values.push_back(part.threshold());
  return thresholds;
}

}  // namespace

Keeping::Keeping(const metrics::Keep& keep, const Predictions& own, const LabelledRows& labelled,
                 std::size_t score, const Predictions& others, const std::vector<int>& rows)
    : parts_(parts_of(keep, own, labelled, score, &others, rows)),
      thresholds_(thresholds_of(parts_)) {}

Keeping::Keeping(const metrics::Keep& keep, const Predictions& own, const LabelledRows& labelled,
                 std::size_t score)
    : parts_(parts_of(keep, own, labelled, score, nullptr, {})),
      thresholds_(thresholds_of(parts_)) {}

metrics::Lanes<double> Keeping::passing(const metrics::Times& own_times,
                                        const metrics::Times& others_times) const {
  metrics::Lanes<double> sum{};
  for (const ood::Separation& part : parts_) {
    const metrics::Lanes<double> passing = part.measure(own_times, others_times).passing;
    for (std::size_t l = 0; l < metrics::kLanes; ++l) sum[l] += passing[l];
  }
  return sum;
}

std::vector<metrics::KindCount> passing_of_each(const Thresholds& thresholds,
                                                const Predictions& predictions, std::size_t score,
                                                const metrics::Clusters& clusters) {
  std::vector<metrics::KindCount> counts;
  for (const auto& rows : clusters) {
    metrics::KindCount count{0, static_cast<double>(rows.size())};
    for (const int row : rows) {
      count.some += thresholds.accepts(predictions, score, static_cast<std::size_t>(row));
    }
    counts.push_back(count);
  }
  return counts;
}

}  // namespace oneormany::evaluate
