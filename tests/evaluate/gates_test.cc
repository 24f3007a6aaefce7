#include "evaluate/gates.h"

#include <gmock/gmock.h>

#include "tests/evaluate/model_case.h"

namespace oneormany::evaluate {
namespace {

constexpr int kPictures = 100;

/// Every tenth prediction is wrong; nearness: of each picture.
Predictions own_of(const Vector& nearness) {
  Predictions own =
      predictions(train::class_models(false)[0], 2, logits_of_in_turn(kPictures, 4, 10));
  own.scores.push_back(nearness);
  return own;
}

Vector rising() { return Vector::LinSpaced(kPictures, -1, 0); }

double share_up_to(const Predictions& own, const Labels& labels, std::size_t score, double value) {
  double right = 0, up_to = 0;
  for (std::size_t i = 0; i < own.rows(); ++i) {
    if (own.best[i] != labels[i].front()) continue;
    ++right;
    up_to += own.scores[score](static_cast<Index>(i)) <= value;
  }
  return up_to / right;
}

TEST(BothGates, IsTheWorseOfTwoShares) {
  const Labels labels = in_turn(kPictures);
  const Predictions own = own_of(rising());
  const Vector both = BothGates(own, labels, 1).of(own);
  for (Index i = 0; i < kPictures; ++i) {
    EXPECT_DOUBLE_EQ(both(i), std::min(share_up_to(own, labels, 0, own.scores[0](i)),
                                       5 * share_up_to(own, labels, 1, own.scores[1](i))));
  }
}

// However probable, what is farther away than every right prediction gets the lowest score.
TEST(BothGates, WhatIsFarFromEverythingKnownDoesNotPass) {
  const Labels labels = in_turn(kPictures);
  const Predictions own = own_of(rising());
  Predictions far = own;
  far.scores[1].setConstant(-1.5);
  EXPECT_EQ(BothGates(own, labels, 1).of(far).maxCoeff(), 0);
}

TEST(BothGates, SayWhatAThresholdAsksOfEach) {
  const Labels labels = in_turn(kPictures);
  const Predictions own = own_of(rising());
  const BothGates gates(own, labels, 1);
  const Vector both = gates.of(own);
  for (const double threshold : {0.02, 0.05, 0.3}) {
    const AskedOfGates asked = gates.asked(threshold);
    for (Index i = 0; i < kPictures; ++i) {
      EXPECT_EQ(both(i) >= threshold,
                own.scores[0](i) >= asked.probability && own.scores[1](i) >= asked.nearness)
          << threshold << " " << i;
    }
  }
}

TEST(BothGates, WithoutARightPredictionNothingIsKnown) {
  const Labels labels(kPictures, {5});
  const Predictions own = own_of(rising());
  EXPECT_EQ(BothGates(own, labels, 1).of(own).maxCoeff(), 0);
}

TEST(BothGates, AreAddedWhereNearnessIsMeasured) {
  const Labels labels = in_turn(kPictures);
  std::vector<ModelPredictions> models{model_of(train::class_models(false)[0], own_of(rising())),
                                       model_of(train::class_models(false)[0], own_of(rising()))};
  models[0].score_kinds.push_back(ood::ScoreKind::kKnn);
  models[1].own.scores.pop_back();
  models[0].held_out = {models[0].own, models[0].own};
  const auto gates = add_gates(models, labels);
  EXPECT_EQ(models[0].score_kinds.back(), ood::ScoreKind::kBothGates);
  EXPECT_EQ(models[0].own.scores.size(), 3u);
  EXPECT_EQ(models[0].held_out->background.scores.size(), 3u);
  EXPECT_EQ(models[1].score_kinds.size(), 1u);
  EXPECT_FALSE(gates[1]);
  std::vector<Predictions> unseen{own_of(rising()), models[1].own};
  add_gates(gates, unseen);
  EXPECT_EQ(unseen[0].scores[2], models[0].own.scores[2]);
  EXPECT_EQ(unseen[1].scores.size(), 1u);
}

}  // namespace
}  // namespace oneormany::evaluate
