// The catalogue of losses, as pages for a terminal.
#include "report/loss_page.h"

#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "tests/report/tidy.h"

namespace oneormany::report {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

const Look kPlain{80, false, true};

TEST(LossPage, EveryLossIsListedAndHasAPageWithACurve) {
  expect_tidy(losses_text({60, false, true}), {60, false, true});
  for (const Look look : {Look{80, false, true}, Look{80, false, false}, Look{120, false, true}}) {
    expect_tidy(losses_text(look), look);
    for (const loss::LossInfo& info : loss::all_losses()) {
      EXPECT_THAT(losses_text(look), HasSubstr("\n" + std::string(info.name) + "\n"));
      const std::string page = loss_text(loss::parse_loss(info.name), look);
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
  const std::string page = loss_text(loss::parse_loss("asymmetric:margin=0.2"), kPlain);
  EXPECT_THAT(page, AllOf(HasSubstr("  margin=0.2"), HasSubstr("0.05 if not given"),
                          HasSubstr("  gamma_negative=4")));
  EXPECT_THAT(loss_text(loss::parse_loss("zlpr"), kPlain), testing::StartsWith("ZLPR\n"));
}

TEST(LossPage, AxesHaveRoundNumbers) {
  for (const loss::LossInfo& info : loss::all_losses()) {
    const std::string page = loss_text(loss::parse_loss(info.name), kPlain);
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
  const LossCurve bce = loss_curve(loss::parse_loss("bce_with_logits"), -6, 6, 3);
  EXPECT_TRUE(bce.alone);
  EXPECT_THAT(bce.logits, ElementsAre(-6, 0, 6));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(bce.right[i], std::log1p(std::exp(-bce.logits[i])), 1e-12);
    EXPECT_NEAR(bce.wrong[i], std::log1p(std::exp(bce.logits[i])), 1e-12);
  }
  // Of two classes, cross-entropy is the same curve.
  const LossCurve cross = loss_curve(loss::parse_loss("cross_entropy"), -6, 6, 3);
  EXPECT_FALSE(cross.alone);
  EXPECT_THAT(cross.right, Pointwise(DoubleNear(1e-12), bce.right));
  EXPECT_FALSE(loss_curve(loss::parse_loss("two_way"), -6, 6, 3).alone);
}

}  // namespace
}  // namespace oneormany::report
