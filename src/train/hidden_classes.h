#pragma once
// Heads that do not learn some of the classes: which ones, and what they are asked about.

#include <cstdint>
#include <vector>

#include "train/fold_rows.h"

namespace oneormany::train {

/// Of each fold the classes that one of its heads does not learn, rising. Each class that pictures
/// carry is hidden in one fold; of few classes some folds hide none. Which are hidden together is
/// drawn. Of one class none is hidden.
std::vector<std::vector<int>> hide_in_turn(const LearningData& data, int folds, std::uint64_t seed);

/// How many folds hide classes from a model: all its heads there must be left two classes to tell
/// apart, or one and background. 0: none.
int folds_that_hide(const LearningData& data, int folds, bool learns_background);

/// One such head.
struct HiddenClasses {
  std::size_t seed;  ///< its number
  int fold;
  std::vector<int> known;    ///< the classes that it learns, rising
  std::vector<Index> train;  ///< pictures of the other folds, that carry no hidden class
  /// Pictures that it predicts: those of its fold that carry no hidden class, and those that carry
  /// nothing else. Rows of all heads come one after another: the first of its own.
  std::vector<Index> own, hidden;
  Index first_own, first_hidden;
};

/// Seed after seed, fold after fold. splits: of each seed.
std::vector<HiddenClasses> hidden_classes(const LearningData& data,
                                          const std::vector<Split>& splits,
                                          const std::vector<std::uint64_t>& seeds, int folds);

}  // namespace oneormany::train
