#include "head/linear.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <limits>
#include <random>

#include "base/error.h"

namespace oneormany::head {
namespace {

struct Random {
  std::mt19937_64 engine{11};
  double uniform() { return static_cast<double>(engine() >> 11) * 0x1p-53; }
  double normal() {  // a sum of twelve is near enough to a bell curve
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }
};

/// Two overlapping clouds: class 1 where the features are larger.
struct Clouds {
  MatrixF features;
  std::vector<std::vector<int>> labels;

  explicit Clouds(Index n, Index dims) : features(n, dims), labels(static_cast<std::size_t>(n)) {
    Random random;
    for (Index i = 0; i < n; ++i) {
      const int label = static_cast<int>(i % 2);
      labels[static_cast<std::size_t>(i)] = {label};
      for (Index j = 0; j < dims; ++j) {
        const double spread = 1.0 + static_cast<double>(j);
        features(i, j) = static_cast<float>(10 + spread * (random.normal() + 0.4 * label));
      }
    }
  }
};

/// Newton's method on the same objective, for one label: small, slow and independent.
Vector newton(const MatrixF& features, const Vector& y, double lambda) {
  const Index n = features.rows(), dims = features.cols();
  Matrix x = features.cast<double>();
  const Eigen::RowVectorXd mean = x.colwise().mean();
  x.rowwise() -= mean;
  const Eigen::RowVectorXd scale = (x.colwise().squaredNorm() / static_cast<double>(n)).cwiseSqrt();
  x.array().rowwise() /= scale.array();
  x.conservativeResize(n, dims + 1);
  x.col(dims).setOnes();
  Vector penalty = Vector::Constant(dims + 1, lambda);
  penalty(dims) = 0;
  Vector w = Vector::Zero(dims + 1);
  for (int step = 0; step < 50; ++step) {
    const Vector p = (1 / (1 + (-(x * w)).array().exp())).matrix();
    const Vector gradient =
        x.transpose() * (p - y) / static_cast<double>(n) + penalty.cwiseProduct(w);
    const Vector curvature = (p.array() * (1 - p.array())).matrix();
    Matrix hessian = x.transpose() * curvature.asDiagonal() * x / static_cast<double>(n);
    hessian.diagonal() += penalty;
    w -= hessian.llt().solve(gradient);
  }
  return x * w;
}

TEST(LinearFit, ReachesTheOptimumThatNewtonsMethodFinds) {
  const Clouds clouds(120, 10);
  const Matrix targets = loss::one_hot(clouds.labels, 2);
  const auto loss = loss::bce_with_logits();
  LinearFit fit(clouds.features, targets, *loss);
  for (const double lambda : {1.0, 0.1, 0.001}) {
    const Matrix logits = fit.fit(lambda, 1e-14).logits(clouds.features);
    const Vector expected = newton(clouds.features, targets.col(1), lambda);
    EXPECT_LT((logits.col(1) - expected).cwiseAbs().maxCoeff(), 1e-6) << lambda;
  }
}

// Cross-entropy over (z_0, z_1) is binary cross-entropy on z_1 - z_0. With the L2 penalty the two
// weight rows mirror each other at the optimum, so both together pay λ/4 |v|² for v = 2 w_1: the
// penalty λ/2 of a label on its own.
TEST(LinearFit, WithTwoClassesCrossEntropyAndBinaryCrossEntropyAreTheSameModel) {
  const Clouds clouds(150, 8);
  const Matrix targets = loss::one_hot(clouds.labels, 2);
  const double lambda = 0.05;
  const auto softmax_loss = loss::cross_entropy();
  const Matrix z =
      LinearFit(clouds.features, targets, *softmax_loss).fit(lambda, 1e-14).logits(clouds.features);
  const auto sigmoid_loss = loss::bce_with_logits();
  const Matrix v = LinearFit(clouds.features, targets, *sigmoid_loss)
                       .fit(lambda / 2, 1e-14)
                       .logits(clouds.features);
  EXPECT_LT((z.col(1) - z.col(0) - v.col(1)).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT((v.col(0) + v.col(1)).cwiseAbs().maxCoeff(), 1e-6);  // mirrored
}

// Fewer rows than features, three classes and a path of penalties, as in a comparison: the gradient
// of the objective, here in double and from the head as it is used, is next to nothing.
TEST(LinearFit, TheGradientIsSmallAtEachEndOfAPath) {
  const Index n = 90, dims = 200;
  Clouds clouds(n, dims);
  for (Index i = 0; i < n; ++i)
    clouds.labels[static_cast<std::size_t>(i)] = {static_cast<int>(i % 3)};
  const Matrix targets = loss::one_hot(clouds.labels, 3);
  Matrix x = clouds.features.cast<double>();
  const Eigen::RowVectorXd mean = x.colwise().mean();
  x.rowwise() -= mean;
  const Eigen::RowVectorXd scale = (x.colwise().squaredNorm() / static_cast<double>(n)).cwiseSqrt();
  x.array().rowwise() /= scale.array();
  for (const auto& loss : {loss::cross_entropy(), loss::bce_with_logits()}) {
    LinearFit fit(clouds.features, targets, *loss);
    for (const double lambda : {1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001}) {
      const LinearHead head = fit.fit(lambda, 1e-10);
      const Matrix logits = head.logits(clouds.features);
      const Matrix slopes = loss::evaluate(*loss, logits, targets, loss::Reduction::kSum).gradient;
      const Matrix weights = head.weights.array().rowwise() * scale.array();
      const Matrix gradient = slopes.transpose() * x / static_cast<double>(n) + lambda * weights;
      EXPECT_LT(gradient.norm(), 1e-3 * lambda * weights.norm()) << loss->name() << lambda;
      EXPECT_LT(slopes.colwise().sum().norm() / static_cast<double>(n), 1e-4);
    }
  }
}

TEST(LinearFit, IsTheSameBitForBitOnEachRun) {
  const Clouds clouds(60, 20);
  const Matrix targets = loss::one_hot(clouds.labels, 2);
  const auto loss = loss::cross_entropy();
  const Matrix once = LinearFit(clouds.features, targets, *loss).fit(0.01).weights;
  const Matrix again = LinearFit(clouds.features, targets, *loss).fit(0.01).weights;
  EXPECT_EQ(once, again);
}

TEST(LinearFit, AFeatureThatNeverChangesIsHarmless) {
  Clouds clouds(40, 3);
  clouds.features.col(1).setConstant(5);
  const Matrix targets = loss::one_hot(clouds.labels, 2);
  const auto loss = loss::cross_entropy();
  EXPECT_TRUE(LinearFit(clouds.features, targets, *loss).fit(0.1).weights.allFinite());
}

TEST(LinearFit, FeaturesThatAreNotNumbersAreAnError) {
  Clouds clouds(40, 3);
  clouds.features(7, 2) = std::numeric_limits<float>::quiet_NaN();
  const Matrix targets = loss::one_hot(clouds.labels, 2);
  const auto loss = loss::cross_entropy();
  EXPECT_THROW(LinearFit(clouds.features, targets, *loss).fit(0.1), Error);
}

}  // namespace
}  // namespace oneormany::head
