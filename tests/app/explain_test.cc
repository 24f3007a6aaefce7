// What explain computes, against the tutorial's numbers and PyTorch's.
#include "app/explain.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "report/loss_page.h"
#include "report/text.h"
#include "tests/golden.h"

namespace oneormany::app {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pointwise;

Question question(std::vector<double> logits) {
  Question some;
  some.logits = std::move(logits);
  return some;
}

Question question(std::vector<double> logits, const std::string& target,
                  const std::vector<std::string>& losses = {}) {
  Question some = question(std::move(logits));
  some.target = target;
  for (const std::string& loss : losses) some.losses.push_back(loss::parse_loss(loss));
  return some;
}

const report::Look kPlain{80, false, true};

std::string text_of(const Question& some, int digits = 4, const report::Look& look = kPlain) {
  return explanation_text(explain(some), digits, look);
}

void expect_tidy(const std::string& text, const report::Look& look) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(report::display_width(line), look.width) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
    if (!look.unicode) {
      EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c > 0; })) << line;
    }
  }
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

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

TEST(Explanation, ShowsTheTutorialsDigits) {
  EXPECT_THAT(text_of(question({1, 2, 3, 4, 1, 2, 3}), 8),
              AllOf(HasSubstr("0.02364054"), HasSubstr("0.06426166"), HasSubstr("0.17468130"),
                    HasSubstr("0.47483300")));
  EXPECT_THAT(text_of(question({1, 2, 4, 1})),
              AllOf(HasSubstr("z/sum"), HasSubstr("0.1250"), HasSubstr("0.8098")));
  EXPECT_THAT(text_of(question({1.1479, -1.3265, 1.2661})),
              AllOf(HasSubstr("0.7591"), HasSubstr("0.2097"), HasSubstr("0.7801"),
                    HasSubstr("1.7489"), HasSubstr("-1.3265"), Not(HasSubstr("z/sum"))));
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
  EXPECT_THAT(explanation_text(found, 4, kPlain), HasSubstr("none of these"));
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
  EXPECT_THAT(explanation_text(already, 4, kPlain), HasSubstr("Nothing fits here"));
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
    const std::string text = explanation_text(found, 4, kPlain);
    EXPECT_THAT(text, AllOf(HasSubstr("e^(z-max)"), HasSubstr("32-bit float"),
                            Not(HasSubstr("inf")), Not(HasSubstr("nan"))));
    expect_tidy(text, kPlain);
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

TEST(Explanation, EveryLossOfTheCatalogueCanBeShown) {
  for (const loss::LossInfo& info : loss::all_losses()) {
    const Explanation found = explain(question({2.1, -0.3, 1.2}, "0", {std::string(info.name)}));
    EXPECT_EQ(found.losses.at(0).why_not, "") << info.name;
    EXPECT_GT(found.losses.at(0).value, 0) << info.name;
    const std::string text = explanation_text(found, 4, kPlain);
    EXPECT_THAT(text, HasSubstr(std::string(info.title)));
    expect_tidy(text, kPlain);
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
    const char* right = loss == "cross_entropy" ? "0.9333" : "0.9500";
    EXPECT_THAT(explanation_text(found, 4, kPlain), HasSubstr(right));
    EXPECT_THAT(explanation_json(found), HasSubstr("\"targets\""));
  }
  EXPECT_THAT(explain(question({2, -1, .5}, "1", {"zlpr"})).losses.at(0).targets,
              ElementsAre(0, 1, 0));
}

TEST(Explanation, SaysHowFrequentLabelsCountAs) {
  EXPECT_THAT(text_of(question({1, 2}, "1", {"bce_with_logits:balance=1"})),
              AllOf(HasSubstr("as often present as absent"), Not(HasSubstr("equally frequent"))));
  EXPECT_THAT(text_of(question({1, 2}, "1", {"cross_entropy:balance=1"})),
              HasSubstr("equally frequent"));
}

TEST(Explanation, ARowAloneMayHaveNoTwoWayTerm) {
  for (const char* target : {"none", "0,1"}) {
    const LossStep step = explain(question({1, 2}, target, {"two_way"})).losses.at(0);
    EXPECT_EQ(step.value, 0);
    EXPECT_THAT(step.note, HasSubstr("has no term"));
  }
  EXPECT_EQ(explain(question({1, 2}, "0", {"two_way"})).losses.at(0).note, "");
}

TEST(Explanation, TinyLogitsAreNoZeros) {
  EXPECT_THAT(text_of(question({0.00000001, 1e-20})),
              AllOf(HasSubstr("  1e-08  "), HasSubstr("  1e-20  ")));
  EXPECT_THAT(text_of(question({1.5, -2e-9, 0})),
              AllOf(HasSubstr("  1.5  "), HasSubstr("  -2e-09  "), HasSubstr("  0.0  ")));
}

TEST(Explanation, FitsTheTerminal) {
  Question long_names = question({2.1, -0.3, 1.2, 0, 5, -7, 1, 2}, "0,1,2");
  long_names.names = {"coat of arms",
                      "a building whose name is very long",
                      "建物の写真がたくさん",
                      "d",
                      "e",
                      "f",
                      "g",
                      "h"};
  Question many = question(std::vector<double>(100000, 0.25), "99999");
  many.logits[500] = 3;
  for (const int width : {60, 80, 120}) {
    for (const int digits : {1, 4, 8}) {
      const report::Look look{width, false, true}, ascii{width, false, false};
      expect_tidy(text_of(long_names, digits, look), look);
      expect_tidy(text_of(many, digits, look), look);
      expect_tidy(text_of(question({1e30, -1e-30, 0}, "1"), digits, ascii), ascii);
      expect_tidy(text_of(question({1}), digits, ascii), ascii);
      expect_tidy(text_of(question({0.7, 0.3}, "none"), digits, ascii), ascii);
    }
  }
}

TEST(Explanation, OfManyClassesShowsTheTopTheTargetAndTheRest) {
  std::vector<double> z(100000, 0.0);
  z[77] = 20;
  const Explanation found = explain(question(z, "4321"));
  const std::string text = explanation_text(found, 4, kPlain);
  EXPECT_THAT(text, AllOf(HasSubstr("100,000 logits"), HasSubstr("\n77 "), HasSubstr("\n4321 "),
                          HasSubstr("99,991 more")));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 100);
}

TEST(Explanation, NotesProbabilitiesAndASingleLogit) {
  EXPECT_THAT(explain(question({0.2, 0.5, 0.3})).notes, ElementsAre(HasSubstr("probabilities")));
  EXPECT_THAT(explain(question({4})).notes, ElementsAre(HasSubstr("One logit alone")));
  EXPECT_THAT(explain(question({0.2, 0.5, 0.4})).notes, IsEmpty());
  EXPECT_THAT(explain(question({-0.5, 0.5, 1})).notes, IsEmpty());
}

TEST(Explanation, ColoursOnlyWhenAsked) {
  const Explanation found = explain(question({1, 2}, "1"));
  EXPECT_THAT(explanation_text(found, 4, {80, true, true}), HasSubstr("\x1b["));
  EXPECT_THAT(explanation_text(found, 4, kPlain), Not(HasSubstr("\x1b")));
}

TEST(LossPage, EveryLossIsListedAndHasAPageWithACurve) {
  expect_tidy(report::losses_text({60, false, true}), {60, false, true});
  for (const report::Look look : {report::Look{80, false, true}, report::Look{80, false, false},
                                  report::Look{120, false, true}}) {
    expect_tidy(report::losses_text(look), look);
    for (const loss::LossInfo& info : loss::all_losses()) {
      EXPECT_THAT(report::losses_text(look), HasSubstr("\n" + std::string(info.name) + "\n"));
      const std::string page = report::loss_text(loss::parse_loss(info.name), look);
      expect_tidy(page, look);
      EXPECT_THAT(page, AllOf(HasSubstr("Loss against the logit"),
                              HasSubstr("--losses " + std::string(info.name))));
      for (const loss::LossParameter& one : info.parameters) {
        EXPECT_THAT(page, HasSubstr("  " + std::string(one.name) + "="));
      }
    }
  }
}

TEST(LossPage, ShowsWhatIsGivenBesideWhatIsStandard) {
  const std::string page = report::loss_text(loss::parse_loss("asymmetric:margin=0.2"), kPlain);
  EXPECT_THAT(page, AllOf(HasSubstr("  margin=0.2"), HasSubstr("0.05 if not given"),
                          HasSubstr("  gamma_negative=4")));
  EXPECT_THAT(report::loss_text(loss::parse_loss("zlpr"), kPlain), testing::StartsWith("ZLPR\n"));
}

TEST(LossPage, AxesHaveRoundNumbers) {
  for (const loss::LossInfo& info : loss::all_losses()) {
    const std::string page = report::loss_text(loss::parse_loss(info.name), kPlain);
    std::istringstream lines(page.substr(page.find("Loss against the logit")));
    std::vector<std::string> ticks;
    for (std::string line; std::getline(lines, line);) {
      if (line.size() > 8 && line[5] != ' ' && line.find("│") == 7)
        ticks.push_back(line.substr(0, 6));
    }
    ASSERT_GE(ticks.size(), 3u) << page;
    EXPECT_LE(ticks.size(), 5u) << page;
    EXPECT_EQ(std::stod(ticks.back()), 0);
    const double step = std::stod(ticks[ticks.size() - 2]);
    const double digit = step / std::pow(10, std::floor(std::log10(step) + 1e-9));
    EXPECT_THAT(digit,
                testing::AnyOf(DoubleNear(1, 1e-9), DoubleNear(2, 1e-9), DoubleNear(5, 1e-9)))
        << page;
  }
}

TEST(LossPage, CurvesAreTheLosses) {
  const report::LossCurve bce = report::loss_curve(loss::parse_loss("bce_with_logits"), -6, 6, 3);
  EXPECT_TRUE(bce.alone);
  EXPECT_THAT(bce.logits, ElementsAre(-6, 0, 6));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(bce.right[i], std::log1p(std::exp(-bce.logits[i])), 1e-12);
    EXPECT_NEAR(bce.wrong[i], std::log1p(std::exp(bce.logits[i])), 1e-12);
  }
  // Of two classes, cross-entropy is the same curve.
  const report::LossCurve cross = report::loss_curve(loss::parse_loss("cross_entropy"), -6, 6, 3);
  EXPECT_FALSE(cross.alone);
  EXPECT_THAT(cross.right, Pointwise(DoubleNear(1e-12), bce.right));
  EXPECT_FALSE(report::loss_curve(loss::parse_loss("two_way"), -6, 6, 3).alone);
}

}  // namespace
}  // namespace oneormany::app
