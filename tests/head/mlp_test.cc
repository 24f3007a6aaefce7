#include "head/mlp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "head/adam.h"
#include "head/linear.h"
#include "head/mlp_network.h"
#include "loss/matrix.h"

namespace oneormany::head {
namespace {

Matrix random_matrix(Index rows, Index columns, Random& random) {
  Matrix matrix(rows, columns);
  for (double& x : matrix.reshaped()) x = 2 * random.uniform() - 1;
  return matrix;
}

/// Four clouds at the corners of a square; opposite corners are one class.
struct Xor {
  MatrixF features;
  std::vector<std::vector<int>> labels;

  Xor(Index n, std::uint64_t seed) : features(n, 4) {
    Random random(seed);
    for (Index i = 0; i < n; ++i) {
      const bool a = random.bits() & 1, b = random.bits() & 1;
      labels.push_back({a != b});
      for (Index j = 0; j < 4; ++j) {
        const bool side = j % 2 ? a : b;
        features(i, j) = static_cast<float>(3 + side + 0.6 * (random.uniform() - 0.5));
      }
    }
  }
};

double accuracy_of(const Matrix& logits, const std::vector<std::vector<int>>& labels) {
  double right = 0;
  for (Index i = 0; i < logits.rows(); ++i) {
    Index best = 0;
    logits.row(i).maxCoeff(&best);
    right += best == labels[static_cast<std::size_t>(i)][0];
  }
  return right / static_cast<double>(logits.rows());
}

// Every kind of parameter, through both batch norms, dropout, ReLU and the loss.
TEST(MlpNetwork, GradientAgreesWithCentralDifferences) {
  Random random(5);
  MlpNetwork<double> network({6, 5, 3}, random);
  for (double& p : network.parameters()) p += 0.2 * (2 * random.uniform() - 1);
  const Matrix x = random_matrix(9, 6, random);
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 9; ++i) labels.push_back({i % 3});
  const Matrix y = loss::one_hot(labels, 3);
  const auto loss = loss::cross_entropy();
  network.draw_dropout(9, 0.25, 0.5, random);

  const auto value = [&] {
    return loss::evaluate(*loss, network.forward(x), y, loss::Reduction::kMean).value;
  };
  value();
  network.backward(loss::evaluate(*loss, network.forward(x), y, loss::Reduction::kMean).gradient);
  const base::AlignedVector<double> gradient = network.gradient();
  double largest = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    double& p = network.parameters()[i];
    const double at = p, h = 1e-6;
    p = at + h;
    const double above = value();
    p = at - h;
    const double below = value();
    p = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7) << "parameter " << i;
    largest = std::max(largest, std::abs(gradient[i]));
  }
  EXPECT_GT(largest, 0.01);
}

// Two columns, (1, 3) and (2, 6): mean 2 and 4, variance 1 and 4, by hand.
TEST(BatchNorm, StandardisesWithTheBatchAndRemembersItsUnbiasedVariance) {
  Matrix in(2, 2), out;
  in << 1, 2, 3, 6;
  RowOf<double> scale(2), shift(2);
  scale << 1, 10;
  shift << 0, 5;
  BatchNorm<double> norm;
  norm.forward(in, scale, shift, out);
  EXPECT_NEAR(out(0, 0), -1 / std::sqrt(1 + 1e-5), 1e-12);
  EXPECT_NEAR(out(1, 0), 1 / std::sqrt(1 + 1e-5), 1e-12);
  EXPECT_NEAR(out(0, 1), 5 - 10 * 2 / std::sqrt(4 + 1e-5), 1e-12);
  EXPECT_NEAR(norm.mean()(0), 2, 1e-12);
  EXPECT_NEAR(norm.mean()(1), 4, 1e-12);
  EXPECT_NEAR(norm.variance()(0), 2, 1e-12);  // divided by n - 1
  EXPECT_NEAR(norm.variance()(1), 8, 1e-12);

  // A second batch with the means 12 and 4: weights 0.09 and 0.1, out of 0.19.
  in.col(0).array() += 10;
  norm.forward(in, scale, shift, out);
  EXPECT_NEAR(norm.mean()(0), (0.09 * 2 + 0.1 * 12) / 0.19, 1e-12);
  EXPECT_NEAR(norm.mean()(1), 4, 1e-12);
}

TEST(MlpNetwork, DropoutKeepsTheExpectation) {
  Random random(1);
  MlpNetwork<double> network({4, 3, 2}, random);
  const Matrix x = random_matrix(8, 4, random);
  network.draw_dropout(8, 0, 0, random);
  const Matrix whole = network.forward(x);
  // Only before the last layer, which is linear, so that expectations go through.
  Matrix mean = Matrix::Zero(8, 2);
  constexpr int kReplicates = 20'000;
  for (int replicate = 0; replicate < kReplicates; ++replicate) {
    network.draw_dropout(8, 0, 0.5, random);
    mean += network.forward(x) / kReplicates;
  }
  EXPECT_LT((mean - whole).cwiseAbs().maxCoeff(), 0.1);
  EXPECT_GT((network.forward(x) - whole).cwiseAbs().maxCoeff(), 0.1);
}

// After many equal batches the averages are the batch's own statistics, but for n / (n - 1).
TEST(MlpNetwork, FoldedIsTheNetworkWithoutDropoutOnItsAverages) {
  Random random(2);
  MlpNetwork<double> network({5, 7, 3}, random);
  for (double& p : network.parameters()) p += 0.2 * (2 * random.uniform() - 1);
  const Matrix x = random_matrix(2000, 5, random);
  network.draw_dropout(2000, 0, 0, random);
  const Matrix trained = network.forward(x);
  const auto folded = network.folded();
  Matrix hidden = x * folded.hidden_weights.transpose();
  hidden = (hidden.rowwise() + folded.hidden_bias).cwiseMax(0.0);
  const Matrix logits = (hidden * folded.weights.transpose()).rowwise() + folded.bias;
  EXPECT_LT((logits - trained).cwiseAbs().maxCoeff(), 0.01);
}

TEST(Adam, TheFirstStepIsTheRateInTheGradientsDirection) {
  Adam<double> adam(2);
  std::vector<double> p{1, 1};
  const std::vector<double> g{3, -0.5};
  adam.start_step();
  adam.step(0, p, g, 0.1, 0.01);
  EXPECT_NEAR(p[0], 1 - 0.001 - 0.1, 1e-5);  // decay takes 0.1 · 0.01
  EXPECT_NEAR(p[1], 1 - 0.001 + 0.1, 1e-5);
}

TEST(Adam, OneCycleRisesForAQuarterAndEndsNearNothing) {
  EXPECT_DOUBLE_EQ(one_cycle(1, 0, 101), 1.0 / 25);
  EXPECT_DOUBLE_EQ(one_cycle(1, 25, 101), 1);
  EXPECT_NEAR(one_cycle(1, 100, 101), 1e-5, 1e-12);
}

TEST(FitMlp, LearnsWhatNoLinearHeadCan) {
  const Xor known(400, 1), fresh(400, 2);
  const Matrix targets = loss::one_hot(known.labels, 2);
  const auto loss = loss::cross_entropy();
  const MlpHead head = fit_mlp(known.features, targets, *loss, {.epochs = 60}, 1);
  EXPECT_GT(accuracy_of(head.logits(fresh.features), fresh.labels), 0.95);
  const LinearHead linear = LinearFit(known.features, targets, *loss).fit(0.001);
  EXPECT_LT(accuracy_of(linear.logits(fresh.features), fresh.labels), 0.7);
}

TEST(FitMlp, TheSameSeedGivesTheSameHead) {
  const Xor known(150, 1);
  const Matrix targets = loss::one_hot(known.labels, 2);
  const auto loss = loss::bce_with_logits();
  const auto logits = [&](std::uint64_t seed) {
    return fit_mlp(known.features, targets, *loss, {.epochs = 2}, seed).logits(known.features);
  };
  EXPECT_EQ(logits(1), logits(1));
  EXPECT_NE(logits(1), logits(2));
}

// 65 rows would leave a last batch of one, for which there is no batch norm; 2 are the fewest.
TEST(FitMlp, TakesAnyNumberOfPicturesFromTwo) {
  const auto loss = loss::bce_with_logits();
  for (const Index n : {2, 3, 64, 65, 129}) {
    const Xor known(n, 1);
    const Matrix targets = loss::one_hot(known.labels, 2);
    const auto head = fit_mlp(known.features, targets, *loss, {.epochs = 1}, 1);
    EXPECT_TRUE(head.logits(known.features).allFinite()) << n;
  }
  const Xor one(1, 1);
  EXPECT_THROW(fit_mlp(one.features, loss::one_hot(one.labels, 2), *loss, {}, 1), Error);
}

TEST(FitMlp, FeaturesThatNeverChangeAreHarmlessAndThoseThatAreNoNumbersAnError) {
  Xor known(80, 1);
  const Matrix targets = loss::one_hot(known.labels, 2);
  const auto loss = loss::cross_entropy();
  known.features.col(1).setConstant(5);
  EXPECT_TRUE(fit_mlp(known.features, targets, *loss, {}, 1).logits(known.features).allFinite());
  known.features(7, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(fit_mlp(known.features, targets, *loss, {}, 1), Error);
}

}  // namespace
}  // namespace oneormany::head
