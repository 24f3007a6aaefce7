// What explain found, as a page for a terminal and as JSON.
#include "report/explanation.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/app/question.h"
#include "tests/report/tidy.h"

namespace oneormany::report {
namespace {

using app::explain;
using app::Explanation;
using app::Question;
using app::question;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Look kPlain{80, false, true};

std::string text_of(const Question& some, int digits = 4, const Look& look = kPlain) {
  return explanation_text(explain(some), digits, look);
}

TEST(ExplanationText, ShowsTheTutorialsDigits) {
  EXPECT_THAT(text_of(question({1, 2, 3, 4, 1, 2, 3}), 8),
              AllOf(HasSubstr("0.02364054"), HasSubstr("0.06426166"), HasSubstr("0.17468130"),
                    HasSubstr("0.47483300")));
  EXPECT_THAT(text_of(question({1, 2, 4, 1})),
              AllOf(HasSubstr("z/sum"), HasSubstr("0.1250"), HasSubstr("0.8098")));
  EXPECT_THAT(text_of(question({1.1479, -1.3265, 1.2661})),
              AllOf(HasSubstr("0.7591"), HasSubstr("0.2097"), HasSubstr("0.7801"),
                    HasSubstr("1.7489"), HasSubstr("-1.3265"), Not(HasSubstr("z/sum"))));
}

TEST(ExplanationText, SaysWhatNothingFitsMeans) {
  Question some = question({3, -1, 2});
  some.threshold = 0.9;
  EXPECT_THAT(text_of(some), HasSubstr("none of these"));
  EXPECT_THAT(text_of(question({-5, -4})), HasSubstr("Nothing fits here"));
}

TEST(ExplanationText, HugeLogitsAreShownAgainstTheLargest) {
  for (const std::vector<double>& z :
       {std::vector<double>{800, 799, -800}, {-800, -801, -2400}, {3e38, 3e38 - 1, -3e38}}) {
    const std::string text = text_of(question(z, "1"));
    EXPECT_THAT(text, AllOf(HasSubstr("e^(z-max)"), HasSubstr("32-bit float"),
                            Not(HasSubstr("inf")), Not(HasSubstr("nan"))));
    expect_tidy(text, kPlain);
  }
}

TEST(ExplanationText, EveryLossOfTheCatalogueHasItsStep) {
  for (const loss::LossInfo& info : loss::all_losses()) {
    const std::string text = text_of(question({2.1, -0.3, 1.2}, "0", {std::string(info.name)}));
    EXPECT_THAT(text, HasSubstr(std::string(info.title)));
    expect_tidy(text, kPlain);
  }
}

TEST(ExplanationText, SmoothedTargetsAreShown) {
  for (const std::string loss : {"cross_entropy", "bce_with_logits"}) {
    const Question some = question({2, -1, .5}, "1", {loss + ":label_smoothing=0.1"});
    EXPECT_THAT(text_of(some), HasSubstr(loss == "cross_entropy" ? "0.9333" : "0.9500"));
    EXPECT_THAT(explanation_json(explain(some)), HasSubstr("\"targets\""));
  }
}

TEST(ExplanationText, SaysHowFrequentLabelsCountAs) {
  EXPECT_THAT(text_of(question({1, 2}, "1", {"bce_with_logits:balance=1"})),
              AllOf(HasSubstr("as often present as absent"), Not(HasSubstr("equally frequent"))));
  EXPECT_THAT(text_of(question({1, 2}, "1", {"cross_entropy:balance=1"})),
              HasSubstr("equally frequent"));
}

TEST(ExplanationText, TinyLogitsAreNoZeros) {
  EXPECT_THAT(text_of(question({0.00000001, 1e-20})),
              AllOf(HasSubstr("  1e-08  "), HasSubstr("  1e-20  ")));
  EXPECT_THAT(text_of(question({1.5, -2e-9, 0})),
              AllOf(HasSubstr("  1.5  "), HasSubstr("  -2e-09  "), HasSubstr("  0.0  ")));
}

TEST(ExplanationText, FitsTheTerminal) {
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
      const Look look{width, false, true}, ascii{width, false, false};
      expect_tidy(text_of(long_names, digits, look), look);
      expect_tidy(text_of(many, digits, look), look);
      expect_tidy(text_of(question({1e30, -1e-30, 0}, "1"), digits, ascii), ascii);
      expect_tidy(text_of(question({1}), digits, ascii), ascii);
      expect_tidy(text_of(question({0.7, 0.3}, "none"), digits, ascii), ascii);
    }
  }
}

TEST(ExplanationText, OfManyClassesShowsTheTopTheTargetAndTheRest) {
  std::vector<double> z(100000, 0.0);
  z[77] = 20;
  const Explanation found = explain(question(z, "4321"));
  const std::string text = explanation_text(found, 4, kPlain);
  EXPECT_THAT(text, AllOf(HasSubstr("100,000 logits"), HasSubstr("\n77 "), HasSubstr("\n4321 "),
                          HasSubstr("99,991 more")));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 100);
}

TEST(ExplanationText, ColoursOnlyWhenAsked) {
  const Explanation found = explain(question({1, 2}, "1"));
  EXPECT_THAT(explanation_text(found, 4, {80, true, true}), HasSubstr("\x1b["));
  EXPECT_THAT(explanation_text(found, 4, kPlain), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace oneormany::report
