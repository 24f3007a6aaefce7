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

/// Many labels, one arm, with this macro F1 at 0.5 and tuned.
Comparison many_labels(const Measured& fixed, const Measured& tuned) {
  Comparison c;
  c.pictures = 90;
  c.classes = {{"house", 40}, {"river", 30}};
  c.labels_per_picture = {{0, 30}, {1, 50}, {2, 10}};
  c.folds = 5;
  c.untrained = {{"classes", "30 pictures have no label"}};
  Arm arm;
  arm.name = "labels";
  arm.in_domain.accuracy = {0.5, 0.45, 0.55};
  arm.in_domain.macro_f1 = fixed;
  arm.in_domain.labels = LabelFindings{};
  arm.in_domain.labels->tuned = LabelFindings::Tuned{tuned, tuned};
  c.arms = {arm};
  return c;
}

TEST(Verdict, SaysWhatAThresholdForEachLabelIsWorth) {
  const std::string clear = write_verdict(many_labels({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65}));
  EXPECT_THAT(clear, HasSubstr("each label's own threshold"));
  EXPECT_THAT(clear, HasSubstr("from 0.41 to 0.62"));
  const std::string unclear = write_verdict(many_labels({0.41, 0.38, 0.44}, {0.43, 0.4, 0.47}));
  EXPECT_THAT(unclear, HasSubstr("For single labels 0.5 will do"));
}

TEST(Verdict, IsSilentOnThresholdsThatWereNotTuned) {
  Comparison c = many_labels({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  c.arms[0].in_domain.labels->tuned.reset();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("single labels")));
  c.arms[0].in_domain.labels.reset();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("single labels")));
}

}  // namespace
}  // namespace oneormany
