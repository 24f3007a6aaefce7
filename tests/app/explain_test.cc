// What explain computes, against the tutorial's numbers and PyTorch's.
#include "app/explain.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/app/question.h"
#include "tests/golden.h"

namespace oneormany::app {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;

TEST(Explanation, HasTheTutorialsNumbers) {
  const Json golden = read_golden("activations.json");
  const auto same = [](const std::vector<double>& found, const Json& expected, double tolerance) {
    EXPECT_THAT(found, Pointwise(DoubleNear(tolerance), expected.get<std::vector<double>>()));
  };
  for (const Json& one : golden.at("softmax")) {
    same(explain(question(one.at("x"))).softmax.values, one.at("y"), 1e-8);
  }
  for (const Json& one : golden.at("normalised")) {
    const Explanation found = explain(question(one.at("x")));
    ASSERT_TRUE(found.normalised);
    same(found.normalised->values, one.at("y"), 1e-12);
  }
  for (const Json& one : golden.at("sigmoid")) {
    const Explanation found = explain(question(one.at("x")));
    same(found.sigmoid.values, one.at("y"), 5e-5);
    EXPECT_NEAR(found.sigmoid.sum, one.at("sum"), 5e-5);
    EXPECT_FALSE(found.normalised) << "a logit is negative";
  }
  // The tutorial prints these from logits of more digits.
  for (const Json& one : golden.at("exp")) {
    const Explanation found = explain(question(one.at("x")));
    same(found.exp.values, one.at("y"), 2e-4);
    EXPECT_NEAR(found.exp.sum, one.at("sum"), 2e-4);
  }
}

TEST(Explanation, HasPyTorchsLossesAndGradients) {
  const Json golden = read_golden("losses.json");
  const auto logits = golden.at("logits").get<std::vector<std::vector<double>>>();
  int evaluated = 0;
  for (const Json& one : golden.at("cases")) {
    const std::string name = one.at("loss"), target = one.at("target");
    if (one.at("reduction") != "none" || !one.at("parameters").empty()) continue;
    if (!(name == "cross_entropy" && target == "class") &&
        !(name == "bce_with_logits" && target == "labels")) {
      continue;
    }
    for (std::size_t i = 0; i < logits.size(); ++i) {
      std::string wanted;
      if (target == "class") {
        wanted = std::to_string(golden.at("target_class")[i].get<int>());
      } else {
        const auto y = golden.at("target_labels")[i].get<std::vector<double>>();
        for (std::size_t c = 0; c < y.size(); ++c) {
          if (y[c] == 1) wanted += (wanted.empty() ? "" : ",") + std::to_string(c);
        }
        if (wanted.empty()) wanted = "none";
      }
      const LossStep step = explain(question(logits[i], wanted, {name})).losses.at(0);
      EXPECT_EQ(step.why_not, "");
      const auto gradient = one.at("gradient")[i].get<std::vector<double>>();
      EXPECT_THAT(step.gradient, Pointwise(DoubleNear(1e-12), gradient));
      const Json& value = one.at("value")[i];
      if (value.is_array()) {
        const auto values = value.get<std::vector<double>>();
        EXPECT_THAT(step.per_class, Pointwise(DoubleNear(1e-9), values));
        EXPECT_NEAR(step.value, std::accumulate(values.begin(), values.end(), 0.0), 1e-9);
        EXPECT_NEAR(step.mean, step.value / static_cast<double>(values.size()), 1e-9);
      } else {
        EXPECT_NEAR(step.value, value, 1e-9);
      }
      ++evaluated;
    }
  }
  EXPECT_EQ(evaluated, 24);
}

TEST(Explanation, DecidesByTheLargestAndByThresholds) {
  Question some = question({3, -1, 2});
  some.threshold = 0.9;
  const Explanation found = explain(some);
  ASSERT_EQ(found.decisions.size(), 3u);
  EXPECT_FALSE(found.decisions[0].above);
  EXPECT_THAT(found.decisions[0].softmax, ElementsAre(0));
  EXPECT_EQ(found.decisions[1].above, 0.5);
  EXPECT_THAT(found.decisions[1].softmax, ElementsAre(0));
  EXPECT_THAT(found.decisions[1].sigmoid, ElementsAre(0, 2));
  EXPECT_EQ(found.decisions[2].above, 0.9);
  EXPECT_THAT(found.decisions[2].softmax, IsEmpty());
  EXPECT_THAT(found.decisions[2].sigmoid, ElementsAre(0));
}

TEST(Explanation, RaisingOneLogitTakesFromTheOthersInSoftmaxOnly) {
  const Explanation found = explain(question({3, -1, 2}, "1"));
  EXPECT_EQ(found.raised_class, 1u) << "the target's";
  EXPECT_GT(found.raised.softmax.values[1], found.softmax.values[1]);
  EXPECT_LT(found.raised.softmax.values[0], found.softmax.values[0]);
  EXPECT_LT(found.raised.softmax.values[2], found.softmax.values[2]);
  EXPECT_NEAR(found.raised.softmax.sum, 1, 1e-12);
  EXPECT_GT(found.raised.sigmoid.values[1], found.sigmoid.values[1]);
  EXPECT_EQ(found.raised.sigmoid.values[0], found.sigmoid.values[0]);
  EXPECT_EQ(found.raised.sigmoid.values[2], found.sigmoid.values[2]);
  EXPECT_EQ(explain(question({3, -1, 2})).raised_class, 0u) << "else the largest";
}

TEST(Explanation, SoftmaxSpreadsOneWhenNothingFits) {
  const Explanation found = explain(question({3, -1, 2}));
  ASSERT_TRUE(found.lowered);
  EXPECT_EQ(found.lowered->by, -6);
  EXPECT_THAT(found.lowered->softmax.values, Pointwise(DoubleNear(1e-12), found.softmax.values));
  EXPECT_THAT(found.lowered->sigmoid.values, Each(testing::Lt(0.05)));
  const Explanation already = explain(question({-5, -4}));
  EXPECT_FALSE(already.lowered);
  EXPECT_NEAR(already.softmax.sum, 1, 1e-12);
}

TEST(Explanation, HugeLogitsDontOverflow) {
  for (const std::vector<double>& z :
       {std::vector<double>{800, 799, -800}, {-800, -801, -2400}, {3e38, 3e38 - 1, -3e38}}) {
    const Explanation found = explain(question(z, "1"));
    EXPECT_TRUE(found.shifted);
    EXPECT_NEAR(found.softmax.sum, 1, 1e-12);
    EXPECT_GE(found.exp.sum, 1);
    EXPECT_THAT(found.losses, Each(testing::Field(&LossStep::value, testing::Truly([](double v) {
                  return std::isfinite(v);
                }))));
  }
  const Explanation two = explain(question({800, 799}));
  EXPECT_NEAR(two.exp.values[1], std::exp(-1), 1e-15);
  EXPECT_FALSE(explain(question({88, -500})).shifted);
}

TEST(Explanation, ASoftmaxHasExactlyOneClassAsItsTarget) {
  for (const char* target : {"none", "0,2"}) {
    const Explanation found = explain(question({2.1, -0.3, 1.2}, target));
    ASSERT_EQ(found.losses.size(), 2u);
    EXPECT_THAT(found.losses[0].why_not, HasSubstr("exactly one class"));
    EXPECT_EQ(found.losses[1].why_not, "");
    EXPECT_EQ(found.losses[1].per_class.size(), 3u);
  }
}

TEST(Explanation, EveryLossOfTheCatalogueCanBeExplained) {
  for (const loss::LossInfo& info : loss::all_losses()) {
    const Explanation found = explain(question({2.1, -0.3, 1.2}, "0", {std::string(info.name)}));
    EXPECT_EQ(found.losses.at(0).why_not, "") << info.name;
    EXPECT_GT(found.losses.at(0).value, 0) << info.name;
  }
}

TEST(Explanation, ClassesCountAsEquallyFrequent) {
  const auto value = [](const std::string& loss) {
    return explain(question({2.1, -0.3, 1.2}, "1", {loss})).losses.at(0).value;
  };
  EXPECT_NEAR(value("cross_entropy:balance=1"), value("cross_entropy"), 1e-12);
  EXPECT_NEAR(value("logit_adjusted_cross_entropy"), value("cross_entropy"), 1e-12);
  EXPECT_NEAR(value("bce_with_logits:balance=1"), value("bce_with_logits"), 1e-12);
}

TEST(Explanation, TargetsAreThoseOfTheGradient) {
  for (const std::string loss : {"cross_entropy", "bce_with_logits"}) {
    const Explanation found = explain(question({2, -1, .5}, "1", {loss + ":label_smoothing=0.1"}));
    const LossStep& step = found.losses.at(0);
    ASSERT_EQ(step.targets.size(), 3u);
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(step.gradient[c], step.probabilities[c] - step.targets[c], 1e-12) << loss;
    }
  }
  EXPECT_THAT(explain(question({2, -1, .5}, "1", {"zlpr"})).losses.at(0).targets,
              ElementsAre(0, 1, 0));
}

TEST(Explanation, ARowAloneMayHaveNoTwoWayTerm) {
  for (const char* target : {"none", "0,1"}) {
    const LossStep step = explain(question({1, 2}, target, {"two_way"})).losses.at(0);
    EXPECT_EQ(step.value, 0);
    EXPECT_THAT(step.note, HasSubstr("has no term"));
  }
  EXPECT_EQ(explain(question({1, 2}, "0", {"two_way"})).losses.at(0).note, "");
}

TEST(Explanation, NotesProbabilitiesAndASingleLogit) {
  EXPECT_THAT(explain(question({0.2, 0.5, 0.3})).notes, ElementsAre(HasSubstr("probabilities")));
  EXPECT_THAT(explain(question({4})).notes, ElementsAre(HasSubstr("One logit alone")));
  EXPECT_THAT(explain(question({0.2, 0.5, 0.4})).notes, IsEmpty());
  EXPECT_THAT(explain(question({-0.5, 0.5, 1})).notes, IsEmpty());
}

}  // namespace
}  // namespace oneormany::app
