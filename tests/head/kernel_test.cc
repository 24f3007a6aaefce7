#include "head/kernel.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "head/head.h"
#include "head/linear.h"
#include "head/random.h"

namespace oneormany::head {
namespace {

/// Sums of random numbers, some below 0; row i is of class i mod 2, whose features differ a little.
struct Rows {
  MatrixF features;
  Matrix targets;

  Rows(Index n, Index dims, std::uint64_t seed) : features(n, dims), targets(Matrix::Zero(n, 2)) {
    Random random(seed);
    for (Index i = 0; i < n; ++i) {
      targets(i, i % 2) = 1;
      for (Index j = 0; j < dims; ++j) {
        const double shift = j % 2 == i % 2 ? 0.3 : 0;
        features(i, j) = static_cast<float>(random.uniform() + random.uniform() - 0.8 + shift);
      }
    }
  }
};

/// u(x) of each row, in double precision.
Matrix unit_rows(const MatrixF& features) {
  Matrix rows = features.cast<double>();
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index j = 0; j < rows.cols(); ++j) {
      rows(i, j) = std::copysign(std::sqrt(std::abs(rows(i, j))), rows(i, j));
    }
    rows.row(i) /= rows.row(i).norm();
  }
  return rows;
}

Matrix kernel(const Matrix& a, const Matrix& b, double gamma) {
  Matrix k(a.rows(), b.rows());
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j < b.rows(); ++j)
      k(i, j) = std::exp(-gamma * (a.row(i) - b.row(j)).squaredNorm());
  }
  return k;
}

/// Logistic regression with the whole kernel matrix, by Newton's method on one coefficient a row:
/// logits K α + b under λ/2 αᵀ K α, where K is centred and its trace a row is the number of
/// features. Knows nothing of landmarks. The logits of `others` are returned.
Vector kernel_logistic_regression(const MatrixF& features, const Vector& y, double gamma,
                                  double lambda, const MatrixF& others) {
  const Matrix rows = unit_rows(features);
  const Index n = rows.rows();
  const Matrix plain = kernel(rows, rows, gamma);
  const Eigen::RowVectorXd column_means = plain.colwise().mean();
  const auto centred = [&](Matrix k) {  // φ(x) − mean times φ(y) − mean
    const Vector own_means = k.rowwise().mean();
    k.colwise() -= own_means;
    k.rowwise() -= column_means;
    k.array() += plain.mean();
    return k;
  };
  Matrix k = centred(plain);
  const double scale = static_cast<double>(features.cols() * n) / k.trace();
  k *= scale;
  Vector parameters = Vector::Zero(n + 1);  // α, b
  Matrix design(n, n + 1);
  design << k, Vector::Ones(n);
  Matrix penalty = Matrix::Zero(n + 1, n + 1);
  penalty.topLeftCorner(n, n) = lambda * k;
  for (int step = 0; step < 60; ++step) {
    const Vector p = (1 / (1 + (-(design * parameters)).array().exp())).matrix();
    const Vector slope =
        design.transpose() * (p - y) / static_cast<double>(n) + penalty * parameters;
    const Vector curvature = (p.array() * (1 - p.array())).matrix();
    const Matrix hessian =
        design.transpose() * curvature.asDiagonal() * design / static_cast<double>(n) + penalty;
    parameters -= hessian.completeOrthogonalDecomposition().solve(slope);  // centred: singular
  }
  const Matrix other = scale * centred(kernel(unit_rows(others), rows, gamma));
  return (other * parameters.head(n)).array() + parameters(n);
}

TEST(KernelFit, WithEveryRowALandmarkItIsKernelLogisticRegression) {
  const Rows rows(60, 9, 1), others(25, 9, 2);
  const auto loss = loss::bce_with_logits();
  KernelFit fit(rows.features, rows.targets, *loss);
  for (const double lambda : {1.0, 0.1, 0.003}) {
    const KernelHead head = fit.fit(lambda, 1e-9);
    for (const MatrixF& features : {rows.features, others.features}) {
      const Vector expected = kernel_logistic_regression(rows.features, rows.targets.col(1),
                                                         head.map->gamma, lambda, features);
      EXPECT_GT(expected.maxCoeff() - expected.minCoeff(), 0.5);
      EXPECT_LT((head.logits(features).col(1) - expected).cwiseAbs().maxCoeff(), 2e-3) << lambda;
    }
  }
}

TEST(KernelFit, GammaIsOneOverTheMedianSquaredDistance) {
  const Rows rows(300, 9, 3);
  const auto loss = loss::bce_with_logits();
  const double gamma = KernelFit(rows.features, rows.targets, *loss).fit(1).map->gamma;
  const Matrix unit = unit_rows(rows.features);
  std::vector<double> distances;
  for (Index i = 0; i < unit.rows(); ++i) {
    for (Index j = 0; j < i; ++j) distances.push_back((unit.row(i) - unit.row(j)).squaredNorm());
  }
  std::sort(distances.begin(), distances.end());
  EXPECT_NEAR(1 / gamma, distances[distances.size() / 2], 0.05 * distances[distances.size() / 2]);
}

// Of 1,300 rows 1,000 are landmarks. Landmarks that say nothing of the other rows would leave them
// at chance.
TEST(KernelFit, OfMoreRowsThanLandmarksTheOthersAreLearnedToo) {
  const Rows rows(1300, 12, 4), others(300, 12, 5);
  const auto loss = loss::cross_entropy();
  const KernelHead head = KernelFit(rows.features, rows.targets, *loss).fit(0.03);
  EXPECT_EQ(head.map->landmarks.rows(), KernelInputs::kMostLandmarks);
  const Matrix logits = head.logits(others.features);
  Index right = 0;
  for (Index i = 0; i < 300; ++i) right += (logits(i, 1) > logits(i, 0)) == (i % 2 == 1);
  EXPECT_GT(right, 240);
}

/// Two features whose signs agree (class 0) or don't (class 1).
Rows exclusive_or(Index n, std::uint64_t seed) {
  Rows rows(n, 2, seed);
  Random random(seed);
  for (Index i = 0; i < n; ++i) {
    const double a = 0.2 + random.uniform(), b = 0.2 + random.uniform();
    const double sign = random.uniform() < 0.5 ? -1 : 1;
    rows.features.row(i) << static_cast<float>(sign * a),
        static_cast<float>(i % 2 == 0 ? sign * b : -sign * b);
  }
  return rows;
}

double accuracy(const Matrix& logits, const Matrix& targets) {
  Index right = 0;
  for (Index i = 0; i < logits.rows(); ++i) {
    right += (logits(i, 1) > logits(i, 0)) == (targets(i, 1) > targets(i, 0));
  }
  return static_cast<double>(right) / static_cast<double>(logits.rows());
}

TEST(KernelFit, LearnsWhatNoLinearHeadCan) {
  const Rows known = exclusive_or(200, 6), fresh = exclusive_or(200, 7);
  const auto loss = loss::cross_entropy();
  const LinearHead linear = LinearFit(known.features, known.targets, *loss).fit(0.01);
  const Head head = KernelFit(known.features, known.targets, *loss).fit(0.01);
  EXPECT_LT(accuracy(linear.logits(fresh.features), fresh.targets), 0.75);
  EXPECT_EQ(accuracy(logits_of(head, fresh.features), fresh.targets), 1);
}

// All rows of length 1 point nearly the same way; a row that points the other way is far from all.
TEST(KernelHead, FarFromEveryLandmarkTheLogitsAreTheBias) {
  Rows rows(80, 6, 8);
  rows.features.array() += 12;
  const auto loss = loss::cross_entropy();
  const KernelHead head = KernelFit(rows.features, rows.targets, *loss).fit(0.003);
  const Matrix near = head.logits(rows.features), far = head.logits(-rows.features.topRows(5));
  EXPECT_GT((near.rowwise() - head.bias.transpose()).cwiseAbs().maxCoeff(), 1);
  EXPECT_LT((far.rowwise() - head.bias.transpose()).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(KernelHead, ARowsLogitsDependOnNoOtherRowNorOnItsPlace) {
  const Rows rows(700, 10, 9);
  const auto loss = loss::cross_entropy();
  const KernelHead head = KernelFit(rows.features, rows.targets, *loss).fit(0.1);
  const Matrix logits = head.logits(rows.features);
  std::vector<Index> order(700);
  std::iota(order.begin(), order.end(), Index{0});
  Random(1).shuffle(order);
  const Matrix shuffled = head.logits(rows.features(order, Eigen::all));
  EXPECT_LT((shuffled - logits(order, Eigen::all)).cwiseAbs().maxCoeff(), 1e-3);
  EXPECT_LT((head.logits(rows.features.row(321)) - logits.row(321)).cwiseAbs().maxCoeff(), 1e-3);
  EXPECT_LT((head.logits(7 * rows.features) - logits).cwiseAbs().maxCoeff(), 1e-3);  // brightness
  EXPECT_EQ(head.logits(MatrixF(0, 10)).rows(), 0);
}

TEST(KernelFit, IsTheSameBitForBitOnEachRun) {
  const Rows rows(1050, 8, 10);  // of which landmarks are drawn
  const auto loss = loss::cross_entropy();
  const KernelHead once = KernelFit(rows.features, rows.targets, *loss).fit(0.01);
  const KernelHead again = KernelFit(rows.features, rows.targets, *loss).fit(0.01);
  EXPECT_EQ(once.map->landmarks, again.map->landmarks);
  EXPECT_EQ(once.weights, again.weights);
  EXPECT_EQ(once.bias, again.bias);
}

TEST(KernelFit, AWarmStartEndsAtTheSameOptimum) {
  const Rows rows(90, 8, 11);
  const auto loss = loss::cross_entropy();
  KernelFit fit(rows.features, rows.targets, *loss);
  for (const double lambda : {1.0, 0.03, 0.3}) {
    const Matrix warm = fit.fit(lambda, 1e-14).logits(rows.features);
    const Matrix cold =
        KernelFit(rows.features, rows.targets, *loss).fit(lambda, 1e-14).logits(rows.features);
    EXPECT_LT((warm - cold).cwiseAbs().maxCoeff(), 1e-4) << lambda;
  }
}

TEST(KernelRows, DistancesAreThoseOfTheirRootsWhetherAllFitOrNot) {
  const Rows some(40, 7, 21), more(20, 7, 22);
  const KernelRows few(some.features, more.features);
  const Index many = KernelRows::kRoom + 1;
  MatrixF long_list(many, 7);
  for (Index i = 0; i < many; ++i) {
    long_list.row(i) = i < 40 ? some.features.row(i) : more.features.row(i % 20);
  }
  const KernelRows all(long_list);
  ASSERT_EQ(few.count(), 60);
  const std::vector<Index> rows{3, 59, 41, 0}, others{58, 3, 40};
  const std::vector<Index> same{3, 40 + 39, 40 + 41, 0}, same_others{40 + 38, 3, 40 + 20};
  const MatrixF found = few.distances(rows, others), asked = all.distances(same, same_others);
  MatrixF features(60, 7);
  features << some.features, more.features;
  const Matrix unit = unit_rows(features);
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 3; ++j) {
      const double expected = (unit.row(rows[static_cast<std::size_t>(i)]) -
                               unit.row(others[static_cast<std::size_t>(j)]))
                                  .squaredNorm();
      EXPECT_NEAR(found(i, j), expected, 2e-6);
    }
  }
  EXPECT_NEAR(asked(0, 1), 0, 2e-6);  // one row
  EXPECT_EQ(asked.rows(), 4);
}

// Heads on some rows of many: the others' logits by known distances are those by their features.
TEST(KernelFit, KnownDistancesGiveTheSameLogits) {
  const Rows rows(150, 8, 23);
  const auto all = std::make_shared<const KernelRows>(rows.features);
  std::vector<Index> own, others;
  for (Index i = 0; i < 150; ++i) (i % 3 == 0 ? others : own).push_back(i);
  const auto inputs = std::make_shared<const KernelInputs>(all, own);
  const Matrix targets = rows.targets(own, Eigen::all);
  const auto loss = loss::cross_entropy();
  const KernelHead head = KernelFit(inputs, targets, *loss).fit(0.01);
  EXPECT_EQ(head.map->landmarks.rows(), 100);
  const Matrix known = inputs->logits(head, others);
  const Matrix anew = head.logits(rows.features(others, Eigen::all));
  EXPECT_LT((known - anew).cwiseAbs().maxCoeff(), 1e-3);
  EXPECT_GT(known.cwiseAbs().maxCoeff(), 0.1);
}

// The same objective with and without the copies: a copy counts as its row once more, and gives no
// direction of its own.
TEST(KernelFit, LandmarksThatAreCopiesOfOthersChangeNothing) {
  const Rows rows(50, 8, 12);
  const MatrixF twice = rows.features.replicate(2, 1);
  const Matrix targets = rows.targets.replicate(2, 1);
  const auto loss = loss::cross_entropy();
  const KernelHead once = KernelFit(rows.features, rows.targets, *loss).fit(0.1, 1e-8);
  const KernelHead copies = KernelFit(twice, targets, *loss).fit(0.1, 1e-8);
  const Matrix expected = once.logits(rows.features), found = copies.logits(rows.features);
  EXPECT_NEAR(once.map->gamma, copies.map->gamma, 0.1 * once.map->gamma);  // other pairs are drawn
  EXPECT_LT((found - expected).cwiseAbs().maxCoeff(), 0.1 * expected.cwiseAbs().maxCoeff());
}

// Then there is nothing to learn but how common each class is.
TEST(KernelFit, OfRowsThatAreAllTheSameOnlyTheBiasIsLearned) {
  Matrix targets = Matrix::Zero(8, 2);
  targets.col(0).head(6).setOnes();
  targets.col(1).tail(2).setOnes();
  const auto loss = loss::cross_entropy();
  for (const float value : {0.0f, 5.0f, 0.37f, -2.0f}) {
    const MatrixF features = MatrixF::Constant(8, 33, value);
    const Matrix logits = KernelFit(features, targets, *loss).fit(0.001, 1e-8).logits(features);
    for (Index i = 0; i < 8; ++i) {
      EXPECT_NEAR(logits(i, 0) - logits(i, 1), std::log(3.0), 1e-4) << value;
    }
  }
}

// More than half of the pairs are at distance 0, which can't be the bandwidth.
TEST(KernelFit, FewRowsAmongManyCopiesOfOneAreStillToldApart) {
  Rows rows(100, 6, 13);
  rows.targets.setZero();
  for (Index i = 0; i < 100; ++i) {
    rows.targets(i, i < 10 ? 1 : 0) = 1;
    if (i >= 10) rows.features.row(i) = rows.features.row(10);
  }
  const auto loss = loss::cross_entropy();
  const KernelHead head = KernelFit(rows.features, rows.targets, *loss).fit(0.001);
  EXPECT_EQ(accuracy(head.logits(rows.features), rows.targets), 1);
}

TEST(KernelFit, OneRowIsEnough) {
  const Rows rows(1, 5, 14);
  const auto loss = loss::bce_with_logits();
  const Matrix logits = KernelFit(rows.features, rows.targets, *loss).fit(1).logits(rows.features);
  EXPECT_TRUE(logits.allFinite());
  EXPECT_GT(logits(0, 0), logits(0, 1));
}

TEST(KernelFit, FeaturesThatAreNotNumbersAreAnError) {
  const auto loss = loss::cross_entropy();
  for (const float wrong :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Rows rows(40, 5, 15);
    rows.features(7, 2) = wrong;
    EXPECT_THROW(KernelFit(rows.features, rows.targets, *loss), Error);
  }
}

TEST(Head, EachKindHasItsName) {
  EXPECT_EQ(name_of(HeadKind::kLinear), "linear");
  EXPECT_EQ(name_of(HeadKind::kRbf), "rbf");
  EXPECT_EQ(name_of(HeadKind::kMlp), "mlp");
}

}  // namespace
}  // namespace oneormany::head
