#pragma once
// The protocol: how the arms are fitted and who predicts whom.
//
// Each picture of the classes is predicted by heads that never saw it (out-of-fold); each unseen
// picture by every fold's head. The L2 strength of a fold's head is chosen inside its training
// folds: for each pair of folds a head is fitted on the other folds and judged on both of the pair,
// so that fold i's strength comes from the heads that saw neither i nor the fold they are judged
// on. One fit serves (i, j) and (j, i), which halves the work of nested cross-validation. The small
// network has fixed options and is fitted once for each fold.
//
// A loss that weighs classes by their counts gets those of the rows that it is fitted on, in every
// one of these fits: the counts of pictures held out would tell of them.
//
// Nothing here can be handed unseen pictures but predict(), which comes after every choice.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/matrix.h"
#include "compare/arms.h"
#include "head/head.h"
#include "loss/matrix.h"

namespace oneormany {

/// What may be learned from.
struct LearningData {
  MatrixF features;                      ///< pictures × features
  std::vector<std::vector<int>> labels;  ///< of each picture
  std::vector<int> groups;               ///< exact duplicates share a group
  int classes = 0;
  MatrixF background;  ///< pictures of none of the classes × features; may have no rows
};

struct ProtocolOptions {
  int folds = 5;  ///< at least 3
  std::vector<std::uint64_t> seeds{1};
};

struct FittedArm {
  ArmSpec spec;
  /// Out-of-fold logits; the pictures in their order, seed after seed: (seeds · pictures) ×
  /// columns.
  Matrix logits;
  std::vector<std::vector<int>> folds;  ///< seed after seed: the fold of each picture
  std::vector<Head> heads;              ///< seed after seed, fold after fold
  std::vector<double> strengths;  ///< the λ chosen for each of them; none for the small network
};

/// Fits all arms on all folds and seeds. `fitted` is told of each head that is done, out of
/// heads_to_fit(). Throws Interrupted on Ctrl-C.
std::vector<FittedArm> fit_arms(const std::vector<ArmSpec>& specs, const LearningData& data,
                                const ProtocolOptions& options,
                                const std::function<void()>& fitted);
std::size_t heads_to_fit(const std::vector<ArmSpec>& specs, const ProtocolOptions& options);

/// Logits that every head of the arm gives the pictures: head after head, (heads · pictures) ×
/// columns.
Matrix predict(const FittedArm& arm, const MatrixF& features);

}  // namespace oneormany
