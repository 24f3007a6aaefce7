#include "evaluate/evaluate.h"

#include <gmock/gmock.h>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int kPictures = 100;

DataSummary cats_and_dogs() {
  DataSummary data;
  data.classes = {{"cat", kPictures / 2}, {"dog", kPictures / 2}};
  return data;
}

/// A classification and a label model, the second less often right.
Evidence evidence() {
  Evidence known;
  known.labels = in_turn(kPictures);
  int wrong = 50;
  for (const auto& spec : {train::class_models(false)[0], train::label_models(false)[0]}) {
    known.models.push_back(
        model_of(spec, predictions(spec, 2, logits_of_in_turn(kPictures, 6, wrong))));
    wrong /= 2;
  }
  return known;
}

Holdout<std::function<SetAside()>> unseen(const Evidence& known, double confidence) {
  return Holdout<std::function<SetAside()>>([&known, confidence] {
    SetAside found;
    for (const ModelPredictions& model : known.models) {
      Matrix logits = Matrix::Zero(40, 2);
      logits.col(0).setConstant(confidence);
      found.unseen.models.push_back(predictions(model.spec, 2, logits));
    }
    return found;
  });
}

const Holdout<std::function<SetAside()>> kNoneUnseen([] { return SetAside{}; });

TEST(Evaluate, UnseenPicturesChangeNothingThatWasSelected) {
  const Evidence known = evidence();
  const Options options{.aim = {}, .order_decides = true};
  const Results without = evaluate(cats_and_dogs(), known, kNoneUnseen, options);
  ASSERT_TRUE(without.recommended);
  EXPECT_FALSE(without.recommended->unseen);
  EXPECT_FALSE(without.models[0].unseen);
  for (const double confidence : {0.0, 20.0}) {
    const Results with = evaluate(cats_and_dogs(), known, unseen(known, confidence), options);
    ASSERT_TRUE(with.recommended);
    EXPECT_EQ(with.recommended->model, without.recommended->model);
    EXPECT_EQ(with.recommended->threshold.value, without.recommended->threshold.value);
    EXPECT_EQ(with.recommended->kept.low, without.recommended->kept.low);
    EXPECT_EQ(with.recommended->unseen->value, confidence > 0 ? 1 : 0);
    EXPECT_EQ(with.models[1].scores[0].threshold, without.models[1].scores[0].threshold);
    EXPECT_EQ(with.models[1].unseen->at_09.value, confidence > 0 ? 1 : 0);
  }
}

TEST(Evaluate, RecommendsByOrderAloneOnlyWhereItIsAskedTo) {
  Evidence known = evidence();
  const Results undecided = evaluate(cats_and_dogs(), known, kNoneUnseen, {});
  EXPECT_FALSE(undecided.recommended);
  EXPECT_THAT(undecided.models, SizeIs(2));
  EXPECT_THAT(undecided.differences, SizeIs(1));
  known.models.pop_back();
  EXPECT_TRUE(evaluate(cats_and_dogs(), known, kNoneUnseen, {}).recommended);
}

TEST(Evaluate, WhatLearnsFromFoldsNeedsThem) {
  Evidence known = evidence();
  const Options options{.aim = {}, .order_decides = true};
  const Results without = evaluate(cats_and_dogs(), known, kNoneUnseen, options);
  EXPECT_FALSE(without.models[0].calibration);
  EXPECT_FALSE(without.prediction_sets);
  known.folds.emplace_back();
  for (int i = 0; i < kPictures; ++i) known.folds[0].push_back(i / 2 % 5);
  const Results with = evaluate(cats_and_dogs(), known, kNoneUnseen, options);
  EXPECT_TRUE(with.models[1].calibration);
  ASSERT_TRUE(with.prediction_sets);
  EXPECT_EQ(with.prediction_sets->alpha, 0.05);
  EXPECT_EQ(with.models[1].in_domain.log_loss, without.models[1].in_domain.log_loss);
}

TEST(Evaluate, FilesAreNamedWhereTheyAreKnown) {
  Evidence known = evidence();
  const Options options{.aim = {}, .false_accepts = 3, .label_errors = 1, .order_decides = true};
  EXPECT_THAT(evaluate(cats_and_dogs(), known, kNoneUnseen, options).label_errors, IsEmpty());
  for (int i = 0; i < kPictures; ++i) known.files.emplace_back(std::to_string(i) + ".png");
  const Holdout<std::function<SetAside()>> named([&] {
    SetAside found;
    for (const ModelPredictions& model : known.models) {
      found.unseen.models.push_back(predictions(model.spec, 2, logits_of_in_turn(8, 20)));
    }
    for (int i = 0; i < 8; ++i) {
      found.unseen.files.emplace_back("unseen" + std::to_string(i) + ".png");
    }
    return found;
  });
  const Results found = evaluate(cats_and_dogs(), known, named, options);
  ASSERT_THAT(found.label_errors, SizeIs(1));
  EXPECT_THAT(found.label_errors[0].file.string(), testing::AnyOf("0.png", "50.png"));
  EXPECT_THAT(found.false_accepts, SizeIs(3));
}

}  // namespace
}  // namespace oneormany::evaluate
