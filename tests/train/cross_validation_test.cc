#include "train/cross_validation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <random>

#include "evaluate/predictions.h"
#include "tests/metrics/measures.h"

namespace oneormany::train {
namespace {

struct Random {
  std::mt19937_64 engine{3};
  float uniform() { return static_cast<float>(engine() >> 40) * 0x1p-24f; }
};

/// Class 0 has large features at the front, class 1 at the end. Background looks like one of them,
/// but has large features in the middle too.
LearningData clouds(int pictures, int background, double gap = 1.5) {
  Random random;
  LearningData data;
  data.classes = 2;
  data.features.resize(pictures, 16);
  data.background.resize(background, 16);
  for (float& x : data.features.reshaped()) x = random.uniform();
  for (float& x : data.background.reshaped()) x = random.uniform();
  for (int i = 0; i < background; ++i) {
    data.background.row(i).segment(i % 2 * 12, 4).array() += static_cast<float>(gap);
    data.background.row(i).segment(6, 4).array() += static_cast<float>(gap);
  }
  for (int i = 0; i < pictures; ++i) {
    data.labels.push_back({i % 2});
    data.groups.push_back(i);
    data.features.row(i).segment(i % 2 * 12, 4).array() += static_cast<float>(gap);
  }
  return data;
}

std::vector<ModelSpec> all_models() {
  auto models = class_models(true);
  for (const auto& model : label_models(true)) models.push_back(model);
  return models;
}

double out_of_fold_accuracy(const FittedModel& model, const LearningData& data) {
  std::vector<int> target;
  for (const auto& labels : data.labels) target.push_back(labels[0]);
  return accuracy(metrics::argmax(model.own.logits.leftCols(data.classes)), target);
}

// Labels are a coin toss, and each picture can be told by a feature of its own: a head that saw it
// answers right, one that did not can only guess.
TEST(Protocol, NoHeadHasSeenThePictureThatItPredicts) {
  Random random;
  LearningData data;
  data.classes = 2;
  data.features = MatrixF::Identity(120, 120);
  for (int i = 0; i < 120; ++i) {
    data.labels.push_back({random.uniform() < 0.5f ? 0 : 1});
    data.groups.push_back(i);
  }
  const auto models = fit_models(label_models(false), data, {}, [] {});
  const double share = out_of_fold_accuracy(models[0], data);
  EXPECT_LT(share, 0.7);
}

// The same with every picture there twice: a copy in another fold would give the answer away.
TEST(Protocol, NoHeadHasSeenACopyOfThePictureThatItPredicts) {
  Random random;
  LearningData data;
  data.classes = 2;
  data.features.resize(120, 60);
  for (int i = 0; i < 60; ++i) {
    const int label = random.uniform() < 0.5f ? 0 : 1;
    for (const int row : {i, 60 + i}) {
      data.features.row(row) = MatrixF::Identity(60, 60).row(i);
    }
    data.labels.push_back({label});
    data.groups.push_back(i);
  }
  for (int i = 0; i < 60; ++i) {
    data.labels.push_back(data.labels[static_cast<std::size_t>(i)]);
    data.groups.push_back(i);
  }
  const auto models = fit_models(class_models(false), data, {}, [] {});
  EXPECT_LT(out_of_fold_accuracy(models[0], data), 0.7);
}

TEST(Protocol, FindsClassesThatAreThere) {
  const auto data = clouds(100, 60);
  for (const auto& model : fit_models(all_models(), data, {}, [] {})) {
    EXPECT_GT(out_of_fold_accuracy(model, data), 0.97) << model.spec.name;
  }
}

TEST(Protocol, IsTheSameOnEachRunAndNotForAnotherSeed) {
  const auto data = clouds(60, 30, 0.5);
  const auto once = fit_models(all_models(), data, {.seeds = {1, 2}}, [] {});
  const auto again = fit_models(all_models(), data, {.seeds = {1, 2}}, [] {});
  for (std::size_t a = 0; a < once.size(); ++a) {
    EXPECT_EQ(once[a].own.logits, again[a].own.logits) << once[a].spec.name;
    EXPECT_EQ(once[a].penalties, again[a].penalties);
    EXPECT_NE(once[a].own.logits.topRows(60), once[a].own.logits.bottomRows(60));
  }
}

TEST(Protocol, ArmsWithoutBackgroundDoNotSeeIt) {
  const auto with = clouds(60, 30);
  auto without = with;
  without.background.resize(0, 16);
  EXPECT_EQ(fit_models(class_models(false), with, {}, [] {})[0].own.logits,
            fit_models(class_models(false), without, {}, [] {})[0].own.logits);
}

TEST(Protocol, TellsOfEachHeadItFits) {
  const auto data = clouds(30, 12);
  std::atomic<std::size_t> heads{0};
  const CrossValidationOptions options{.folds = 3, .seeds = {1, 2}};
  fit_models(all_models(), data, options, [&] { ++heads; });
  EXPECT_EQ(heads, heads_to_fit(all_models(), options));
}

TEST(Protocol, EveryHeadPredictsEveryPicture) {
  const auto data = clouds(30, 12);
  const auto model = std::move(fit_models(class_models(true), data, {.folds = 3}, [] {})[1]);
  const Matrix logits = predict(model, data.background).logits;
  ASSERT_EQ(logits.rows(), 3 * 12);
  EXPECT_EQ(logits.cols(), 3);
  EXPECT_EQ(logits.middleRows(12, 12), head::logits_of(model.heads[1], data.background));
}

// Every loss under both heads.
TEST(Protocol, FitsEveryLossThereIs) {
  const auto data = clouds(60, 30);
  std::vector<ModelSpec> specs;
  for (const loss::LossInfo& info : loss::all_losses()) {
    for (const head::HeadKind head : {head::HeadKind::kLinear, head::HeadKind::kMlp}) {
      const auto models = models_of(loss::parse_loss(info.name), head, true);
      specs.insert(specs.end(), models.begin(), models.end());
    }
  }
  const CrossValidationOptions options{.folds = 3};
  std::atomic<std::size_t> heads{0};
  for (const auto& model : fit_models(specs, data, options, [&] { ++heads; })) {
    EXPECT_GT(out_of_fold_accuracy(model, data), 0.9) << model.spec.name;
    EXPECT_EQ(model.spec.activation(), model.spec.loss.make({60, {30, 30, 30}})->activation());
    const auto own = evaluate::probabilities_of(model.spec, 2, model.own.logits, data.groups);
    const auto found = evaluate::evaluate_in_domain(model.spec, data::Problem::kOneClass, own,
                                                    model.own.logits, data.labels, 1);
    EXPECT_TRUE(std::isfinite(found.log_loss)) << model.spec.name;
  }
  EXPECT_EQ(heads, heads_to_fit(specs, options));
}

// The same head is fitted again from outside, with the counts of its training rows: it must be the
// same, and with the counts of all pictures another one. The folds hold unequal shares of the
// classes, because copies stay together.
TEST(Protocol, CountsForTheLossComeFromTheTrainingRowsOfEachFit) {
  auto data = clouds(61, 0, 0.8);
  for (int i = 0; i < 24; i += 2) data.groups[static_cast<std::size_t>(i)] = 0;
  for (const char* name : {"logit_adjusted_cross_entropy", "bce_with_logits:balance=1"}) {
    const loss::LossChoice choice = loss::parse_loss(name);
    const auto fitted = std::move(fit_models(models_of(choice, head::HeadKind::kLinear, false),
                                             data, {.folds = 3}, [] {})[0]);
    for (std::size_t fold = 0; fold < 3; ++fold) {
      const Matrix own = head::logits_of(fitted.heads[fold], data.features);
      std::vector<Index> training;
      std::vector<std::vector<int>> labels;
      for (Index i = 0; i < own.rows(); ++i) {
        // Predicted out of fold by this head.
        if ((own.row(i) - fitted.own.logits.row(i)).cwiseAbs().maxCoeff() < 1e-9) continue;
        training.push_back(i);
        labels.push_back(data.labels[static_cast<std::size_t>(i)]);
      }
      ASSERT_LT(training.size(), 61u);
      ASSERT_GT(training.size(), 20u);
      const Matrix targets = loss::one_hot(labels, 2);
      const auto again = [&](double rows, double zeros) -> Matrix {
        const auto loss = choice.make({rows, {zeros, rows - zeros}});
        return head::LinearFit(data.features(training, Eigen::all), targets, *loss)
            .fit(fitted.penalties[fold])
            .logits(data.features);
      };
      const auto n = static_cast<double>(labels.size());
      EXPECT_LT((again(n, targets.col(0).sum()) - own).cwiseAbs().maxCoeff(), 1e-9) << name;
      if (targets.col(0).sum() / n != 31.0 / 61) {
        EXPECT_GT((again(61, 31) - own).cwiseAbs().maxCoeff(), 1e-6) << name;
      }
    }
  }
}

TEST(Arms, AreNamedAfterWhatIsNotStandard) {
  const auto names = [](const char* loss, head::HeadKind head) {
    std::vector<std::string> all;
    for (const auto& model : models_of(loss::parse_loss(loss), head, true))
      all.push_back(model.name);
    return all;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("cross_entropy", head::HeadKind::kLinear), (Names{"classes", "classes+none"}));
  EXPECT_EQ(names("bce-with-logits", head::HeadKind::kMlp),
            (Names{"labels (mlp)", "labels+background (mlp)"}));
  EXPECT_EQ(names("asymmetric:gamma_negative=2", head::HeadKind::kLinear),
            (Names{"labels:asymmetric:gamma_negative=2",
                   "labels+background:asymmetric:gamma_negative=2"}));
  EXPECT_EQ(names("cross_entropy:label_smoothing=0.1", head::HeadKind::kMlp)[0],
            "classes:cross_entropy:label_smoothing=0.1 (mlp)");
}

// Two labels that exclude each other mirror each other, so even a sigmoid's sum to 1, until
// background is learned (docs/losses.md).
TEST(Judging, ProbabilitiesSumToOneUnlessBackgroundWasLearned) {
  const auto data = clouds(60, 40);
  for (const auto& model : fit_models(all_models(), data, {}, [] {})) {
    const auto predictions =
        evaluate::probabilities_of(model.spec, 2, model.own.logits, data.groups);
    const auto found = evaluate::evaluate_in_domain(model.spec, data::Problem::kOneClass,
                                                    predictions, model.own.logits, data.labels, 1);
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

TEST(Judging, BackgroundKeepsUnseenPicturesQuiet) {
  const auto data = clouds(100, 80);
  const MatrixF unseen = clouds(0, 160).background.bottomRows(80);
  std::map<std::string, double> labelled;
  for (const auto& model : fit_models(all_models(), data, {}, [] {})) {
    const auto own = evaluate::probabilities_of(model.spec, 2, model.own.logits, data.groups);
    std::vector<int> alone;
    for (int i = 0; i < 80; ++i) alone.push_back(i);
    const auto other =
        evaluate::probabilities_of(model.spec, 2, predict(model, unseen).logits, alone);
    const auto found = evaluate::evaluate_unseen(own, data.labels, other, 1);
    labelled[model.spec.name] = found.keeping_95.value;
    EXPECT_LE(found.keeping_95.low, found.keeping_95.value);
    EXPECT_GE(found.keeping_95.high, found.keeping_95.value);
    EXPECT_EQ(found.at_argmax.value == 1, !model.spec.none_class);
  }
  EXPECT_LT(labelled["labels+background"], 0.1);
  EXPECT_LT(labelled["classes+none"], 0.1);
  EXPECT_GT(labelled["classes"], 0.3);
}

// Arms of one kind can be compared by it only if it is the same loss for all of them.
TEST(Judging, LogLossIsThatOfTheStandardLossWhateverTheArmWasFittedTo) {
  const auto data = clouds(60, 0, 0.8);
  for (const char* loss : {"softmax_focal", "multi_margin", "asymmetric", "two_way"}) {
    const auto model = std::move(fit_models(
        models_of(loss::parse_loss(loss), head::HeadKind::kLinear, false), data, {}, [] {})[0]);
    const auto own = evaluate::probabilities_of(model.spec, 2, model.own.logits, data.groups);
    const auto found = evaluate::evaluate_in_domain(model.spec, data::Problem::kOneClass, own,
                                                    model.own.logits, data.labels, 1);
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

TEST(Judging, TheThresholdKeeps95PercentOfTheRightAnswers) {
  const auto data = clouds(200, 0, 0.6);
  const auto model = std::move(fit_models(class_models(false), data, {}, [] {})[0]);
  const auto own = evaluate::probabilities_of(model.spec, 2, model.own.logits, data.groups);
  const auto found = evaluate::evaluate_unseen(own, data.labels, own, 1);
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
TEST(Judging, ManyLabelsAreJudgedLabelByLabel) {
  auto data = clouds(120, 0);
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
  const auto model = std::move(fit_models(label_models(false), data, {}, [] {})[0]);
  const auto own = evaluate::probabilities_of(model.spec, 2, model.own.logits, data.groups);
  const auto found = evaluate::evaluate_in_domain(model.spec, data::Problem::kMultiLabel, own,
                                                  model.own.logits, data.labels, 1);
  EXPECT_DOUBLE_EQ(found.accuracy.value, 1);
  EXPECT_DOUBLE_EQ(found.macro_f1.value, 1);
  EXPECT_DOUBLE_EQ(found.map, 1);
  EXPECT_LT(found.sum_of_probabilities.min, 0.2);
  EXPECT_GT(found.sum_of_probabilities.max, 1.8);
}

}  // namespace
}  // namespace oneormany::train
