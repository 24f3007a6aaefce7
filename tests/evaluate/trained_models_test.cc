// Models that were trained, not made up: what their predictions are like.

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "evaluate/in_domain.h"
#include "evaluate/unseen.h"
#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"
#include "tests/train/clouds.h"
#include "train/cross_validation.h"

namespace oneormany::evaluate {
namespace {

// Two labels that exclude each other mirror each other, so even a sigmoid's sum to 1, until
// background is learned (docs/losses.md).
TEST(TrainedModels, ProbabilitiesSumToOneUnlessBackgroundWasLearned) {
  const auto data = train::clouds(60, 40);
  for (const auto& model : train::fit_models(train::standard_models(), data, {}, [](double) {})) {
    const auto own = predictions(model.spec, 2, model.own.logits, data.groups);
    const auto found =
        evaluate_in_domain(model.spec, own, data::Problem::kOneClass, data.labels, 1);
    if (!model.spec.background) {
      EXPECT_NEAR(found.sum_of_probabilities.min, 1, 1e-9) << model.spec.name;
      EXPECT_NEAR(found.sum_of_probabilities.max, 1, 1e-9) << model.spec.name;
    } else if (model.spec.name == "classes+none") {
      EXPECT_LT(found.sum_of_probabilities.max, 1);  // "none" has the rest
    } else {
      EXPECT_GT(found.sum_of_probabilities.max - found.sum_of_probabilities.min, 0.1);
    }
  }
}

TEST(TrainedModels, BackgroundKeepsUnseenPicturesQuiet) {
  const auto data = train::clouds(100, 80);
  const MatrixF unseen = train::clouds(0, 160).background.bottomRows(80);
  std::map<std::string, double> labelled;
  for (const auto& model : train::fit_models(train::standard_models(), data, {}, [](double) {})) {
    const auto own = predictions(model.spec, 2, model.own.logits, data.groups);
    // Rows of several heads, of the same 80 pictures.
    const auto other =
        predictions(model.spec, 2, train::predict({model}, unseen)[0].logits, alone(80));
    const auto found = evaluate_unseen(own, data.labels, other, 1);
    labelled[model.spec.name] = found.keeping_95.value;
    EXPECT_LE(found.keeping_95.low, found.keeping_95.value);
    EXPECT_GE(found.keeping_95.high, found.keeping_95.value);
    EXPECT_EQ(found.at_argmax.value == 1, !model.spec.none_class);
  }
  EXPECT_LT(labelled["labels+background"], 0.1);
  EXPECT_LT(labelled["classes+none"], 0.1);
  EXPECT_GT(labelled["classes"], 0.3);
}

// Models of one activation can be compared by it only if it is the same loss for all of them.
TEST(TrainedModels, LogLossIsThatOfTheStandardLossWhateverTheModelWasFittedTo) {
  const auto data = train::clouds(60, 0, 0.8);
  for (const char* loss : {"softmax_focal", "multi_margin", "asymmetric", "two_way"}) {
    const auto model = std::move(
        train::fit_models(train::models_of(loss::parse_loss(loss), head::HeadKind::kLinear, false),
                          data, {}, [](double) {})[0]);
    const auto own = predictions(model.spec, 2, model.own.logits, data.groups);
    const auto found =
        evaluate_in_domain(model.spec, own, data::Problem::kOneClass, data.labels, 1);
    double sum = 0;
    for (Index i = 0; i < 60; ++i) {
      const int label = data.labels[static_cast<std::size_t>(i)][0];
      const auto p = own.probabilities.row(i);
      sum -= model.spec.one_class() ? std::log(p(label))
                                    : (std::log(p(label)) + std::log1p(-p(1 - label))) / 2;
    }
    EXPECT_NEAR(found.log_loss, sum / 60, 1e-9) << loss;
  }
}

TEST(TrainedModels, TheThresholdKeeps95PercentOfTheRightPredictions) {
  const auto data = train::clouds(200, 0, 0.6);
  const auto model =
      std::move(train::fit_models(train::class_models(false), data, {}, [](double) {})[0]);
  const auto own = predictions(model.spec, 2, model.own.logits, data.groups);
  const auto found = evaluate_unseen(own, data.labels, own, 1);
  double right = 0, kept = 0;
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    if (own.best[i] != data.labels[i][0]) continue;
    ++right;
    kept += own.highest[i] >= found.threshold;
  }
  EXPECT_GE(kept / right, 0.95);
  EXPECT_LT((kept - 1) / right, 0.95);
}

// Two labels, of which a picture carries none, one or both.
TEST(TrainedModels, SeveralLabelsAreEvaluatedLabelByLabel) {
  auto data = train::clouds(120, 0);
  for (int i = 0; i < 120; ++i) {
    auto& labels = data.labels[static_cast<std::size_t>(i)];
    data.features.row(i).setZero();
    labels.clear();
    for (int label = 0; label < 2; ++label) {
      if ((i >> label & 1) == 0) continue;
      labels.push_back(label);
      data.features.row(i).segment(label * 8, 8).setOnes();
    }
    data.features(i, i % 16) += 0.1f;
  }
  const auto model =
      std::move(train::fit_models(train::label_models(false), data, {}, [](double) {})[0]);
  const auto own = predictions(model.spec, 2, model.own.logits, data.groups);
  const auto found =
      evaluate_in_domain(model.spec, own, data::Problem::kMultiLabel, data.labels, 1);
  EXPECT_DOUBLE_EQ(found.accuracy.value, 1);
  EXPECT_DOUBLE_EQ(found.macro_f1.value, 1);
  EXPECT_DOUBLE_EQ(found.map, 1);
  EXPECT_LT(found.sum_of_probabilities.min, 0.2);
  EXPECT_GT(found.sum_of_probabilities.max, 1.8);
}

}  // namespace
}  // namespace oneormany::evaluate
