#include "evaluate/prediction_sets.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<ClassCount> kClasses{{"cat", 100}, {"dog", 100}};

std::vector<int> five_folds(int pictures) {
  std::vector<int> folds;
  for (int i = 0; i < pictures; ++i) folds.push_back(i / 2 % 5);
  return folds;
}

TEST(PredictionSets, HaveSharesThatSumToOneAndTheirCoverage) {
  Two two;
  const Matrix far = Matrix::Constant(60, 2, -9), like = logits_of_in_turn(60, 6);
  for (ModelPredictions& model : two.models)
    model.held_out = {model.own, predictions(model.spec, 2, far)};
  const Selection selection = two.selection();
  const std::size_t chosen = selection.recommended().model;
  const std::vector<int> folds = five_folds(200);
  const Predictions unseen = predictions(two.models[chosen].spec, 2, like);
  const PredictionSets found =
      evaluate_sets(selection, two.models[chosen], &unseen, two.labels, folds, kClasses, 0.1, 1);
  ASSERT_TRUE(found.background && found.unseen);
  for (const auto& sizes : {found.in_domain, *found.background, *found.unseen}) {
    EXPECT_NEAR(sizes.empty.value + sizes.one.value + sizes.several.value, 1, 1e-12);
    EXPECT_GE(sizes.mean, sizes.one.value + 2 * sizes.several.value - 1e-12);
  }
  EXPECT_NEAR(found.coverage.value, 0.9, 0.03);
  EXPECT_LE(found.coverage.low, found.coverage.value);
  EXPECT_GT(found.unseen->one.value, 0.8);
  EXPECT_THAT(found.without_guarantee, IsEmpty());
}

TEST(PredictionSets, OfALabelModelAreEmptyForWhatIsLikeNoLabel) {
  Two two;
  two.models.erase(two.models.begin());
  two.results.erase(two.results.begin());
  ModelPredictions& model = two.models[0];
  model = model_of(model.spec, predictions(model.spec, 2, logits_of_in_turn(200, 6)));
  model.held_out = {model.own, predictions(model.spec, 2, Matrix::Constant(60, 2, -9))};
  two.results[0] = in_domain(model, two.labels);
  const Selection selection = two.selection();
  const std::vector<int> folds = five_folds(200);
  const auto sets = evaluate_sets(selection, model, nullptr, two.labels, folds, kClasses, 0.05, 1);
  EXPECT_EQ(sets.background->empty.value, 1);
  EXPECT_FALSE(sets.unseen);
  // 1 / (100 + 1) is the smallest α that a hundred pictures can guarantee.
  EXPECT_THAT(evaluate_sets(selection, model, nullptr, two.labels, folds, kClasses, 0.009, 1)
                  .without_guarantee,
              ElementsAre("cat", "dog"));
}

TEST(LabelScores, AreTheLogOddsOfEachClass) {
  const train::ModelSpec plain = train::class_models(true)[0],
                         with_none = train::class_models(true)[1];
  Random random(9);
  Matrix logits(50, 4);
  for (double& z : logits.reshaped()) z = 6 * random.uniform() - 3;
  const Matrix of_four = label_scores(plain, logits, 4),
               of_three = label_scores(with_none, logits, 3);
  ASSERT_EQ(of_three.cols(), 3);
  for (Index i = 0; i < logits.rows(); ++i) {
    const Eigen::RowVectorXd e = logits.row(i).array().exp();
    for (Index c = 0; c < 4; ++c) {
      const double p = e(c) / e.sum();
      EXPECT_NEAR(of_four(i, c), std::log(p / (1 - p)), 1e-12);
    }
    // "None" is one of the others.
    EXPECT_EQ(of_three.row(i), of_four.row(i).head(3));
  }
}

// 1 − p is 0 in doubles, or p is: the scores still part the surer from the sure.
TEST(LabelScores, AreExactWhereTheProbabilityIsOneButForRounding) {
  Matrix logits(4, 3);
  logits << 50, 0, -3,  //
      80, 0, -3,        //
      1000, 0, -3,      //
      2000, 0, -3;
  const Matrix scores = label_scores(train::class_models(false)[0], logits, 3);
  const double others = std::log1p(std::exp(-3.0));
  for (Index i = 0; i < 4; ++i) {
    const double top = logits(i, 0);
    EXPECT_NEAR(scores(i, 0), top - others, 1e-9 * top) << i;
    EXPECT_NEAR(scores(i, 1), -top, 1e-9 * top) << i;
    EXPECT_NEAR(scores(i, 2), -3 - top, 1e-9 * top) << i;
  }
}

TEST(LabelScores, OfALabelModelAreItsLogits) {
  Matrix logits(2, 3);
  logits << 1, 2, 3, 4, 5, 6;
  EXPECT_EQ(label_scores(train::label_models(true)[1], logits, 3), logits);
}

}  // namespace
}  // namespace oneormany::evaluate
