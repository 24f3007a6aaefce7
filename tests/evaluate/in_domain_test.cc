#include "evaluate/in_domain.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

TEST(InDomain, MeasuresWhatTheModelSays) {
  // Of four pictures three are right; the last two are a hair from each other.
  const train::ModelSpec spec = train::label_models(false)[0];
  Matrix logits(4, 2);
  logits << logit(0.9), logit(0.2),  //
      logit(0.3), logit(0.8),        //
      logit(0.7), logit(0.4),        //
      logit(0.6), logit(0.5);
  const Labels labels{{0}, {1}, {0}, {1}};
  const InDomain found =
      evaluate_in_domain(spec, predictions(spec, 2, logits), data::Problem::kOneClass, labels, 1);
  EXPECT_DOUBLE_EQ(found.accuracy.value, 0.75);
  EXPECT_DOUBLE_EQ(found.macro_f1.value, (2 * 2 / 5.0 + 2 * 1 / 3.0) / 2);
  EXPECT_NEAR(
      found.log_loss,
      -(std::log(0.9 * 0.8) + std::log(0.7 * 0.8) + std::log(0.7 * 0.6) + std::log(0.4 * 0.5)) / 8,
      1e-12);
  EXPECT_NEAR(found.brier, (0.01 + 0.04 + 0.09 + 0.04 + 0.09 + 0.16 + 0.36 + 0.25) / 4, 1e-12);
  EXPECT_NEAR(found.max_probability.min, 0.6, 1e-12);
  EXPECT_NEAR(found.max_probability.median, 0.75, 1e-12);
  EXPECT_NEAR(found.sum_of_probabilities.mean, 1.1, 1e-12);
  EXPECT_FALSE(found.labels);
}

TEST(InDomain, OfSeveralLabelsAllMustBeRight) {
  const train::ModelSpec spec = train::label_models(false)[0];
  Matrix logits(4, 2);
  logits << 3, -3,  //
      3, 3,         //
      -3, -3,       //
      3, -3;
  const InDomain found = evaluate_in_domain(
      spec, predictions(spec, 2, logits), data::Problem::kMultiLabel, {{0}, {0, 1}, {}, {0, 1}}, 1);
  EXPECT_DOUBLE_EQ(found.accuracy.value, 0.75);  // the most probable class is right of all three
}

TEST(InDomain, CopiesAreRedrawnTogether) {
  const train::ModelSpec spec = train::class_models(false)[0];
  const Matrix logits = logits_of_in_turn(60, 6, 4);
  const Labels labels = in_turn(60);
  const auto accuracy = [&](const std::vector<int>& groups) {
    return evaluate_in_domain(spec, predictions(spec, 2, logits, groups), data::Problem::kOneClass,
                              labels, 1)
        .accuracy;
  };
  std::vector<int> groups;
  for (int i = 0; i < 60; ++i) groups.push_back(i % 12);
  const Measured apart = accuracy(alone(60)), together = accuracy(groups);
  EXPECT_EQ(apart.value, together.value);
  EXPECT_LT(together.low, apart.low);
  EXPECT_GT(together.high, apart.high);
}

TEST(Summary, OfAnEvenNumberHasTheMeanOfTheMiddleTwo) {
  const Summary found = summary_of({4, 1, 3, 10});
  EXPECT_EQ(found.min, 1);
  EXPECT_EQ(found.mean, 4.5);
  EXPECT_EQ(found.median, 3.5);
  EXPECT_EQ(found.max, 10);
}

}  // namespace
}  // namespace oneormany::evaluate
