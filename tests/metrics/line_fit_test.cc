#include "metrics/line_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace oneormany::metrics {
namespace {

double log_sum_exp(const Eigen::RowVectorXd& z) {
  const double top = z.maxCoeff();
  return top + std::log((z.array() - top).exp().sum());
}

struct Case {
  const char* name;
  Index rows, columns;
  double sureness = 1;  // logits are so many times what they should be
  double added = 0;     // to all logits
  bool equal_column = false;
  bool all_right = false;
};

const std::vector<Case> kCases{{"small", 200, 3},
                               {"two classes", 300, 2},
                               {"few rows a class", 60, 20},
                               {"too sure", 400, 5, 100},
                               {"far from sure", 400, 5, 1e-3},
                               {"far from 0", 400, 5, 1, 1e6},
                               {"an equal column", 400, 5, 1, 0, true},
                               {"all right", 200, 4, 5, 0, false, true},
                               // Numbers enough for float.
                               {"many rows", 60'000, 8},
                               {"many classes", 3'000, 100},
                               {"many classes, too sure", 3'000, 100, 30}};

struct Logits {
  Matrix z;
  ClassTargets targets;
  std::vector<Index> all;

  explicit Logits(const Case& of) : z(of.rows, of.columns), all(static_cast<std::size_t>(of.rows)) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> bell;
    std::iota(all.begin(), all.end(), Index{0});
    targets.rest = 1 / (static_cast<double>(of.rows) + 2);
    for (Index i = 0; i < of.rows; ++i) {
      const auto right = static_cast<int>(random() % static_cast<std::uint64_t>(of.columns));
      targets.classes.push_back(right);
      // Each class by a slope and a level of its own.
      for (Index c = 0; c < of.columns; ++c) {
        const auto k = static_cast<double>(c % 7);
        z(i, c) = (0.5 + 0.2 * k) * bell(random) - 0.3 * k + (c == right ? 1.5 : 0);
      }
      if (of.all_right) z(i, right) = z.row(i).maxCoeff() + 1;
    }
    if (of.equal_column) z.col(1).setConstant(0.5);
    z = of.sureness * z.array() + of.added;
  }

  LogitRows rows() const { return {z, all}; }

  double target(Index i, Index c) const {
    return c == targets.classes[static_cast<std::size_t>(i)]
               ? 1 - targets.rest
               : targets.rest / static_cast<double>(z.cols() - 1);
  }

  /// The mean loss of a z + b, and its gradient: all a, then all b.
  double loss(const Vector& a, const Vector& b, Vector& gradient) const {
    double value = 0;
    gradient = Vector::Zero(2 * a.size());
    for (Index i = 0; i < z.rows(); ++i) {
      const Eigen::RowVectorXd m = z.row(i).cwiseProduct(a.transpose()) + b.transpose();
      const double log_sum = log_sum_exp(m);
      for (Index c = 0; c < z.cols(); ++c) {
        const double t = target(i, c), slope = std::exp(m(c) - log_sum) - t;
        value -= t * (m(c) - log_sum);
        gradient(c) += slope * z(i, c);
        gradient(z.cols() + c) += slope;
      }
    }
    gradient /= static_cast<double>(z.rows());
    return value / static_cast<double>(z.rows());
  }
};

TEST(LineFit, OfASoftmaxEndsAtTheOptimum) {
  for (const Case& of : kCases) {
    SCOPED_TRACE(of.name);
    const Logits logits(of);
    const Vector none = Vector::Zero(of.columns);
    Vector gradient;

    int steps = 0;
    const double scale =
        fit_softmax_scale(logits.rows(), logits.targets, kFitAccuracy, [&] { ++steps; });
    EXPECT_LE(steps, 30);
    EXPECT_GE(scale, 0);
    const double by_scale = logits.loss(Vector::Constant(of.columns, scale), none, gradient);
    // The gradient along the scale, for a scale of 1 and logits around their row's mean.
    EXPECT_LT(std::abs(gradient.head(of.columns).sum()) * scale, 5e-6 * by_scale);

    steps = 0;
    const Line line = fit_vector(logits.rows(), logits.targets, scale, [&] { ++steps; });
    EXPECT_LE(steps, 30);
    const double value = logits.loss(line.scale, line.shift, gradient);
    EXPECT_LE(value, by_scale);
    // In coordinates in which each column has mean 0 and all together deviation 1.
    const Vector mean = logits.z.colwise().mean().transpose();
    const double unit = std::sqrt((logits.z.rowwise() - mean.transpose()).squaredNorm() /
                                  static_cast<double>(logits.z.size()));
    const Vector of_shift = gradient.tail(of.columns);
    const Vector of_scale = (gradient.head(of.columns) - mean.cwiseProduct(of_shift)) / unit;
    EXPECT_LT(of_scale.cwiseAbs().maxCoeff(), 5e-6 * value);
    EXPECT_LT(of_shift.cwiseAbs().maxCoeff(), 5e-6 * value);
    if (of.equal_column) {
      EXPECT_NEAR(line.scale(1), scale, 1e-12 * scale);
    }
  }
}

TEST(LineFit, OfASigmoidEndsAtTheOptimum) {
  for (const Case& of : kCases) {
    SCOPED_TRACE(of.name);
    const Logits logits(of);
    const auto softplus = [](double m) {
      return std::max(m, 0.0) + std::log1p(std::exp(-std::abs(m)));
    };
    const auto sigmoid = [](double m) { return 1 / (1 + std::exp(-m)); };
    double products = 0, scale_slope = 0, value = 0;
    const auto present = [&](Index i, Index c) { return logits.target(i, c) > 0.5 ? 0.99 : 0.01; };
    for (Index i = 0; i < of.rows; ++i) {
      for (Index c = 0; c < of.columns; ++c) products += present(i, c) * logits.z(i, c);
    }
    const double scale = fit_sigmoid_scale(logits.rows(), products, [] {});
    for (Index i = 0; i < of.rows; ++i) {
      for (Index c = 0; c < of.columns; ++c) {
        const double m = scale * logits.z(i, c);
        value += softplus(m) - present(i, c) * m;
        scale_slope += (sigmoid(m) - present(i, c)) * logits.z(i, c);
      }
    }
    if (scale > 0) {
      EXPECT_LT(std::abs(scale_slope) * scale, 5e-6 * value);
    } else {
      EXPECT_GE(scale_slope, 0);
    }

    for (const Index c : {Index{0}, Index{1}}) {
      Vector y(of.rows);
      for (Index i = 0; i < of.rows; ++i) y(i) = present(i, c);
      const Vector z = logits.z.col(c);
      const Line line = fit_sigmoid(z, y);
      const double mean = z.mean();
      double of_scale = 0, of_shift = 0, loss = 0;
      for (Index i = 0; i < of.rows; ++i) {
        const double m = line.scale(0) * z(i) + line.shift(0);
        loss += softplus(m) - y(i) * m;
        of_scale += (sigmoid(m) - y(i)) * (z(i) - mean) * line.scale(0);
        of_shift += sigmoid(m) - y(i);
      }
      EXPECT_LT(std::abs(of_scale), 5e-6 * loss);
      EXPECT_LT(std::abs(of_shift), 5e-6 * loss);
      if (of.equal_column && c == 1) {
        EXPECT_EQ(line.scale(0), 1);
      }
    }
  }
}

}  // namespace
}  // namespace oneormany::metrics
