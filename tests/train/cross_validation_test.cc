#include "train/cross_validation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "loss/matrix.h"
#include "metrics/measures.h"
#include "tests/metrics/measures.h"
#include "tests/standard_models.h"
#include "tests/train/clouds.h"
#include "train/l2_penalty.h"

namespace oneormany::train {
namespace {

double out_of_fold_accuracy(const FittedModel& model, const LearningData& data) {
  std::vector<int> target;
  for (const auto& labels : data.labels) target.push_back(labels[0]);
  return metrics::accuracy(metrics::argmax(model.own.logits.leftCols(data.classes)), target);
}

// Labels are a coin toss, and each picture can be told by a feature of its own: a head that saw it
// is right, one that did not can only guess.
TEST(CrossValidation, NoHeadHasSeenThePictureThatItPredicts) {
  Random random(3);
  LearningData data;
  data.classes = 2;
  data.features = MatrixF::Identity(120, 120);
  for (int i = 0; i < 120; ++i) {
    data.labels.push_back({random.uniform() < 0.5 ? 0 : 1});
    data.groups.push_back(i);
  }
  const auto models = fit_models(label_models(false), data, {}, [](double) {});
  const double share = out_of_fold_accuracy(models[0], data);
  EXPECT_LT(share, 0.7);
}

// The same with every picture there twice: a copy in another fold would give it away.
TEST(CrossValidation, NoHeadHasSeenACopyOfThePictureThatItPredicts) {
  Random random(3);
  LearningData data;
  data.classes = 2;
  data.features.resize(120, 60);
  for (int i = 0; i < 60; ++i) {
    const int label = random.uniform() < 0.5 ? 0 : 1;
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
  const auto models = fit_models(class_models(false), data, {}, [](double) {});
  EXPECT_LT(out_of_fold_accuracy(models[0], data), 0.7);
}

TEST(CrossValidation, FindsClassesThatAreThere) {
  const auto data = clouds(100, 60);
  for (const auto& model : fit_models(standard_models(), data, {}, [](double) {})) {
    EXPECT_GT(out_of_fold_accuracy(model, data), 0.97) << model.spec.name;
  }
}

TEST(CrossValidation, IsTheSameOnEachRunAndNotForAnotherSeed) {
  const auto data = clouds(60, 30, 0.5);
  const auto once = fit_models(standard_models(), data, {.seeds = {1, 2}}, [](double) {});
  const auto again = fit_models(standard_models(), data, {.seeds = {1, 2}}, [](double) {});
  for (std::size_t a = 0; a < once.size(); ++a) {
    EXPECT_EQ(once[a].own.logits, again[a].own.logits) << once[a].spec.name;
    EXPECT_EQ(once[a].penalties, again[a].penalties);
    EXPECT_NE(once[a].own.logits.topRows(60), once[a].own.logits.bottomRows(60));
  }
}

TEST(CrossValidation, ModelsWithoutBackgroundDoNotSeeIt) {
  const auto with = clouds(60, 30);
  auto without = with;
  without.background.resize(0, 16);
  EXPECT_EQ(fit_models(class_models(false), with, {}, [](double) {})[0].own.logits,
            fit_models(class_models(false), without, {}, [](double) {})[0].own.logits);
}

TEST(CrossValidation, TellsOfEachHeadItFits) {
  const auto data = clouds(30, 12);
  std::atomic<std::size_t> heads{0};
  std::atomic<double> work{0};
  const CrossValidationOptions options{.folds = 3, .seeds = {1, 2}};
  auto specs = standard_models();
  specs.push_back(models_of(loss::parse_loss("bce_with_logits"), head::HeadKind::kRbf, true)[1]);
  specs.push_back(models_of(loss::parse_loss("cross_entropy"), head::HeadKind::kMlp, false)[0]);
  fit_models(specs, data, options, [&](double share) { ++heads, work += share; });
  EXPECT_EQ(heads, heads_to_fit(specs, data, options));
  EXPECT_NEAR(work, 1, 1e-9);
}

TEST(CrossValidation, EveryHeadPredictsEveryPicture) {
  const auto data = clouds(30, 12);
  const auto model =
      std::move(fit_models(class_models(true), data, {.folds = 3}, [](double) {})[1]);
  const Matrix logits = predict({model}, data.background)[0].logits;
  ASSERT_EQ(logits.rows(), 3 * 12);
  EXPECT_EQ(logits.cols(), 3);
  EXPECT_EQ(logits.middleRows(12, 12), head::logits_of(model.heads[1], data.background));
}

// Every loss under two kinds of head.
TEST(CrossValidation, FitsEveryLossThereIs) {
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
  for (const auto& model : fit_models(specs, data, options, [&](double) { ++heads; })) {
    EXPECT_GT(out_of_fold_accuracy(model, data), 0.9) << model.spec.name;
    EXPECT_EQ(model.spec.activation(), model.spec.loss.make({60, {30, 30, 30}})->activation());
    EXPECT_TRUE(model.own.logits.allFinite()) << model.spec.name;
  }
  EXPECT_EQ(heads, heads_to_fit(specs, data, options));
}

// The same head is fitted again from outside, with the counts of its training rows: it must be the
// same, and with the counts of all pictures another one. The folds hold unequal shares of the
// classes, because copies stay together.
TEST(CrossValidation, CountsForTheLossComeFromTheTrainingRowsOfEachFit) {
  auto data = clouds(61, 0, 0.8);
  for (int i = 0; i < 24; i += 2) data.groups[static_cast<std::size_t>(i)] = 0;
  for (const char* name : {"logit_adjusted_cross_entropy", "bce_with_logits:balance=1"}) {
    const loss::LossChoice choice = loss::parse_loss(name);
    const auto fitted = std::move(fit_models(models_of(choice, head::HeadKind::kLinear, false),
                                             data, {.folds = 3}, [](double) {})[0]);
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
        head::LinearFit fit(data.features(training, Eigen::all), targets, *loss);
        for (const double larger : kPenalties) {
          if (larger > fitted.penalties[fold]) fit.fit(larger, head::kOnTheWay);
        }
        return fit.fit(fitted.penalties[fold]).logits(data.features);
      };
      const auto n = static_cast<double>(labels.size());
      EXPECT_LT((again(n, targets.col(0).sum()) - own).cwiseAbs().maxCoeff(), 1e-9) << name;
      if (targets.col(0).sum() / n != 31.0 / 61) {
        EXPECT_GT((again(61, 31) - own).cwiseAbs().maxCoeff(), 1e-6) << name;
      }
    }
  }
}

TEST(ModelSpecs, AreNamedAfterWhatIsNotStandard) {
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

// The folds that fit_models() hands out are those that its heads left out.
TEST(CrossValidation, TheFoldOfAPictureIsThatOfTheHeadThatPredictsIt) {
  LearningData data;
  data.classes = 2;
  std::mt19937_64 random(2);
  data.features.resize(40, 5);
  for (float& x : data.features.reshaped()) x = static_cast<float>(random() >> 40) * 0x1p-24f;
  for (int i = 0; i < 40; ++i) {
    data.labels.push_back(i % 4 == 0   ? std::vector<int>{}
                          : i % 4 == 1 ? std::vector{0, 1}
                                       : std::vector{i % 2});
    data.groups.push_back(i);
  }
  const auto model = std::move(
      fit_models(label_models(false), data, {.folds = 4, .seeds = {3, 4}}, [](double) {})[0]);
  ASSERT_EQ(model.folds.size(), 2u);
  for (std::size_t repeat = 0; repeat < 2; ++repeat) {
    for (Index i = 0; i < 40; ++i) {
      const int fold = model.folds[repeat][static_cast<std::size_t>(i)];
      const Matrix own = head::logits_of(model.heads[repeat * 4 + static_cast<std::size_t>(fold)],
                                         data.features.row(i));
      EXPECT_TRUE(
          model.own.logits.row(static_cast<Index>(repeat) * 40 + i).isApprox(own.row(0), 1e-9));
    }
  }
}

}  // namespace
}  // namespace oneormany::train
