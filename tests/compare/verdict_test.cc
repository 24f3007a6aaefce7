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

// Chosen in domain: neither chance nor the arm that keeps quietest on unseen pictures chooses.
TEST(Verdict, OfSeveralArmsOfAKindSpeaksOfTheStandardOneUnlessAnotherIsClearlyBetter) {
  Comparison c = example_comparison();
  c.arms.push_back(
      example_arm({"classes:softmax_focal", "softmax_focal", "softmax", 0.5, 20, 0.975, 0.45}));
  c.arms.push_back(example_arm({"labels:zlpr", "zlpr", "sigmoid", 0.4, 20, 0.95, 0.4}));
  c.arms.push_back(example_arm({"labels+background:zlpr", "zlpr", "sigmoid", 0, 20, 0.969, 0.12}));
  EXPECT_THAT(
      write_verdict(c),
      AllOf(HasSubstr("model (classes) still names a class on 41 %"),
            HasSubstr("; the label model (labels) on 42 %"), HasSubstr("sigmoid alone"),
            HasSubstr("labels+background does so on 10 %"), Not(HasSubstr("differ clearly")),
            HasSubstr("Of several models of one kind"), HasSubstr("Use labels+background with")));
  c.arms[4].in_domain.accuracy = {0.999, 0.99, 1};
  EXPECT_THAT(write_verdict(c), HasSubstr("model (classes:softmax_focal) still names"));
}

TEST(Verdict, SaysWhereModelsOfOneKindDifferClearlyOnUnseenPictures) {
  Comparison c = example_comparison();
  c.arms.push_back(example_arm({"classes (mlp)", "cross_entropy", "softmax", 0.5, 20, 0.97, 0.77}));
  c.arms.back().head = "mlp";
  EXPECT_THAT(write_verdict(c), HasSubstr("differ clearly in this: 41 % (classes) against 77 % "
                                          "(classes (mlp))."));
}

TEST(Verdict, NamesTheRecommendedOneOfEquallyGoodModels) {
  Comparison c = example_comparison();
  c.arms[0].in_domain.accuracy = {0.93, 0.92, 0.99};
  c.arms[3].in_domain.accuracy = c.arms[1].in_domain.accuracy;
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("93 % (classes) and 97 % (labels+background)"),
                                      HasSubstr("Use labels+background")));
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
  EXPECT_THAT(unclear, HasSubstr("from 0.41 to 0.43, though so few pictures can't show"));
  const std::string none = write_verdict(many_labels({0.41, 0.38, 0.44}, {0.4, 0.37, 0.43}));
  EXPECT_THAT(none, HasSubstr("For single labels 0.5 will do"));
}

// A loss that doesn't aim at 0.5 may have no exact match there and still rank best.
TEST(Verdict, ComparesManyLabelsByMeanAveragePrecision) {
  Comparison c = many_labels({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  c.arms[0].loss = "bce_with_logits";
  c.arms[0].in_domain.labels->macro_map = {0.5, 0.45, 0.55};
  c.arms.push_back(c.arms[0]);
  c.arms[1].name = "labels:zlpr";
  c.arms[1].loss = "zlpr";
  c.arms[1].in_domain.accuracy = {0.1, 0.08, 0.12};
  c.arms[1].in_domain.labels->macro_map = {0.7, 0.65, 0.75};
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("(macro mAP) of between 0.50 (labels) and 0.70 (labels:zlpr): a "
                              "difference larger than chance"),
                    HasSubstr("Use labels:zlpr")));
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
