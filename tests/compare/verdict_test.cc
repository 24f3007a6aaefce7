#include "compare/verdict.h"

#include <gmock/gmock.h>

#include "tests/report/fixture.h"

namespace oneormany {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Verdict, OfTheFourStandardArmsSpeaksOfTheKindsWithoutNamingLosses) {
  const std::string verdict = write_verdict(example_comparison());
  EXPECT_THAT(verdict, AllOf(HasSubstr("the classification model still names a class on 41 %"),
                             HasSubstr("; the label model on 42 %"),
                             HasSubstr("Going from softmax to sigmoid alone makes no difference"),
                             HasSubstr("labels+background does so on 10 %"),
                             HasSubstr("Use labels+background with a threshold")));
  EXPECT_THAT(verdict, Not(HasSubstr("several models")));
}

// The best of a kind is chosen in domain: the arm that keeps quietest on unseen pictures is not it.
TEST(Verdict, OfSeveralArmsOfAKindSpeaksOfTheOneWithTheMostRightAnswers) {
  Comparison c = example_comparison();
  c.arms.push_back(
      example_arm({"classes:softmax_focal", "softmax_focal", "softmax", 0.5, 20, 0.975, 0.5}));
  c.arms.push_back(example_arm({"labels:zlpr", "zlpr", "sigmoid", 0.4, 20, 0.95, 0.06}));
  c.arms.push_back(example_arm({"labels+background:zlpr", "zlpr", "sigmoid", 0, 20, 0.969, 0.12}));
  EXPECT_THAT(
      write_verdict(c),
      AllOf(HasSubstr("model (classes:softmax_focal) still names a class on 50 %"),
            HasSubstr("; the label model (labels) on 42 %"), Not(HasSubstr("sigmoid alone")),
            HasSubstr("labels+background:zlpr does so on 12 %"),
            HasSubstr("Of several models of one kind"), HasSubstr("Use labels+background:zlpr")));
}

TEST(Verdict, OfClassArmsAloneRecommendsTheOneThatLearnedNone) {
  Comparison c = example_comparison();
  std::erase_if(c.arms, [](const Arm& arm) { return arm.activation == "sigmoid"; });
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("classes+none does so on 11 %"),
                                      HasSubstr("Use classes+none with a threshold"),
                                      Not(HasSubstr("label model on"))));
}

TEST(Verdict, OfLabelArmsAloneOnOneClassEachStillCallsItAClassificationProblem) {
  Comparison c = example_comparison();
  std::erase_if(c.arms, [](const Arm& arm) { return arm.activation == "softmax"; });
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("this is a classification problem"),
                                      HasSubstr("the label model still gives a label to 42 %")));
  for (Arm& arm : c.arms) arm.name += " (mlp)";
  EXPECT_THAT(write_verdict(c), HasSubstr("Use labels+background (mlp)"));
}

TEST(Verdict, WithoutUnseenPicturesNamesNoShareOfThem) {
  Comparison c = example_comparison();
  c.unseen = 0;
  for (Arm& arm : c.arms) arm.unseen.reset();
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("--unseen"), HasSubstr("Use labels+background."),
                                      Not(HasSubstr("still names"))));
}

}  // namespace
}  // namespace oneormany
