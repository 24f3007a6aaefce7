#include "evaluate/unseen.h"

#include <gmock/gmock.h>

#include "tests/evaluate/model_case.h"

namespace oneormany::evaluate {
namespace {

using testing::SizeIs;

TEST(Unseen, ChangesNothingThatWasSelected) {
  const Two two;
  const Selection selection = two.selection();
  const Predictions sure = predictions(two.models[0].spec, 2, logits_of_in_turn(50, 20));
  const Predictions unsure = predictions(two.models[0].spec, 2, Matrix::Zero(50, 2));
  const auto scores_of = [&](const Selection& by, const Predictions& unseen) {
    const ModelPredictions& model = two.models[0];
    return evaluate_scores(by, 0, model, unseen, evaluate_unseen(model.own, two.labels, unseen, 1),
                           two.labels, 1);
  };
  for (const Predictions& unseen : {sure, unsure}) {
    const auto found = scores_of(selection, unseen);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].threshold, selection.scores()[0][0].threshold);
  }
  const auto all = scores_of(selection, sure)[0];
  EXPECT_EQ(all.labelled->value, 1);
  EXPECT_EQ(evaluate_recommended(selection, all, sure, 1).value, 1);
  const auto none = scores_of(selection, unsure)[0];
  EXPECT_EQ(evaluate_recommended(selection, none, unsure, 1).value, 0);
  EXPECT_EQ(none.labelled->value, 0);
  EXPECT_EQ(none.auroc->value, 1);
  EXPECT_EQ(none.fpr95->value, 0);
}

// The first score is the highest probability, of which evaluate_unseen() keeps 95 %.
TEST(Unseen, IsLabelledAtTheThresholdForTheAim) {
  const Two two;
  const ModelPredictions& model = two.models[0];
  const Predictions unseen = predictions(model.spec, 2, logits_of_in_turn(50, 6));
  const UnseenResult by_highest = evaluate_unseen(model.own, two.labels, unseen, 1);
  for (const double kept : {0.95, 0.5}) {
    const Selection selection =
        two.selection({.aim = {.kind = metrics::Aim::Kind::kKeep, .share = kept}});
    const ScoreResult found =
        evaluate_scores(selection, 0, model, unseen, by_highest, two.labels, 1)[0];
    EXPECT_EQ(found.labelled->value,
              (unseen.scores[0].array() >= found.threshold).cast<double>().mean());
    EXPECT_EQ(found.labelled->value == by_highest.keeping_95.value, kept == 0.95);
    EXPECT_EQ(found.auroc->value, by_highest.auroc.value);
    EXPECT_EQ(found.fpr95->high, by_highest.fpr95.high);
  }
}

}  // namespace
}  // namespace oneormany::evaluate
