#pragma once
// An arm's probabilities to its measures label by label.

#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "evaluate/select.h"
#include "evaluate/results.h"
#include "metrics/aim.h"

namespace oneormany::evaluate {

/// Judges the out-of-fold probabilities (rows × labels; the pictures in their order, deal after
/// deal). group_of_row: rows of one picture and its exact duplicates share a group. labels: of each
/// row. names: of the labels, with how many pictures carry them. folds: for each time the pictures
/// were dealt, the fold of each; may be empty, and then no thresholds are tuned. aim: what each
/// label's threshold is for. Each fold is judged at thresholds that the other folds of the same
/// deal chose. Throws Interrupted on Ctrl-C.
LabelResults evaluate_per_label(const Matrix& probabilities, const std::vector<int>& group_of_row,
                           const std::vector<std::vector<int>>& labels,
                           const std::vector<ClassCount>& names,
                           const std::vector<std::vector<int>>& folds, const metrics::Aim& aim,
                           std::uint64_t seed);

/// See GivenLabels. Of the recommended arm; folds: not empty, as in judge_labels(); aim: of the
/// labels' thresholds.
Recommendation::GivenLabels evaluate_given_labels(const Selection& selection, const ModelPredictions& model,
                                               const std::vector<std::vector<int>>& labels,
                                               const std::vector<std::vector<int>>& folds,
                                               const metrics::Aim& aim, std::uint64_t seed);

}  // namespace oneormany::evaluate
