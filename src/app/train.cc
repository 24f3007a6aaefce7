#include "app/train.h"

#include <algorithm>
#include <utility>

#include "app/comparison.h"
#include "base/error.h"
#include "base/progress.h"
#include "evaluate/gates.h"
#include "evaluate/keeping.h"
#include "image/image.h"
#include "loss/matrix.h"
#include "metrics/labels.h"
#include "metrics/thresholds.h"
#include "model/predictor.h"
#include "model/self_test.h"
#include "train/final_fit.h"

namespace oneormany::app {
namespace {

model::Input input_of(const CompareOptions& options, const backbone::Backbone& backbone,
                      Index features) {
  return {.backbone = backbone.options(),
          .name = backbone.name(),
          .weights_sha256 = backbone.sha256(),
          .setup = features::feature_setup(backbone),
          .stages = options.stages,
          .features = static_cast<int>(features),
          .white = options.features.reading.white,
          .bands = options.features.reading.bands};
}

/// The scores that the final fit has to measure for a rule on this one.
std::vector<ood::ScoreKind> scores_for(ood::ScoreKind score) {
  if (score == ood::ScoreKind::kMaxProbability) return {};
  return {score == ood::ScoreKind::kBothGates ? ood::ScoreKind::kKnn : score};
}

metrics::Calibration calibration_of(const evaluate::ModelResult& result,
                                    const train::ModelSpec& spec, const evaluate::Predictions& own,
                                    const std::vector<std::vector<int>>& labels) {
  return metrics::fit_calibration(
      result.calibration ? result.calibration->chosen : metrics::CalibrationMethod::kNone,
      spec.activation(), own.logits, loss::one_hot(labels, own.logits.cols()));
}

/// Thresholds that keep as much as those that were measured do; each label's own for its aim. own:
/// of the final fit.
model::Rule rule_of(const evaluate::Results& results, const metrics::Aim& label_aim,
                    evaluate::Predictions& own, const std::vector<std::vector<int>>& labels) {
  const evaluate::Recommendation& recommended = *results.recommended;
  model::Rule rule{.score = recommended.score, .aim = recommended.aim};
  if (rule.score == ood::ScoreKind::kBothGates) {
    const evaluate::BothGates gates(own, labels, own.scores.size() - 1);
    own.scores.push_back(gates.of(own));
    rule.probabilities = gates.probabilities();
    rule.nearnesses = gates.nearnesses();
  }
  const metrics::Keep keep{.share = std::max(recommended.kept.value, 1e-9),
                           .each = !recommended.each_class.empty()};
  rule.thresholds = evaluate::Keeping(keep.each ? recommended.aim.compared_at() : keep, own,
                                      evaluate::labelled_rows(own, labels), own.scores.size() - 1)
                        .thresholds()
                        .values;
  if (results.data.problem == data::Problem::kMultiLabel) {
    const metrics::LabelMatrix target = metrics::label_matrix(labels, own.probabilities.cols());
    for (Index c = 0; c < target.cols(); ++c) {
      rule.label_thresholds.push_back(
          metrics::label_threshold(label_aim, own.probabilities.col(c), target.col(c)));
    }
  }
  return rule;
}

/// Pictures without a label say nothing of what a class looks like.
model::ScoreRows score_rows_of(const train::LearningData& learning, ood::ScoreKind score) {
  model::ScoreRows rows;
  if (!ood::needs_features(score)) return rows;
  std::vector<Index> labelled;
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    if (learning.labels[i].empty()) continue;
    labelled.push_back(static_cast<Index>(i));
    rows.labels.push_back(learning.labels[i]);
  }
  rows.features = learning.features(labelled, Eigen::all);
  if (ood::needs_background(score)) rows.background = learning.background;
  return rows;
}

evaluate::Promise promise_of(const evaluate::Results& results) {
  const evaluate::Recommendation& recommended = *results.recommended;
  const auto accuracy = [](const evaluate::InDomain& of) {
    return of.labels ? of.labels->macro_map : of.accuracy;
  };
  const evaluate::ModelResult& model = results.models[recommended.model];
  evaluate::Promise promise{.accuracy = accuracy(model.in_domain),
                            .kept = recommended.kept,
                            .precision = recommended.precision,
                            .answered = recommended.answered,
                            .reachable = recommended.reachable,
                            .unrelated = recommended.estimate,
                            .related = recommended.related,
                            .by_unlabelled = results.data.unlabelled.estimates(),
                            .unseen = recommended.unseen};
  if (recommended.test) {
    promise.test = {results.data.test->pictures, accuracy(*model.test), recommended.test->kept,
                    recommended.test->precision, recommended.test->answered};
  }
  return promise;
}

model::Training training_of(const CompareOptions& options, const evaluate::Results& results,
                            const std::vector<base::Sha256>& pixels, double penalty) {
  const evaluate::DataSummary& data = results.data;
  model::Training training{.data = data.name,
                           .pictures = data.pictures,
                           .counts = {},
                           .own_background = data.background_source.own,
                           .built_in_background = data.background_source.built_in,
                           .unlabelled = data.unlabelled.background,
                           .folds = options.folds,
                           .seeds = options.seeds,
                           .penalty = penalty,
                           .pixels = pixels};
  for (const evaluate::ClassCount& one : data.classes) training.counts.push_back(one.count);
  return training;
}

/// Some of the pictures that were learned from, evenly spread, small.
std::vector<model::SelfTest> self_tests_of(const std::vector<std::filesystem::path>& files,
                                           const image::ImageOptions& reading) {
  constexpr std::size_t kTests = 5;
  image::ImageOptions small = reading;
  small.size = model::SelfTest::kSide;
  std::vector<model::SelfTest> tests;
  for (std::size_t i = 0; i < kTests; ++i) {
    std::vector<std::uint8_t> rgb(image::pixel_bytes(small));
    try {
      image::decode_rgb(std::make_shared<const image::InputFile>(files[i * files.size() / kTests]),
                        small, rgb);
      tests.push_back({std::move(rgb), {}});
    } catch (const Error&) {
      // It has changed since it was read: the others will do.
    }
  }
  return tests;
}

}  // namespace

Trained train(const CompareOptions& options) {
  if (options.given) {
    throw UsageError(
        "a model reads pictures: give DATA in place of --features, and the network that made them "
        "with --backbone");
  }
  Comparison comparison = run_comparison(options);
  const train::LearningData& learning = comparison.material.learning;
  const std::size_t chosen = comparison.results.recommended.value().model;
  const train::FittedModel& fitted = comparison.fitted[chosen];
  const backbone::Backbone backbone(options.features.backbone);
  const ood::ScoreKind score = comparison.results.recommended->score;
  train::FinalFit final;
  {
    base::Progress progress("final heads", train::kFinalFolds + 1);
    final = train::fit_final(fitted, learning, scores_for(score), options.seeds.front(),
                             [&] { progress.add(); });
  }
  evaluate::Predictions own =
      evaluate::predictions_of(fitted.spec, learning.classes, std::move(final.own.logits),
                               std::move(final.own.scores), learning.groups);
  Trained trained;
  model::Model& model = trained.model;
  model = {.program = ONEORMANY_VERSION,
           .classes = comparison.material.data.classes,
           .problem = comparison.results.data.problem,
           .spec = fitted.spec,
           .input = input_of(options, backbone, learning.features.cols()),
           .head = std::move(final.head),
           .calibration =
               calibration_of(comparison.results.models[chosen], fitted.spec, own, learning.labels),
           .rule = rule_of(comparison.results, options.scoring.label_aim, own, learning.labels),
           .score_rows = score_rows_of(learning, score),
           .promise = promise_of(comparison.results),
           .training =
               training_of(options, comparison.results, comparison.material.pixels, final.penalty),
           .self_tests = self_tests_of(comparison.material.files, options.features.reading)};
  const model::Predictor predictor(model);
  for (model::SelfTest& test : model.self_tests) {
    test.logits = model::logits_of(test.rgb, backbone, predictor);
  }
  trained.results = std::move(comparison.results);
  return trained;
}

}  // namespace oneormany::app
