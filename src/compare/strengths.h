#pragma once
// Which strength of L2 a fold's head gets: nested cross-validation at half the cost (protocol.h).

#include <array>
#include <vector>

#include "base/matrix.h"
#include "loss/matrix.h"

namespace oneormany {

/// From strong to weak, so that each fit starts from a simpler one.
inline constexpr std::array kStrengths{1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};

/// One for each strength.
using HeldOutLosses = std::array<double, kStrengths.size()>;

/// What heads of all strengths, which saw neither of two folds, said of one of them: its pictures,
/// then its background. The columns of a strength stand together.
struct HeldOut {
  HeldOutLosses losses{};
  Matrix logits;  ///< kept where a score learns from them
};

/// Of a picture times their number, so that folds add up.
double held_out_loss(const Matrix& logits, const Loss& loss, const Matrix& targets);

/// Of one arm and seed, all pairs of folds.
class Pairs {
 public:
  explicit Pairs(int folds);

  int folds() const { return folds_; }

  /// Of fold `of`, by the heads that saw neither it nor fold `other`.
  HeldOut& at(int of, int other);
  const HeldOut& at(int of, int other) const;

  /// The strength whose heads, that did not see fold `held_out`, had the lowest loss on the others.
  std::size_t best_strength(int held_out) const;

  /// What the pictures and the background of `fold` got from a head that saw neither that fold nor
  /// `held_out`; where they are the same, from one of those that did not see it.
  Matrix logits(int held_out, int fold, std::size_t strength) const;

 private:
  int folds_;
  std::vector<HeldOut> held_out_;  // none where both are the same
};

}  // namespace oneormany
