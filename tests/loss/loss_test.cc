#include "loss/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/error.h"
#include "tests/golden.h"

namespace oneormany {
namespace {

std::unique_ptr<Loss> loss_for(const Json& entry) {
  const Json& parameters = entry.at("parameters");
  if (entry.at("loss") == "cross_entropy") {
    return cross_entropy(parameters.value("label_smoothing", 0.0),
                         parameters.value("weight", std::vector<double>{}));
  }
  if (entry.at("loss") == "bce_with_logits") {
    return bce_with_logits(parameters.value("weight", std::vector<double>{}),
                           parameters.value("pos_weight", std::vector<double>{}));
  }
  return nullptr;
}

Matrix targets_for(const Json& golden, const std::string& kind) {
  if (kind == "soft") return to_matrix(golden.at("target_soft"));
  if (kind == "labels") return to_matrix(golden.at("target_labels"));
  std::vector<std::vector<int>> labels;
  for (const int c : golden.at("target_class")) labels.push_back({c});
  return one_hot(labels, 5);
}

TEST(Loss, AgreesWithPyTorchInValueAndGradient) {
  const Json golden = read_golden("losses.json");
  const Matrix logits = to_matrix(golden.at("logits"));
  int compared = 0;
  for (const Json& entry : golden.at("cases")) {
    const auto loss = loss_for(entry);
    if (!loss) continue;
    SCOPED_TRACE(entry.at("loss").dump() + entry.at("reduction").dump() +
                 entry.at("parameters").dump());
    const std::string reduction = entry.at("reduction");
    const auto result = evaluate(*loss, logits, targets_for(golden, entry.at("target")),
                                 reduction == "mean"  ? Reduction::kMean
                                 : reduction == "sum" ? Reduction::kSum
                                                      : Reduction::kNone);
    if (reduction == "none") {
      expect_near(result.values, to_matrix(entry.at("value")), 1e-10);
    } else {
      EXPECT_NEAR(result.value, entry.at("value"), 1e-10 * std::abs(result.value));
    }
    expect_near(result.gradient, to_matrix(entry.at("gradient")), 1e-10);
    ++compared;
  }
  EXPECT_EQ(compared, 21);
}

TEST(Activation, AgreesWithTheTutorial) {
  const Json golden = read_golden("activations.json");
  for (const Json& entry : golden.at("softmax")) {
    std::vector<double> x = entry.at("x");
    softmax(x);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], entry.at("y")[i], 5e-9);
  }
  for (const Json& entry : golden.at("sigmoid")) {
    std::vector<double> x = entry.at("x");
    sigmoid(x);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], entry.at("y")[i], 5e-5);
  }
}

TEST(Activation, SoftmaxOverZAndZeroIsTheSigmoid) {
  for (const double z : {-800.0, -3.0, 0.0, 1.1479, 40.0, 1e4}) {
    std::vector<double> pair{z, 0}, one{z};
    softmax(pair);
    sigmoid(one);
    EXPECT_NEAR(pair[0], one[0], 1e-15);
  }
}

TEST(Loss, GradientIsTheSlopeOfTheValue) {
  std::mt19937_64 random(7);
  const auto draw = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::vector<double> weights{0.5, 2, 1, 3};
  for (const auto& loss : {cross_entropy(0.1, weights), bce_with_logits(weights, {2, 1, 4, 0.5})}) {
    Matrix logits(6, 4), targets(6, 4);
    for (double& z : logits.reshaped()) z = 20 * draw() - 10;
    for (double& y : targets.reshaped()) y = draw();
    for (const auto reduction : {Reduction::kMean, Reduction::kSum}) {
      const auto gradient = evaluate(*loss, logits, targets, reduction).gradient;
      for (Index i = 0; i < logits.size(); ++i) {
        Matrix up = logits, down = logits;
        up.data()[i] += 1e-5;
        down.data()[i] -= 1e-5;
        const double slope = (evaluate(*loss, up, targets, reduction).value -
                              evaluate(*loss, down, targets, reduction).value) /
                             2e-5;
        EXPECT_NEAR(gradient.data()[i], slope, 1e-7) << loss->name();
      }
    }
  }
}

TEST(Loss, StaysFiniteForExtremeLogits) {
  const Matrix logits{{1e4, -1e4, 0}, {-1e4, -1e4, -1e4}, {1e300, 0, -1e300}};
  const Matrix targets{{0, 1, 0}, {1, 0, 0}, {1, 0, 0}};
  for (const auto& loss : {cross_entropy(), bce_with_logits()}) {
    const auto result = evaluate(*loss, logits, targets, Reduction::kNone);
    EXPECT_TRUE(result.values.allFinite()) << loss->name();
    EXPECT_TRUE(result.gradient.allFinite()) << loss->name();
    EXPECT_TRUE(activate(*loss, logits).allFinite()) << loss->name();
  }
}

TEST(Loss, CrossEntropyDoesNotSeeAShiftAndBinaryDoes) {
  const Matrix logits{{1, 2, 4}}, targets{{0, 1, 0}};
  const Matrix shifted = logits.array() + 100;
  const auto value = [&](const Loss& loss, const Matrix& z) {
    return evaluate(loss, z, targets, Reduction::kSum).value;
  };
  EXPECT_NEAR(value(*cross_entropy(), logits), value(*cross_entropy(), shifted), 1e-12);
  EXPECT_GT(value(*bce_with_logits(), shifted), 100);
}

TEST(Loss, DifferentShapesAreAnError) {
  EXPECT_THROW(evaluate(*cross_entropy(), Matrix(2, 3), Matrix(3, 2), Reduction::kMean), Error);
  EXPECT_THROW(evaluate(*cross_entropy(), Matrix(0, 3), Matrix(0, 3), Reduction::kMean), Error);
}

}  // namespace
}  // namespace oneormany
