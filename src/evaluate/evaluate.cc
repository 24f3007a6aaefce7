#include "evaluate/evaluate.h"

#include <utility>

#include "evaluate/calibration.h"
#include "evaluate/differences.h"
#include "evaluate/false_accepts.h"
#include "evaluate/in_domain.h"
#include "evaluate/label_errors.h"
#include "evaluate/per_class.h"
#include "evaluate/per_label.h"
#include "evaluate/prediction_sets.h"
#include "evaluate/select.h"
#include "evaluate/test_set.h"
#include "evaluate/unseen.h"

namespace oneormany::evaluate {
namespace {

/// One model on pictures of the classes.
ModelResult in_domain_result(const ModelPredictions& model, const DataSummary& data,
                             const Evidence& evidence, const Options& options,
                             const metrics::Resampling& resampling) {
  ModelResult result;
  result.name = model.spec.name;
  result.loss = model.spec.loss;
  result.activation = model.spec.activation();
  result.head = model.spec.head;
  result.background = model.spec.background;
  result.in_domain =
      evaluate_in_domain(model.spec, model.own, data.problem, evidence.labels, resampling);
  if (data.problem == data::Problem::kMultiLabel) {
    result.in_domain.labels = evaluate_per_label(model.own, evidence.labels, data.classes,
                                                 evidence.folds, options.label_aim, resampling);
  }
  if (!evidence.folds.empty()) {
    result.calibration = evaluate_calibration(model, evidence.labels, evidence.folds, resampling);
  }
  result.in_domain_max = model.own.highest;
  return result;
}

/// What thresholds on both gates ask of each.
void add_asked(const BothGates& gates, Recommendation& recommended) {
  if (recommended.each_class.empty()) recommended.gates = gates.asked(recommended.threshold.value);
  for (Recommendation::OfClass& one : recommended.each_class) {
    one.gates = gates.asked(one.threshold.value);
  }
}

/// Without background there is nothing to select one of several models by.
bool is_recommended(const Selection& selection, const Evidence& evidence, const Options& options) {
  return options.order_decides || evidence.models.size() == 1 ||
         evidence.models[selection.recommended().model].held_out;
}

/// The selection's recommendation with what is known of it only afterwards. unseen: what the
/// recommended model predicts for the unseen pictures, or null.
Recommendation recommendation(const Selection& selection, const Results& results,
                              const Evidence& evidence, const Predictions* unseen,
                              const Options& options, const metrics::Resampling& resampling) {
  Recommendation recommended = selection.recommended();
  const ModelPredictions& model = evidence.models[recommended.model];
  if (results.data.problem == data::Problem::kOneClass) {
    recommended.classes =
        evaluate_per_class(selection, model.own, unseen, evidence.labels, resampling);
    // Their own thresholds look better on the pictures that chose them than on others.
    for (std::size_t c = 0; c < recommended.each_class.size(); ++c) {
      recommended.classes[c].kept = recommended.each_class[c].kept;
    }
    recommended.outcome = evaluate_outcome(selection, model.own, evidence.labels, resampling);
  } else if (options.given) {
    recommended.labels = measure_given_labels(
        model.own,
        accepted(selection, model.own).asDiagonal() *
            labels_at(model.own.probabilities, options.given->label_thresholds),
        evidence.labels, resampling);
  } else if (!evidence.folds.empty()) {
    recommended.labels = evaluate_given_labels(selection, model, evidence.labels, evidence.folds,
                                               options.label_aim, resampling);
  }
  if (unseen) {
    const auto& scores = results.models[recommended.model].scores;
    recommended.unseen =
        evaluate_recommended(selection, scores[selection.recommended_score()], *unseen, resampling);
  }
  return recommended;
}

}  // namespace

Results evaluate(DataSummary data, const Evidence& evidence,
                 const Holdout<std::function<SetAside()>>& set_aside, const Options& options) {
  const metrics::Resampling resampling(options.seed);
  Results results;
  results.data = std::move(data);
  for (const ModelPredictions& model : evidence.models) {
    results.models.push_back(in_domain_result(model, results.data, evidence, options, resampling));
  }
  const Selection selection =
      select(evidence.models, results.models, evidence.labels,
             {options.aim, options.alpha, resampling, options.model, options.given});
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    results.models[m].scores = selection.scores()[m];
    results.models[m].used = selection.used()[m];
  }

  SetAside predicted = set_aside.open(selection)();
  add_gates(evidence.gates, predicted.unseen.models);
  add_gates(evidence.gates, predicted.test.models);
  const std::vector<Predictions>& to_unseen = predicted.unseen.models;
  for (std::size_t m = 0; m < predicted.test.models.size(); ++m) {
    results.models[m].test = evaluate_test(evidence.models[m].spec, predicted.test.models[m],
                                           predicted.test.labels, results.data, resampling);
  }
  for (std::size_t m = 0; m < to_unseen.size(); ++m) {
    ModelResult& result = results.models[m];
    result.unseen =
        evaluate_unseen(evidence.models[m].own, evidence.labels, to_unseen[m], resampling);
    result.unseen_max = to_unseen[m].highest;
    result.scores = evaluate_scores(selection, m, evidence.models[m], to_unseen[m], *result.unseen,
                                    evidence.labels, resampling);
  }
  results.differences = compare_models(selection, evidence.models, to_unseen, evidence.labels,
                                       results.data.problem, resampling);
  if (!is_recommended(selection, evidence, options)) return results;

  const std::size_t chosen = selection.recommended().model;
  const ModelPredictions& model = evidence.models[chosen];
  const Predictions* chosen_to_unseen = to_unseen.empty() ? nullptr : &to_unseen[chosen];
  results.recommended =
      recommendation(selection, results, evidence, chosen_to_unseen, options, resampling);
  if (results.recommended->score == ood::ScoreKind::kBothGates) {
    add_asked(*evidence.gates[chosen], *results.recommended);
  }
  if (!predicted.test.models.empty()) {
    results.recommended->test = evaluate_recommended_on_test(
        selection, predicted.test.models[chosen], predicted.test.labels, results, resampling);
  }
  if (!evidence.folds.empty()) {
    results.prediction_sets =
        evaluate_sets(selection, model, chosen_to_unseen, evidence.labels, evidence.folds.front(),
                      results.data.classes, options.alpha, resampling);
  }
  if (!predicted.unseen.files.empty()) {
    results.false_accepts =
        find_false_accepts(selection, results.models, to_unseen, predicted.unseen.files,
                           results.data.classes, options.false_accepts);
  }
  if (!evidence.files.empty()) {
    results.label_errors = find_label_errors(model, evidence.labels, evidence.files, results.data,
                                             options.label_errors);
  }
  return results;
}

}  // namespace oneormany::evaluate
