#pragma once
// Which picture lies in which fold.

#include <cstdint>
#include <string>
#include <vector>

namespace oneormany::data {

/// Splits pictures into `folds` folds so that each fold has its share of every class.
/// labels[i]: the labels of picture i (indices below `classes`; none, one or many).
/// groups[i]: pictures of the same group (exact duplicates) always land in the same fold.
/// By iterative stratification (Sechidis, Tsoumakas, Vlahavas 2011), where "no label" counts as
/// one more label; with one label each this is stratified k-fold: no two folds differ by more
/// than one picture of a class, or than the largest group.
/// Returns the fold of each picture, 0..folds-1. The same seed gives the same folds, on every
/// machine. Requires folds >= 2, labels.size() == groups.size().
std::vector<int> stratified_folds(const std::vector<std::vector<int>>& labels, int classes,
                                  const std::vector<int>& groups, int folds, std::uint64_t seed);

/// Fewer folds than this leave too few pictures to learn from.
constexpr int kFewestFolds = 3;

/// Throws Error, naming the class, its count and the cure, if a class has fewer different
/// pictures (groups) than there are folds: some fold would have none of it.
/// Requires labels below class_names.size(), labels.size() == groups.size().
void require_enough_pictures(const std::vector<std::vector<int>>& labels,
                             const std::vector<std::string>& class_names,
                             const std::vector<int>& groups, int folds);

/// How many different pictures (groups) each class has.
std::vector<int> different_pictures(const std::vector<std::vector<int>>& labels, int classes,
                                    const std::vector<int>& groups);

}  // namespace oneormany::data
