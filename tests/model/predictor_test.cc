#include "model/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loss/matrix.h"
#include "tests/model/model_case.h"

namespace oneormany::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A model whose logits are its features: what it must say can be read off.
Model identity(Model model) {
  const Index columns = 3 + model.spec.none_class;
  Matrix weights = Matrix::Zero(columns, kFeatures);
  weights.leftCols(columns).setIdentity();
  model.head = head::LinearHead{weights, Vector::Zero(columns)};
  return model;
}

MatrixF row(std::initializer_list<float> logits) {
  MatrixF features = MatrixF::Zero(1, kFeatures);
  Index c = 0;
  for (const float one : logits) features(0, c++) = one;
  return features;
}

Prediction said(const Model& model, std::initializer_list<float> logits) {
  return Predictor(model).predict(row(logits)).front();
}

double softmax(double of, std::initializer_list<double> all) {
  double sum = 0;
  for (const double one : all) sum += std::exp(one);
  return std::exp(of) / sum;
}

TEST(Predictor, TheMostProbableClassFromTheThresholdOn) {
  Model model = identity(a_model());
  const double p = softmax(2, {0.5, 2, 1});
  model.rule.thresholds = {p};
  Prediction one = said(model, {0.5F, 2, 1});
  EXPECT_NEAR(one.score, p, 1e-12);
  model.rule.thresholds = {one.score};
  EXPECT_THAT(said(model, {0.5F, 2, 1}).labels, ElementsAre(1));
  model.rule.thresholds = {std::nextafter(one.score, 1)};
  one = said(model, {0.5F, 2, 1});
  EXPECT_THAT(one.labels, IsEmpty());
  EXPECT_EQ(one.best, 1);
  EXPECT_NEAR(one.probabilities(1), p, 1e-12);
}

TEST(Predictor, AClassNoneTakesItsShareOfTheProbability) {
  const Model model = identity(a_model({.background = true}));
  ASSERT_TRUE(model.spec.none_class);
  const Prediction one = said(model, {0, 1, 0, 3});
  EXPECT_EQ(one.probabilities.size(), 3);
  EXPECT_EQ(one.best, 1);
  EXPECT_NEAR(one.score, softmax(1, {0, 1, 0, 3}), 1e-12);
  EXPECT_THAT(one.labels, IsEmpty());
}

TEST(Predictor, EachClassMayHaveItsOwnThreshold) {
  Model model = identity(a_model({.score = ood::ScoreKind::kMaxLogit}));
  model.rule.thresholds = {1, 5, 2};
  EXPECT_THAT(said(model, {1, 0, 0}).labels, ElementsAre(0));
  EXPECT_THAT(said(model, {0, 4, 0}).labels, IsEmpty());
  EXPECT_EQ(said(model, {0, 4, 0}).threshold, 5);
  EXPECT_THAT(said(model, {0, 0, 2}).labels, ElementsAre(2));
}

TEST(Predictor, SeveralLabelsEachAtItsOwnThreshold) {
  Model model =
      identity(a_model({.loss = "bce_with_logits", .problem = data::Problem::kMultiLabel}));
  model.rule.thresholds = {0.55};
  model.rule.label_thresholds = {0.3, 0.5, 0.9};
  EXPECT_THAT(said(model, {-0.5F, 1, 2}).labels, ElementsAre(0, 1));  // 0.38, 0.73, 0.88
  EXPECT_THAT(said(model, {0.1F, 0, 0.1F}).labels, IsEmpty());        // the picture: 0.525
}

TEST(Predictor, BothGatesAskForProbabilityAndNearness) {
  Model model = identity(a_model({.score = ood::ScoreKind::kBothGates}));
  // Right predictions: four; a threshold of 0.5 asks for half of them, nearness for a tenth.
  model.rule.probabilities = {0.2, 0.4, 0.6, 0.8};
  model.rule.nearnesses = {-1.2, -1, -0.8, -0.5};
  model.rule.thresholds = {0.5};
  model.score_rows.features = row({1, 0, 0});
  model.score_rows.labels = {{0}};
  EXPECT_THAT(said(model, {1, 0, 0}).labels, ElementsAre(0));  // 0.58, distance 0
  EXPECT_EQ(said(model, {1, 0, 0}).score, 0.5);
  EXPECT_THAT(said(model, {0.1F, 0, 0}).labels, IsEmpty());  // 0.36: not probable enough
  EXPECT_THAT(said(model, {0, 9, 0}).labels, IsEmpty());     // at √2: not near enough
  EXPECT_EQ(said(model, {0, 9, 0}).score, 0);
}

TEST(Predictor, TheLabelIsOfThePlainProbabilitiesAndTheShownOneIsCalibrated) {
  Model model = identity(a_model({.calibration = metrics::CalibrationMethod::kTemperature}));
  model.calibration.scale.setConstant(0.5);  // T = 2
  const Prediction one = said(model, {0, 3, 0});
  EXPECT_NEAR(one.score, softmax(3, {0, 3, 0}), 1e-12);
  EXPECT_NEAR(one.probabilities(1), softmax(1.5, {0, 1.5, 0}), 1e-12);
}

TEST(Predictor, RowsDoNotDependOnEachOther) {
  for (const Kind& kind : all_kinds()) {
    const Predictor predictor(a_model(kind));
    const MatrixF features = random_features(40, 5);
    const auto together = predictor.predict(features);
    for (Index i = 0; i < features.rows(); ++i) {
      const Prediction alone = predictor.predict(features.row(i)).front();
      const Prediction& one = together[static_cast<std::size_t>(i)];
      EXPECT_EQ(alone.best, one.best);
      EXPECT_EQ(alone.labels, one.labels);
      // All that is added in float is added in one order; in double it is too little to be seen.
      EXPECT_NEAR(alone.score, one.score, 1e-11 * std::max(1.0, std::abs(one.score)));
      EXPECT_LT((alone.logits - one.logits).cwiseAbs().maxCoeff(), 1e-11);
    }
  }
}

}  // namespace
}  // namespace oneormany::model
