#include "head/penalised_fit.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "head/averaging.h"
#include "head/linear.h"

namespace oneormany::head {
namespace {

constexpr std::size_t kPairs = 20;
constexpr int kMostSteps = 1000;
// Rows that stay in the cache from their logits to the gradient; fewer where little is done with
// each.
constexpr Index kBlock = 256, kSmallBlock = 64;
// Eigen's matrix product first copies its sides into blocks, which pays from about so many columns
// on. Below, products with one vector after the other are twice as fast, on so few rows at once
// that they are in the first cache for all but the first of the columns.
constexpr Index kFewColumns = 6;
constexpr Index kRowsAtOnce = 16;
constexpr double kBound = 0.25;       // of the curvature: Böhning's for two classes
constexpr double kSufficient = 1e-4;  // share of the promised decrease (Armijo)
constexpr double kRounding = 1e-6;    // of the value, which products in float can't tell
constexpr double kNegligible = 1e-3;  // a loss that nobody minds: a bias may go on growing for ever

/// The parameters' weights, and the rest, which is the bias.
auto matrix_of(Vector& parameters, Index classes, Index dims) {
  return Eigen::Map<Matrix>(parameters.data(), classes, dims);
}
auto matrix_of(const Vector& parameters, Index classes, Index dims) {
  return Eigen::Map<const Matrix>(parameters.data(), classes, dims);
}

using Block = Eigen::Ref<const MatrixF>;

/// products = rows weightsᵀ.
void multiply(const Block& rows, const MatrixF& weights, MatrixF& products) {
  if (weights.rows() > kFewColumns) {
    products.noalias() = rows * weights.transpose();
    return;
  }
  products.resize(rows.rows(), weights.rows());
  for (Index first = 0; first < rows.rows(); first += kRowsAtOnce) {
    const Index count = std::min(kRowsAtOnce, rows.rows() - first);
    for (Index c = 0; c < weights.rows(); ++c) {
      products.col(c).segment(first, count).noalias() =
          rows.middleRows(first, count) * weights.row(c).transpose();
    }
  }
}

/// gradient += slopesᵀ rows.
void add_products(const Block& rows, const MatrixF& slopes, MatrixF& gradient) {
  if (slopes.cols() > kFewColumns) {
    gradient.noalias() += slopes.transpose() * rows;
    return;
  }
  for (Index first = 0; first < rows.rows(); first += kRowsAtOnce) {
    const Index count = std::min(kRowsAtOnce, rows.rows() - first);
    for (Index c = 0; c < slopes.cols(); ++c) {
      gradient.row(c).noalias() +=
          slopes.col(c).segment(first, count).transpose() * rows.middleRows(first, count);
    }
  }
}

}  // namespace

PenalisedFit::PenalisedFit(const MatrixF& rows, const Directions& directions, const Matrix& targets,
                           const loss::Loss& loss)
    : rows_(rows), directions_(directions), targets_(targets), loss_(loss) {
  at_.parameters = Vector::Zero(targets.cols() * (rows.cols() + 1));
}

/// Fills in loss and gradient.
void PenalisedFit::evaluate(Point& point) {
  const Index classes = targets_.cols(), dims = rows_.cols(), n = rows_.rows();
  const Averaging average = average_over(n, loss_);
  // A loss that is no sum over rows wants them all.
  const Index at_once = average.reduction != loss::Reduction::kSum ? n
                        : classes > kFewColumns                    ? kBlock
                                                                   : kSmallBlock;
  const MatrixF weights = matrix_of(point.parameters, classes, dims).cast<float>();
  const Eigen::RowVectorXd bias = point.parameters.tail(classes).transpose();
  MatrixF gradient = MatrixF::Zero(classes, dims);
  Eigen::RowVectorXd bias_gradient = Eigen::RowVectorXd::Zero(classes);
  point.loss = 0;
  MatrixF products, narrow;
  Matrix logits, slopes;
  for (Index first = 0; first < n; first += at_once) {
    const Index count = std::min(at_once, n - first);
    multiply(rows_.middleRows(first, count), weights, products);
    logits = products.cast<double>();
    logits.rowwise() += bias;
    slopes.resize(count, classes);
    point.loss += loss_.evaluate(loss::Batch<double>{.logits = logits.data(),
                                                     .rows = count,
                                                     .columns = classes,
                                                     .targets = targets_.row(first).data(),
                                                     .gradient = slopes.data()},
                                 average.reduction, 1);
    bias_gradient += slopes.colwise().sum();
    narrow = slopes.cast<float>();
    add_products(rows_.middleRows(first, count), narrow, gradient);
  }
  point.loss /= average.divide_by;
  point.gradient.resize(point.parameters.size());
  matrix_of(point.gradient, classes, dims) = gradient.cast<double>() / average.divide_by;
  point.gradient.tail(classes) = bias_gradient.transpose() / average.divide_by;
}

double PenalisedFit::penalised(const Point& point, double lambda) const {
  return point.loss + lambda / 2 * point.parameters.head(weights()).squaredNorm();
}

Vector PenalisedFit::penalised_gradient(const Point& point, double lambda) const {
  Vector gradient = point.gradient;
  gradient.head(weights()) += lambda * point.parameters.head(weights());
  return gradient;
}

/// The gradient over the curvature that the directions tell.
Eigen::VectorXf PenalisedFit::scaled(const Eigen::VectorXf& gradient, double lambda) const {
  const Index classes = targets_.cols(), dims = rows_.cols();
  const double of_rest = 1 / (kBound * directions_.of_rest + lambda);
  const Eigen::RowVectorXf more =
      ((kBound * directions_.variances.array() + lambda).inverse() - of_rest)
          .cast<float>()
          .matrix()
          .transpose();
  const Eigen::Map<const MatrixF> given(gradient.data(), classes, dims);
  MatrixF along = given * directions_.basis;
  along.array().rowwise() *= more.array();
  Eigen::VectorXf found(gradient.size());
  Eigen::Map<MatrixF> weights(found.data(), classes, dims);
  weights = static_cast<float>(of_rest) * given;
  weights.noalias() += along * directions_.basis.transpose();
  found.tail(classes) = gradient.tail(classes) / static_cast<float>(kBound);
  return found;
}

/// The two loops of L-BFGS. A pair's change of the penalised gradient is change + λ step, but for
/// the bias.
Eigen::VectorXf PenalisedFit::direction(const Eigen::VectorXf& gradient, double lambda) const {
  if (pairs_.empty()) return -scaled(gradient, lambda);
  const Index n = weights(), rest = gradient.size() - n;
  const auto l = static_cast<float>(lambda);
  const auto curvature = [&](const Pair& pair) {
    return static_cast<float>(pair.product + lambda * pair.length);
  };
  const auto change = [&](const Pair& pair) { return pair.change.head(n) + l * pair.step.head(n); };
  std::vector<float> shares(pairs_.size());
  Eigen::VectorXf found = gradient;
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    const Pair& pair = pairs_[i];
    shares[i] = pair.step.dot(found) / curvature(pair);
    found.head(n) -= shares[i] * change(pair);
    found.tail(rest) -= shares[i] * pair.change.tail(rest);
  }
  Eigen::VectorXf last(found.size());
  last << change(pairs_.back()), pairs_.back().change.tail(rest);
  found = (curvature(pairs_.back()) / last.dot(scaled(last, lambda))) * scaled(found, lambda);
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const Pair& pair = pairs_[i];
    const float along =
        change(pair).dot(found.head(n)) + pair.change.tail(rest).dot(found.tail(rest));
    found += (shares[i] - along / curvature(pair)) * pair.step;
  }
  return -found;
}

void PenalisedFit::remember(const Point& from, const Point& to) {
  const Vector step = to.parameters - from.parameters, change = to.gradient - from.gradient;
  // Of a convex loss it is never negative, but a loss that isn't may bend down.
  const double product = step.dot(change);
  if (product <= 1e-10 * step.norm() * change.norm()) return;
  if (pairs_.size() == kPairs) pairs_.erase(pairs_.begin());
  pairs_.push_back(
      {step.cast<float>(), change.cast<float>(), product, step.head(weights()).squaredNorm()});
}

void PenalisedFit::move_to(double lambda, double accuracy) {
  if (at_.gradient.size() == 0) evaluate(at_);
  for (int steps = 0; steps < kMostSteps; ++steps) {
    const Vector gradient = penalised_gradient(at_, lambda);
    const double value = penalised(at_, lambda);
    if (!std::isfinite(value) || !gradient.allFinite()) {
      throw Error("the head could not be fitted: its loss is not a number");
    }
    const Vector along = direction(gradient.cast<float>(), lambda).cast<double>();
    const double slope = gradient.dot(along);
    if (slope > 0 && !pairs_.empty()) {  // rounding among pairs of very different curvature
      pairs_.clear();
      continue;
    }
    if (-slope / 2 <= accuracy * (std::abs(value) + kNegligible)) return;
    Point next;
    double length = 1;
    for (;; length /= 2) {
      if (length < 1e-6) return;  // as far as rounding, or a kink, lets it
      next.parameters = at_.parameters + length * along;
      evaluate(next);
      const double rise = penalised(next, lambda) - value;
      if (rise <= kSufficient * length * slope) break;
      // Where rounding hides the decrease, the slope still shows whether the step went too far
      // (Hager & Zhang 2005).
      if (rise <= kRounding * std::abs(value) &&
          penalised_gradient(next, lambda).dot(along) <= -0.8 * slope) {
        break;
      }
    }
    remember(at_, next);
    at_ = std::move(next);
  }
}

LinearHead PenalisedFit::head() const {
  const Index classes = targets_.cols(), dims = rows_.cols();
  return {matrix_of(at_.parameters, classes, dims), at_.parameters.tail(classes)};
}

}  // namespace oneormany::head
