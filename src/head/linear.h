#pragma once
// The linear head: logits = W x + b on the backbone's features, fitted to its optimum.

#include "base/matrix.h"
#include "head/penalised_fit.h"
#include "loss/matrix.h"

namespace oneormany {

struct LinearHead {
  Matrix weights;  ///< classes × features; the standardisation of the features is folded in
  Vector bias;     ///< classes

  /// One row of logits for each row of features.
  Matrix logits(const MatrixF& features) const;
};

/// Fits heads of several strengths of L2 on the same pictures, each starting from the one before.
///
/// Minimises  1/n Σ_i loss(W x_i + b, y_i) + λ/2 |W|²  by L-BFGS (Liu & Nocedal 1989), where the
/// x_i are standardised (mean 0, deviation 1 over the rows given here) and b is free; a loss that
/// is no sum over rows has its own mean in place of the first term. Cross-entropy, binary
/// cross-entropy, multi_margin, zlpr and two_way are convex: the result depends on nothing else.
/// The focal and asymmetric losses are not: theirs is the stationary point that L-BFGS reaches from
/// zero weights, or from the fit before. multi_margin with power 1 has kinks, where the line search
/// ends early: within 0.1 % of the lowest value found for λ of 0.1, but up to twice it for 0.001;
/// power 2 is smooth and has no such trouble.
class LinearFit {
 public:
  /// features: n × d; targets: n × classes. Requires n > 0 and equal rows; targets and loss must
  /// outlive this. Throws Error if a feature is not a number.
  LinearFit(const MatrixF& features, const Matrix& targets, const Loss& loss);

  /// λ > 0. `tolerance`: the gradient's norm at the end, over the parameters' (or over 1).
  LinearHead fit(double lambda, double tolerance = 1e-4);

 private:
  Eigen::RowVectorXd mean_, scale_;  // of each feature
  PenalisedFit fit_;                 // of the standardised rows
};

}  // namespace oneormany
