#include "metrics/line_fit.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <string>

#include "base/error.h"

namespace oneormany::metrics {
namespace {

using Array = Eigen::ArrayXd;

/// Where a fit is: all a, then all b, if there are any. The curvature is that of each (a, b) alone.
struct Point {
  Vector x;
  double value = 0;
  Vector gradient;
  Array aa, ab, bb;  // second derivatives
};

/// H⁻¹ v with these blocks for H. A trace of ridge, for logits that are all equal.
Vector without_curvature(const Point& at, const Vector& v) {
  constexpr double kRidge = 1e-10, kLeast = std::numeric_limits<double>::min();
  const Index n = at.aa.size();
  const Array aa = at.aa * (1 + kRidge) + kLeast;
  if (at.bb.size() == 0) return v.array() / aa;
  const Array bb = at.bb * (1 + kRidge) + kLeast;
  const Array of_a = v.head(n).array(), of_b = v.tail(n).array();
  const Array across = at.ab / bb;
  Vector solved(2 * n);
  solved.head(n) = (of_a - across * of_b) / (aa - across * at.ab).max(kRidge * aa);
  solved.tail(n) = (of_b - at.ab * solved.head(n).array()) / bb;
  return solved;
}

/// L-BFGS from exact curvature; with one block it is Newton's method, and remembers nothing.
class Minimisation {
 public:
  Minimisation(Vector from, const std::function<void()>& each_step) : each_step_(each_step) {
    at_.x = std::move(from);
  }

  /// Until a step can't be expected to lower the value by more than `accuracy` of it. `noise`: of
  /// the value, likewise.
  template <typename Evaluate>
  void run(const Evaluate& evaluate, double accuracy, double noise) {
    evaluate(at_);
    const bool newton = at_.aa.size() == 1;
    while (left_ > 0) {
      --left_;
      each_step_();
      const Vector step = direction();
      const double slope = at_.gradient.dot(step);
      if (!(slope < 0)) break;
      if (-slope / 2 <= accuracy * at_.value) {  // too little to look whether it is so
        at_.x += step;
        break;
      }
      Point next;
      if (!move(evaluate, step, slope, noise, next)) break;
      if (!newton) remember(next);
      at_ = std::move(next);
    }
    if (!at_.x.allFinite()) throw Error("the logits could not be calibrated");
  }

  const Vector& found() const { return at_.x; }

 private:
  struct Pair {
    Vector step, change;
    double product;
  };
  static constexpr std::size_t kPairs = 12;

  Vector direction() const {
    Vector d = -at_.gradient;
    std::vector<double> shares(pairs_.size());
    for (std::size_t k = pairs_.size(); k-- > 0;) {
      shares[k] = pairs_[k].step.dot(d) / pairs_[k].product;
      d -= shares[k] * pairs_[k].change;
    }
    d = without_curvature(at_, d);
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      d += (shares[k] - pairs_[k].change.dot(d) / pairs_[k].product) * pairs_[k].step;
    }
    return d;
  }

  /// Along the step, or less of it, to where the value is lower by a share of what the slope says.
  template <typename Evaluate>
  bool move(const Evaluate& evaluate, const Vector& step, double slope, double noise,
            Point& next) const {
    constexpr double kShare = 1e-4;
    double length = 1;
    for (int attempt = 0; attempt < 60; ++attempt) {
      next.x = at_.x + length * step;
      evaluate(next);
      const double rise = next.value - at_.value;
      if (rise <= kShare * length * slope + noise * at_.value) return true;
      const double best = -slope * length / 2 / (rise / length - slope);  // of a parabola
      length = std::isfinite(best) ? std::clamp(best, 0.1 * length, 0.5 * length) : 0.1 * length;
    }
    return false;
  }

  void remember(const Point& next) {
    Pair pair{next.x - at_.x, next.gradient - at_.gradient, 0};
    pair.product = pair.step.dot(pair.change);
    if (!(pair.product > 1e-10 * pair.step.norm() * pair.change.norm())) return;
    pairs_.push_back(std::move(pair));
    if (pairs_.size() > kPairs) pairs_.pop_front();
  }

  const std::function<void()>& each_step_;
  Point at_;
  int left_ = kFitSteps;
  std::deque<Pair> pairs_;  // the oldest first
};

constexpr double kNoise = 1e-14;  // of a value in double

/// Numbers that stay in the fastest cache.
constexpr Index kTogether = 512;
using Few = Eigen::Array<double, Eigen::Dynamic, 1, 0, kTogether, 1>;

/// log(1 + e^m) and its first two derivatives.
struct Softplus {
  Few value, p, curvature;
  explicit Softplus(const Few& m) {
    const Few u = (-m.abs()).exp(), by = (1 + u).inverse();
    value = m.max(0) - by.log();
    p = (m >= 0).select(by, u * by);
    curvature = u * by.square();
  }
};

/// Σ log x, with one logarithm for many numbers of 1 to 2⁶⁴.
class LogSum {
 public:
  void add(double x) {
    product_ *= x;
    if (++count_ % 8 == 0) flush();
  }
  double total() {
    flush();
    return total_;
  }

 private:
  void flush() {
    total_ += std::log(product_);
    product_ = 1;
  }
  double product_ = 1, total_ = 0;
  int count_ = 0;
};

/// With one scale: a, and the sums over all rows of the value and of its first two derivatives.
struct ScaleSums {
  double value = 0, first = 0, second = 0;
};

/// sums(a): of logits that are divided by `unit`.
double least_scale(const std::function<ScaleSums(double a)>& sums, double unit, Index rows,
                   double accuracy, const std::function<void()>& each_step) {
  const auto evaluate = [&](Point& point) {
    const auto n = static_cast<double>(rows);
    const ScaleSums at = sums(point.x(0));
    point.value = at.value / n;
    point.gradient = Vector::Constant(1, at.first / n);
    point.aa = Array::Constant(1, at.second / n);
  };
  Minimisation fit(Vector::Zero(1), each_step);
  fit.run(evaluate, accuracy, kNoise);
  // Convex: where the least is below 0, the least from 0 up is at 0.
  return std::max(fit.found()(0), 0.0) / unit;
}

/// The mean cross-entropy of a_c z_c + b_c.
class VectorObjective {
 public:
  /// z are the logits less `mean`, over `unit`.
  VectorObjective(const LogitRows& rows, const ClassTargets& targets, Eigen::RowVectorXd mean,
                  double unit)
      : rows_(rows),
        targets_(targets),
        other_(targets.rest / static_cast<double>(rows.columns() - 1)),
        mean_(std::move(mean)),
        by_unit_(1 / unit),
        of_targets_(Vector::Zero(2 * rows.columns())) {
    const Index columns = rows.columns();
    Array z(columns), all = Array::Zero(columns);
    for (Index i = 0; i < rows.count(); ++i) {
      make(i, z);
      all += z;
      const int right = targets.classes[static_cast<std::size_t>(i)];
      of_targets_(right) += (1 - targets.rest - other_) * z(right);
      of_targets_(columns + right) += 1 - targets.rest - other_;
    }
    of_targets_.head(columns) += other_ * all.matrix();
    of_targets_.tail(columns).array() += other_ * static_cast<double>(rows.count());
  }

  /// Reads rows of z where they are (float), or makes them (double).
  template <typename T>
  void evaluate(Point& point, const base::MatrixOf<T>& made) const {
    const Index columns = rows_.columns(), n = rows_.count();
    using Row = Eigen::Array<T, Eigen::Dynamic, 1>;
    const Row a = point.x.head(columns).cast<T>(), b = point.x.tail(columns).cast<T>();
    Row z(columns), m(columns), of_b(columns), of_a(columns), bb(columns), ab(columns), aa(columns);
    Array sums = Array::Zero(5 * columns);
    double value = 0;
    LogSum logs;
    constexpr Index kRows = 32;  // sums of few rows lose nothing in float
    for (Index first = 0; first < n; first += kRows) {
      for (Row* sum : {&of_b, &of_a, &bb, &ab, &aa}) sum->setZero();
      for (Index i = first; i < std::min(n, first + kRows); ++i) {
        const T* row = z.data();
        if constexpr (std::is_same_v<T, float>) {
          row = made.row(i).data();
        } else {
          make(i, z);
        }
        m = a * Eigen::Map<const Row>(row, columns) + b;
        m -= m.maxCoeff();
        const T right = m(targets_.classes[static_cast<std::size_t>(i)]);
        const T others = m.sum();
        m = m.exp();
        const T sum = m.sum();
        logs.add(static_cast<double>(sum));
        value -= other_ * static_cast<double>(others) +
                 (1 - targets_.rest - other_) * static_cast<double>(right);
        add(row, m.data(), 1 / sum, columns, of_b.data(), of_a.data(), bb.data(), ab.data(),
            aa.data());
      }
      Index at = 0;
      for (const Row* sum : {&of_b, &of_a, &bb, &ab, &aa}) {
        sums.segment(at, columns) += sum->template cast<double>();
        at += columns;
      }
    }
    const auto count = static_cast<double>(n);
    const auto part = [&](Index k) { return sums.segment(k * columns, columns) / count; };
    point.value = (value + logs.total()) / count;
    point.gradient = -of_targets_ / count;
    point.gradient.head(columns) += part(1).matrix();
    point.gradient.tail(columns) += part(0).matrix();
    point.bb = part(2);
    point.ab = part(3);
    point.aa = part(4);
  }

  MatrixF in_float() const {
    MatrixF all(rows_.count(), rows_.columns());
    Array z(rows_.columns());
    for (Index i = 0; i < all.rows(); ++i) {
      make(i, z);
      all.row(i) = z.cast<float>().matrix().transpose();
    }
    return all;
  }

 private:
  void make(Index i, Array& z) const { z = (rows_.row(i) - mean_).transpose().array() * by_unit_; }

  /// e: not yet divided by its sum.
  template <typename T>
  static void add(const T* __restrict z, const T* __restrict e, T by_sum, Index columns,
                  T* __restrict of_b, T* __restrict of_a, T* __restrict bb, T* __restrict ab,
                  T* __restrict aa) {
    for (Index c = 0; c < columns; ++c) {
      const T p = e[c] * by_sum, curved = p - p * p, bent = curved * z[c];
      of_b[c] += p;
      of_a[c] += p * z[c];
      bb[c] += curved;
      ab[c] += bent;
      aa[c] += bent * z[c];
    }
  }

  LogitRows rows_;
  const ClassTargets& targets_;
  double other_;  // the target of a class that isn't the right one
  Eigen::RowVectorXd mean_;
  double by_unit_;
  Vector of_targets_;  // what they take off the gradient, all rows together
};

}  // namespace

double fit_softmax_scale(const LogitRows& rows, const ClassTargets& targets, double accuracy,
                         const std::function<void()>& each_step) {
  const Index n = rows.count(), columns = rows.columns();
  const double other = targets.rest / static_cast<double>(columns - 1);
  // Softmax is the same for any number added to a row, and large ones would drown the rest.
  Vector mean(n);
  double squares = 0, before = 0;
  for (Index i = 0; i < n; ++i) {
    mean(i) = rows.row(i).mean();
    squares += (rows.row(i).array() - mean(i)).square().sum();
    before += rows.row(i).squaredNorm();
  }
  if (squares <= 1e-24 * before) return 1;  // logits that tell nothing
  const double unit = std::sqrt(squares / static_cast<double>(n * columns));
  // Several rows together, so that the exponentials of few columns fill vectors too.
  const Index together = std::max<Index>(1, kTogether / columns);
  Matrix z(together, columns), e(together, columns);
  const double above = 1 - targets.rest - other;
  const auto sums = [&](double a) {
    ScaleSums all;
    LogSum logs;
    for (Index first = 0; first < n; first += together) {
      const Index count = std::min(together, n - first);
      for (Index i = 0; i < count; ++i) {
        z.row(i) = (rows.row(first + i).array() - mean(first + i)) / unit;
        e.row(i) = a * z.row(i);
        const double top = e.row(i).maxCoeff();
        e.row(i).array() -= top;
        const int right = targets.classes[static_cast<std::size_t>(first + i)];
        all.value -= above * e(i, right) - other * top * static_cast<double>(columns);
        all.first -= above * z(i, right);  // of the others: z adds up to 0
      }
      Eigen::Map<Array> exponentials(e.data(), count * columns);
      exponentials = exponentials.exp();
      for (Index i = 0; i < count; ++i) {
        const auto own = e.row(i).array(), at = z.row(i).array();
        const double sum = own.sum(), expected = (own * at).sum() / sum;
        logs.add(sum);
        all.first += expected;
        all.second += (own * (at - expected).square()).sum() / sum;
      }
    }
    all.value += logs.total();
    return all;
  };
  return least_scale(sums, unit, n, accuracy, each_step);
}

double fit_sigmoid_scale(const LogitRows& rows, double products,
                         const std::function<void()>& each_step) {
  const Index n = rows.count(), columns = rows.columns();
  double squares = 0;
  for (Index i = 0; i < n; ++i) squares += rows.row(i).squaredNorm();
  if (squares == 0) return 1;
  const double unit = std::sqrt(squares / static_cast<double>(n * columns));
  const auto sums = [&](double a) {
    ScaleSums all{-a * products / unit, -products / unit, 0};
    for (Index i = 0; i < n; ++i) {
      for (Index first = 0; first < columns; first += kTogether) {
        const Few z =
            rows.row(i).segment(first, std::min(kTogether, columns - first)).transpose().array() /
            unit;
        const Softplus of(a * z);
        all.value += of.value.sum();
        all.first += (of.p * z).sum();
        all.second += (of.curvature * z.square()).sum();
      }
    }
    return all;
  };
  return least_scale(sums, unit, n, kFitAccuracy, each_step);
}

Line fit_sigmoid(const Eigen::Ref<const Vector>& z, const Eigen::Ref<const Vector>& targets) {
  const auto count = static_cast<double>(z.size());
  const double mean = z.mean(), share = targets.mean();
  Array centred = z.array() - mean;
  const double unit = std::sqrt(centred.square().mean());
  const double alone = std::log(share) - std::log1p(-share);
  if (unit <= 1e-12 * std::sqrt(z.squaredNorm() / count)) {
    return {Vector::Constant(1, 1), Vector::Constant(1, alone - mean)};
  }
  centred /= unit;
  const double products = (centred * targets.array()).sum() / count;
  const auto evaluate = [&](Point& point) {
    const double a = point.x(0), b = point.x(1);
    double value = 0, of_a = 0, of_b = 0, aa = 0, ab = 0, bb = 0;
    for (Index first = 0; first < z.size(); first += kTogether) {
      const Few own = centred.segment(first, std::min(kTogether, z.size() - first));
      const Softplus of(a * own + b);
      const Few bent = of.curvature * own;
      value += of.value.sum();
      of_a += (of.p * own).sum();
      of_b += of.p.sum();
      aa += (bent * own).sum();
      ab += bent.sum();
      bb += of.curvature.sum();
    }
    point.value = value / count - a * products - b * share;
    point.gradient = Vector{{of_a / count - products, of_b / count - share}};
    point.aa = Array::Constant(1, aa / count);
    point.ab = Array::Constant(1, ab / count);
    point.bb = Array::Constant(1, bb / count);
  };
  const std::function<void()> nothing = [] {};
  Minimisation fit(Vector{{0, alone}}, nothing);
  fit.run(evaluate, kFitAccuracy, kNoise);
  const double scale = fit.found()(0) / unit;
  return {Vector::Constant(1, scale), Vector::Constant(1, fit.found()(1) - scale * mean)};
}

Line fit_vector(const LogitRows& rows, const ClassTargets& targets, double scale,
                const std::function<void()>& each_step) {
  const Index columns = rows.columns(), n = rows.count();
  Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(columns);
  for (Index i = 0; i < n; ++i) mean += rows.row(i);
  mean /= static_cast<double>(n);
  double squares = 0;
  for (Index i = 0; i < n; ++i) squares += (rows.row(i) - mean).squaredNorm();
  const double unit = squares > 0 ? std::sqrt(squares / static_cast<double>(n * columns)) : 1;
  const VectorObjective objective(rows, targets, mean, unit);

  Vector from(2 * columns);
  from.head(columns).setConstant(scale * unit);
  from.tail(columns) = scale * mean.transpose();
  Minimisation fit(std::move(from), each_step);
  constexpr Index kMany = 1 << 18;
  if (n * columns > kMany) {
    const MatrixF all = objective.in_float();
    fit.run([&](Point& point) { objective.evaluate<float>(point, all); }, 1e-6, 1e-7);
  }
  fit.run([&](Point& point) { objective.evaluate<double>(point, {}); }, kFitAccuracy, kNoise);
  Line line{fit.found().head(columns) / unit, fit.found().tail(columns)};
  line.shift -= line.scale.cwiseProduct(mean.transpose());
  return line;
}

}  // namespace oneormany::metrics
