#pragma once
// Which fold judges which picture.

#include <cstdint>
#include <vector>

namespace oneormany {

/// Deals pictures into `folds` folds so that each fold has its share of every class.
/// labels[i]: the labels of picture i (indices below `classes`; none, one or many).
/// groups[i]: pictures of the same group (exact duplicates) always land in the same fold.
/// One label each: stratified k-fold. Otherwise: iterative stratification (Sechidis, Tsoumakas,
/// Vlahavas 2011), where pictures without a label are spread evenly too.
/// Returns the fold of each picture, 0..folds-1. The same seed gives the same folds, on every
/// machine. Requires folds >= 2, labels.size() == groups.size().
std::vector<int> stratified_folds(const std::vector<std::vector<int>>& labels, int classes,
                                  const std::vector<int>& groups, int folds, std::uint64_t seed);

}  // namespace oneormany
