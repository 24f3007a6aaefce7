#pragma once
// Thresholds that keep a share of the right predictions, and what they let pass.

#include <cstddef>
#include <vector>

#include "evaluate/predictions.h"
#include "metrics/aim.h"
#include "metrics/kinds.h"
#include "metrics/lanes.h"
#include "ood/separation.h"

namespace oneormany::evaluate {

/// One for all pictures, or one for those of each most probable class.
struct Thresholds {
  std::vector<double> values;

  double of(int best) const {
    return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(best)];
  }
  bool accepts(const Predictions& predictions, std::size_t score, std::size_t row) const {
    return predictions.scores[score](static_cast<Index>(row)) >= of(predictions.best[row]);
  }
};

/// Which pictures get a label at the thresholds that keep so much, on one score. Where each class
/// has its own, no right prediction of it and so nothing to keep means 1: the highest probability
/// that there is.
class Keeping {
 public:
  /// own: of pictures of the classes, by the heads that predict `others` too; labelled: its rows
  /// that carry a label. rows: of `others`.
  Keeping(const metrics::Keep& keep, const Predictions& own, const LabelledRows& labelled,
          std::size_t score, const Predictions& others, const std::vector<int>& rows);

  /// For the thresholds alone.
  Keeping(const metrics::Keep& keep, const Predictions& own, const LabelledRows& labelled,
          std::size_t score);

  const Thresholds& thresholds() const { return thresholds_; }

  /// The share of the others that passes where both are so often there and the thresholds are
  /// chosen anew: of the labelled rows, and of `rows`.
  metrics::Lanes<double> passing(const metrics::Times& own_times,
                                 const metrics::Times& others_times) const;

 private:
  std::vector<ood::Separation> parts_;  ///< all pictures, or those of each class
  Thresholds thresholds_;
};

/// How many of each cluster of the rows get a label.
std::vector<metrics::KindCount> passing_of_each(const Thresholds& thresholds,
                                                const Predictions& predictions, std::size_t score,
                                                const metrics::Clusters& clusters);

}  // namespace oneormany::evaluate
