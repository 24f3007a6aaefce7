#include "evaluate/differences.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/evaluate/model_case.h"

namespace oneormany::evaluate {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(Differences, AreTheRecommendedModelMinusTheOther) {
  const Two two;
  const Selection selection = two.selection();
  ASSERT_EQ(selection.recommended().model, 0u);
  // The recommended one is sure of few unseen pictures, the other of most.
  Random random(21);
  std::vector<Predictions> unseen;
  for (const double share : {0.1, 0.8}) {
    Matrix logits = Matrix::Zero(100, 2);
    for (Index i = 0; i < 100; ++i) {
      logits(i, 0) = i < std::lround(100 * share) ? 9 + random.uniform() : random.uniform();
    }
    unseen.push_back(predictions(two.models[unseen.size()].spec, 2, logits));
  }
  const auto differences =
      compare_models(selection, two.models, unseen, two.labels, data::Problem::kOneClass, 1);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].model, 1u);
  EXPECT_NEAR(differences[0].score.value, 0.98 - 0.8, 1e-9);
  EXPECT_GT(differences[0].score.low, 0);
  EXPECT_LT(differences[0].p, 0.001);
  EXPECT_TRUE(differences[0].score_significant);
  ASSERT_TRUE(differences[0].unseen);
  EXPECT_NEAR(differences[0].unseen->value, 0.1 - 0.8, 1e-9);
  EXPECT_LT(differences[0].unseen->high, 0);
  EXPECT_TRUE(differences[0].unseen_significant);
}

TEST(Differences, OfTheSamePredictionsAreNone) {
  Two two;
  two.models[1] = two.models[0];
  const auto differences =
      compare_models(two.selection(), two.models, {}, two.labels, data::Problem::kOneClass, 1);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].score.value, 0);
  EXPECT_EQ(differences[0].p, 1);
  EXPECT_FALSE(differences[0].score_significant);
  EXPECT_FALSE(differences[0].unseen);
  EXPECT_FALSE(differences[0].unseen_significant);
}

TEST(Differences, OfOneModelAreNone) {
  Two two;
  two.models.pop_back();
  two.results.pop_back();
  EXPECT_THAT(
      compare_models(two.selection(), two.models, {}, two.labels, data::Problem::kOneClass, 1),
      IsEmpty());
}

}  // namespace
}  // namespace oneormany::evaluate
