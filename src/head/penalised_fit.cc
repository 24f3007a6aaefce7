#include "head/penalised_fit.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "head/averaging.h"
#include "head/linear.h"
#include "head/row_products.h"

namespace oneormany::head {
namespace {

constexpr std::size_t kPairs = 20;
constexpr int kMostSteps = 1000;
// Rows that stay in the cache from their logits to the gradient. Of many columns the weights want
// to stay there too.
constexpr Index kBlock = 32, kBlockOfMany = 128, kMany = 36;
constexpr double kBound = 0.25;       // of the curvature: Böhning's for two classes
constexpr double kSufficient = 1e-4;  // share of the promised decrease (Armijo)
constexpr double kRounding = 1e-6;    // of the value, which products in float can't tell
constexpr double kNegligible = 1e-3;  // a loss that nobody minds: a bias may go on growing for ever
constexpr double kShortest = 1e-6;    // share of a step: less is rounding, or a kink

/// The parameters' weights, and the rest, which is the bias.
auto matrix_of(Vector& parameters, Index classes, Index dims) {
  return Eigen::Map<Matrix>(parameters.data(), classes, dims);
}
auto matrix_of(const Vector& parameters, Index classes, Index dims) {
  return Eigen::Map<const Matrix>(parameters.data(), classes, dims);
}

}  // namespace

PenalisedFit::PenalisedFit(const Directions& directions, const Matrix& targets,
                           const loss::Loss& loss)
    : directions_(directions), targets_(targets), loss_(loss) {
  at_.parameters = Vector::Zero(weights() + classes());
}

void PenalisedFit::advance(const std::vector<PenalisedFit*>& fits, const MatrixF& rows) {
  struct Part {
    PenalisedFit& fit;
    Index first;  // of its columns
    Averaging average;
    Matrix logits, slopes;
  };
  std::vector<Part> parts;
  Index columns = 0;
  const Index n = rows.rows(), dims = rows.cols();
  bool by_rows = true;  // a loss that is no sum over rows wants them all
  for (PenalisedFit* const fit : fits) {
    if (fit->arrived_) continue;
    const Averaging average = average_over(n, fit->loss_);
    by_rows &= average.reduction == loss::Reduction::kSum;
    parts.push_back({*fit, columns, average, {}, {}});
    columns += fit->classes();
  }
  MatrixF weights(columns, dims), gradient = MatrixF::Zero(columns, dims);
  for (const Part& part : parts) {
    Point& point = part.fit.next_;
    const Index classes = part.fit.classes();
    weights.middleRows(part.first, classes) =
        matrix_of(point.parameters, classes, dims).cast<float>();
    point.loss = 0;
    point.gradient = Vector::Zero(point.parameters.size());
  }
  const Index at_once = !by_rows ? n : columns > kMany ? kBlockOfMany : kBlock;
  MatrixF products, narrow;
  for (Index first = 0; first < n; first += at_once) {
    const Index count = std::min(at_once, n - first);
    products.resize(count, columns);
    narrow.resize(count, columns);
    multiply(rows.row(first).data(), count, dims, weights.data(), columns, products.data());
    for (Part& part : parts) {
      Point& point = part.fit.next_;
      const Index classes = part.fit.classes();
      part.logits = products.middleCols(part.first, classes).cast<double>();
      part.logits.rowwise() += point.parameters.tail(classes).transpose();
      part.slopes.resize(count, classes);
      point.loss += part.fit.loss_.evaluate(
          loss::Batch<double>{.logits = part.logits.data(),
                              .rows = count,
                              .columns = classes,
                              .targets = part.fit.targets_.row(first).data(),
                              .gradient = part.slopes.data()},
          part.average.reduction, 1);
      point.gradient.tail(classes) += part.slopes.colwise().sum().transpose();
      narrow.middleCols(part.first, classes) = part.slopes.cast<float>();
    }
    add_products(rows.row(first).data(), count, dims, narrow.data(), columns, gradient.data());
  }
  for (const Part& part : parts) {
    Point& point = part.fit.next_;
    const Index classes = part.fit.classes();
    matrix_of(point.gradient, classes, dims) =
        gradient.middleRows(part.first, classes).cast<double>();
    point.gradient /= part.average.divide_by;
    point.loss /= part.average.divide_by;
    part.fit.take_answer();
  }
}

double PenalisedFit::penalised(const Point& point) const {
  return point.loss + goal_.lambda / 2 * point.parameters.head(weights()).squaredNorm();
}

Vector PenalisedFit::penalised_gradient(const Point& point) const {
  Vector gradient = point.gradient;
  gradient.head(weights()) += goal_.lambda * point.parameters.head(weights());
  return gradient;
}

/// The gradient over the curvature that the directions tell.
Eigen::VectorXf PenalisedFit::scaled(const Eigen::VectorXf& gradient) const {
  const double lambda = goal_.lambda;
  const double of_rest = 1 / (kBound * directions_.of_rest + lambda);
  const Eigen::ArrayXf more =
      ((kBound * directions_.variances.array() + lambda).inverse() - of_rest).cast<float>();
  const Index k = directions_.basis.rows();
  MatrixF along(classes(), k);
  multiply(gradient.data(), classes(), dims(), directions_.basis.data(), k, along.data());
  const MatrixF back = (along.array().rowwise() * more.transpose()).matrix().transpose();
  Eigen::VectorXf found = static_cast<float>(of_rest) * gradient;
  add_products(directions_.basis.data(), k, dims(), back.data(), classes(), found.data());
  found.tail(classes()) = gradient.tail(classes()) / static_cast<float>(kBound);
  return found;
}

/// The two loops of L-BFGS. A pair's change of the penalised gradient is change + λ step, but for
/// the bias.
Eigen::VectorXf PenalisedFit::direction(const Eigen::VectorXf& gradient) const {
  if (pairs_.empty()) return -scaled(gradient);
  const double lambda = goal_.lambda;
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
  found = (curvature(pairs_.back()) / last.dot(scaled(last))) * scaled(found);
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

void PenalisedFit::set_out(FitGoal goal) {
  goal_ = goal;
  arrived_ = false;
  steps_ = 0;
  if (at_.gradient.size() > 0) {
    aim();
  } else {
    next_.parameters = at_.parameters;
  }
}

/// The next step, if it is worth one.
void PenalisedFit::aim() {
  const Vector gradient = penalised_gradient(at_);
  value_ = penalised(at_);
  if (!std::isfinite(value_) || !gradient.allFinite()) {
    throw Error("the head could not be fitted: its loss is not a number");
  }
  const auto turn = [&] {
    along_ = direction(gradient.cast<float>()).cast<double>();
    slope_ = gradient.dot(along_);
  };
  turn();
  if (slope_ > 0 && !pairs_.empty()) {  // rounding among pairs of very different curvature
    pairs_.clear();
    turn();
  }
  arrived_ =
      -slope_ / 2 <= goal_.accuracy * (std::abs(value_) + kNegligible) || steps_++ == kMostSteps;
  if (arrived_) return;
  length_ = 1;
  next_.parameters = at_.parameters + along_;
}

/// next_ has been evaluated: goes there, or asks for a point less far.
void PenalisedFit::take_answer() {
  if (at_.gradient.size() > 0) {
    const double rise = penalised(next_) - value_;
    const bool enough = rise <= kSufficient * length_ * slope_ ||
                        // Where rounding hides the decrease, the slope still shows whether the step
                        // went too far (Hager & Zhang 2005).
                        (rise <= kRounding * std::abs(value_) &&
                         penalised_gradient(next_).dot(along_) <= -0.8 * slope_);
    if (!enough) {
      length_ /= 2;
      arrived_ = length_ < kShortest;
      next_.parameters = at_.parameters + length_ * along_;
      return;
    }
    remember(at_, next_);
  }
  std::swap(at_, next_);
  aim();
}

LinearHead PenalisedFit::head() const {
  return {matrix_of(at_.parameters, classes(), dims()), at_.parameters.tail(classes())};
}

Matrix logits_in_float(const LinearHead& head, const MatrixF& rows) {
  const MatrixF weights = head.weights.cast<float>();
  MatrixF products(rows.rows(), weights.rows());
  multiply(rows.data(), rows.rows(), rows.cols(), weights.data(), weights.rows(), products.data());
  Matrix logits = products.cast<double>();
  logits.rowwise() += head.bias.transpose();
  return logits;
}

void fit_together(const MatrixF& rows, const Directions& directions,
                  const std::vector<Route>& routes) {
  std::vector<PenalisedFit> fits;
  fits.reserve(routes.size());
  for (const Route& route : routes) fits.emplace_back(directions, route.targets, route.loss);
  // Whether there is a way to go: a fit may be at its next goal already.
  const auto sent_on = [&](std::size_t i, bool at_start) {
    std::optional<FitGoal> goal;
    if (at_start) goal = routes[i].next(nullptr);
    for (;; at_start = false) {
      if (!at_start) {
        const LinearHead head = fits[i].head();
        goal = routes[i].next(&head);
      }
      if (!goal) return false;
      fits[i].set_out(*goal);
      if (!fits[i].arrived()) return true;
    }
  };
  std::vector<std::size_t> going;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    if (sent_on(i, true)) going.push_back(i);
  }
  while (!going.empty()) {
    std::vector<PenalisedFit*> asking;
    for (const std::size_t i : going) asking.push_back(&fits[i]);
    PenalisedFit::advance(asking, rows);
    std::erase_if(going, [&](std::size_t i) { return fits[i].arrived() && !sent_on(i, false); });
  }
}

}  // namespace oneormany::head
