#pragma once
// Which L2 penalty λ a fold's head gets: nested cross-validation at half the cost
// (cross_validation.h).

#include <array>
#include <vector>

#include "base/matrix.h"
#include "loss/matrix.h"

namespace oneormany::train {

/// The λ tried, from large to small, so that each fit starts from a simpler one.
inline constexpr std::array kPenalties{1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};

/// One for each λ: of heads that saw neither of two folds, on one of them. Infinite: not tried.
using HeldOutLosses = std::array<double, kPenalties.size()>;

/// The mean loss of a picture times the number of pictures, so that folds add up.
double held_out_loss(const Matrix& logits, const loss::Loss& loss, const Matrix& targets);

/// Whether the loss of this λ (a number in kPenalties) and that of the one before are each higher
/// than the one before them: smaller λ need not be tried, as they fit the training rows closer yet.
bool risen_twice(const HeldOutLosses& losses, std::size_t penalty);

/// Losses that differ by this share say nothing: heads that only choose are fitted to a fifth of
/// it, and the next pictures would change it by ten times as much. Without it rounding would
/// choose.
inline constexpr double kAsGood = 0.005;

/// Of one model and repeat, all pairs of folds.
class FoldPairs {
 public:
  explicit FoldPairs(int folds);

  /// Of fold `of`, by the heads that saw neither it nor fold `other`.
  HeldOutLosses& at(int of, int other);
  const HeldOutLosses& at(int of, int other) const;

  /// The number (in kPenalties) of the λ whose heads, that did not see fold `held_out`, had the
  /// lowest loss on the others; of several that are as good, to kAsGood, the largest λ.
  std::size_t best_penalty(int held_out) const;

 private:
  int folds_;
  std::vector<HeldOutLosses> held_out_;  // none where both are the same
};

}  // namespace oneormany::train
