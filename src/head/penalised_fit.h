#pragma once
// What the linear and the kernel head have in common: the optimum of a loss with an L2 penalty.

#include <vector>

#include "base/matrix.h"
#include "loss/matrix.h"

namespace oneormany::head {

struct LinearHead;

/// Minimises  1/n Σ_i loss(W x_i + b, y_i) + λ/2 |W|²  over W and b by L-BFGS, for several λ on the
/// same rows x_i as they are; each fit starts where the one before ended, the first one at zero.
/// Which losses have one optimum, and what happens under the others: HeadFit.
class PenalisedFit {
 public:
  /// rows: n × d; targets: n × classes. Requires n > 0 and equal rows; all three must outlive this.
  PenalisedFit(const Matrix& rows, const Matrix& targets, const loss::Loss& loss);

  /// λ > 0. `tolerance`: the gradient's norm at the end, over the parameters' (or over 1).
  LinearHead fit(double lambda, double tolerance);

 private:
  const Matrix& rows_;
  const Matrix& targets_;
  const loss::Loss& loss_;
  std::vector<double> parameters_;  // W row by row, then b: where the next fit starts
};

}  // namespace oneormany::head
