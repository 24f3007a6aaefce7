#pragma once
// What the linear and the kernel head have in common: the optimum of a loss with an L2 penalty.

#include <functional>
#include <optional>
#include <vector>

#include "base/matrix.h"
#include "head/directions.h"
#include "loss/matrix.h"

namespace oneormany::head {

struct LinearHead;

/// Accuracies of a fit, how far above the lowest value it may end as a share of it: of one that is
/// used, of one that only shows which λ is best, and of one that the next one starts from.
inline constexpr double kAccurate = 1e-7, kGoodEnough = 1e-5, kOnTheWay = 1e-3;

/// Where a fit goes.
struct FitGoal {
  double lambda;  ///< > 0
  double accuracy = kAccurate;
};

/// Minimises  1/n Σ_i loss(W x_i + b, y_i) + λ/2 |W|²  over W and b, for several λ on the same rows
/// x_i as they are; each fit starts where the one before ended, the first one at zero weights.
/// Which losses have one optimum, and what happens under the others: HeadFit.
///
/// L-BFGS (Liu & Nocedal 1989) with two additions. It starts from the curvature that the rows have
/// along their leading directions, times q (1 − q) for a class that a share q of them has: the mean
/// of p (1 − p) can't exceed that where the mean of p is q, as it is at the optimum, and as the
/// first bias makes it. And what it learned of the curvature holds for every λ: a pair of a step s
/// and the gradient's change y is kept without the penalty's part of y, which is λ s. On a path of
/// λ that spares two thirds of the steps (docs/design.md).
///
/// Products and directions are in float; parameters, losses and sums in double.
///
/// It doesn't see the rows. It asks for the loss at a point and goes on from the answer, so that
/// several fits on the same rows can ask at once: to read the rows costs more than to multiply them
/// with a few vectors.
class PenalisedFit {
 public:
  /// directions: of the rows, n × d; targets: n × classes. All must outlive this.
  PenalisedFit(const Directions& directions, const Matrix& targets, const loss::Loss& loss);

  /// The next goal. The accuracy is an estimate, half the step times the gradient.
  void set_out(FitGoal goal);
  bool arrived() const { return arrived_; }

  /// Where it is.
  LinearHead head() const;

  /// A step of each of these that has not arrived, with one pass over the rows: n × d, n > 0.
  /// Throws Error if a loss isn't a number there.
  static void advance(const std::vector<PenalisedFit*>& fits, const MatrixF& rows);

 private:
  /// The loss without its penalty.
  struct Point {
    Vector parameters;  // W row by row, then b
    double loss = 0;
    Vector gradient;  // empty: not evaluated
  };

  void aim();
  void take_answer();
  double penalised(const Point& point) const;
  Vector penalised_gradient(const Point& point) const;
  Eigen::VectorXf direction(const Eigen::VectorXf& gradient) const;
  Eigen::VectorXf scaled(const Eigen::VectorXf& gradient) const;
  void remember(const Point& from, const Point& to);
  Index classes() const { return targets_.cols(); }
  Index dims() const { return directions_.basis.cols(); }
  Index weights() const { return classes() * dims(); }

  const Directions& directions_;
  const Matrix& targets_;
  const loss::Loss& loss_;
  Eigen::ArrayXd curvatures_;  // of each class: at most, on average over the rows
  FitGoal goal_{1};
  bool arrived_ = true;
  int steps_ = 0;    // since it set out
  Point at_, next_;  // where it is, and where it asks for the loss
  // From at_ to next_: length_ along_. At at_, along that: the penalised loss and its slope.
  Vector along_;
  double length_ = 1, value_ = 0, slope_ = 0;
  struct Pair {
    Eigen::VectorXf step, change;  // of the parameters, and of the gradient without the penalty's
    double product, length;        // of both, and of the step's weights, squared
  };
  std::vector<Pair> pairs_;  // the oldest first
};

/// One row of logits for each row, with the products in float as in the fit.
Matrix logits_in_float(const LinearHead& head, const MatrixF& rows);

/// One of several fits on the same rows.
struct Route {
  const Matrix& targets;  ///< n × classes
  const loss::Loss& loss;
  /// The next goal, once the one before is reached, by the head there (null: at the start). None:
  /// the end.
  std::function<std::optional<FitGoal>(const LinearHead*)> next;
};

/// Takes each of the routes to its end. rows: n × d, n > 0, with their directions.
void fit_together(const MatrixF& rows, const Directions& directions,
                  const std::vector<Route>& routes);

}  // namespace oneormany::head
