#pragma once
// What the linear and the kernel head have in common: the optimum of a loss with an L2 penalty.

#include <vector>

#include "base/matrix.h"
#include "head/directions.h"
#include "loss/matrix.h"

namespace oneormany::head {

struct LinearHead;

/// Minimises  1/n Σ_i loss(W x_i + b, y_i) + λ/2 |W|²  over W and b, for several λ on the same rows
/// x_i as they are; each fit starts where the one before ended, the first one at zero. Which losses
/// have one optimum, and what happens under the others: HeadFit.
///
/// L-BFGS (Liu & Nocedal 1989) with two additions. It starts from the curvature that the rows have
/// along their leading directions, the loss taken for a quadratic of Böhning's bound (1992). And
/// what it learned of the curvature holds for every λ: a pair of a step s and the gradient's change
/// y is kept without the penalty's part of y, which is λ s. On a path of λ that spares two thirds
/// of the steps (docs/design.md).
///
/// Products and directions are in float; parameters, losses and sums in double.
class PenalisedFit {
 public:
  /// rows: n × d, with their directions; targets: n × classes. Requires n > 0 and equal rows; all
  /// must outlive this.
  PenalisedFit(const MatrixF& rows, const Directions& directions, const Matrix& targets,
               const loss::Loss& loss);

  /// λ > 0. `accuracy`: how far above the lowest value the fit may end, as a share of it. An
  /// estimate, half the step times the gradient. Throws Error if the loss isn't a number there.
  void move_to(double lambda, double accuracy);

  /// Where it is.
  LinearHead head() const;

 private:
  /// The loss without its penalty.
  struct Point {
    Vector parameters;  // W row by row, then b
    double loss = 0;
    Vector gradient;
  };

  void evaluate(Point& point);
  double penalised(const Point& point, double lambda) const;
  Vector penalised_gradient(const Point& point, double lambda) const;
  Eigen::VectorXf direction(const Eigen::VectorXf& gradient, double lambda) const;
  Eigen::VectorXf scaled(const Eigen::VectorXf& gradient, double lambda) const;
  void remember(const Point& from, const Point& to);
  Index weights() const { return targets_.cols() * rows_.cols(); }

  const MatrixF& rows_;
  const Directions& directions_;
  const Matrix& targets_;
  const loss::Loss& loss_;
  Point at_;
  struct Pair {
    Eigen::VectorXf step, change;  // of the parameters, and of the gradient without the penalty's
    double product, length;        // of both, and of the step's weights, squared
  };
  std::vector<Pair> pairs_;  // the oldest first
};

}  // namespace oneormany::head
