#pragma once
// The head that people get: fitted on everything.
//
// Heads of cross-validation learned from fewer pictures, and the more a head has learned from, the
// surer it is and the nearer a picture is to known ones. So a threshold that was chosen on their
// scores would accept too much. The scores that the threshold is taken from are those of heads that
// differ from the final one by a twentieth of the pictures, on these pictures.

#include <cstdint>
#include <functional>
#include <vector>

#include "train/cross_validation.h"

namespace oneormany::train {

struct FinalFit {
  head::Head head;
  double penalty = 0;  ///< λ: the median of those that the folds chose, of two the larger; 0: none
  std::vector<ood::ScoreKind> score_kinds;  ///< kMaxProbability first
  RawPredictions own;  ///< out of fold, of heads on all but a twentieth of the pictures
};

inline constexpr int kFinalFolds = 20;

/// Fits as the folds' heads were fitted, on all pictures, and on all background where the model
/// learns from it. data: what `model` was fitted on; scores: to fit beside kMaxProbability.
/// `fitted` is called for each head, kFinalFolds + 1 of them, from several threads. Throws
/// Interrupted on Ctrl-C.
FinalFit fit_final(const FittedModel& model, const LearningData& data,
                   const std::vector<ood::ScoreKind>& scores, std::uint64_t seed,
                   const std::function<void()>& fitted);

}  // namespace oneormany::train
