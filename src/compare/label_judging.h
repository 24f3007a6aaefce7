#pragma once
// An arm's probabilities to its measures label by label.

#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "compare/comparison.h"

namespace oneormany {

/// Judges the out-of-fold probabilities (rows × labels; the pictures in their order, deal after
/// deal). group_of_row: rows of one picture and its exact duplicates share a group. labels: of each
/// row. names: of the labels, with how many pictures carry them. folds: for each time the pictures
/// were dealt, the fold of each; may be empty, and then no thresholds are tuned. Each fold's
/// thresholds come from the other folds of the same deal.
LabelFindings judge_labels(const Matrix& probabilities, const std::vector<int>& group_of_row,
                           const std::vector<std::vector<int>>& labels,
                           const std::vector<ClassCount>& names,
                           const std::vector<std::vector<int>>& folds, std::uint64_t seed);

}  // namespace oneormany
