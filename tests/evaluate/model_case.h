#pragma once
// Models whose predictions a test writes down itself.

#include <cmath>
#include <string>
#include <vector>

#include "evaluate/in_domain.h"
#include "evaluate/model_result.h"
#include "evaluate/predictions.h"
#include "evaluate/select.h"
#include "tests/simulated.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {

using Labels = std::vector<std::vector<int>>;

/// What sigmoid makes a probability of. In 0–1.
inline double logit(double p) { return std::log(p / (1 - p)); }

/// The one score is the highest probability. logits: rows × columns; groups: of each row.
inline Predictions predictions(const train::ModelSpec& spec, int classes, const Matrix& logits,
                               const std::vector<int>& groups) {
  Predictions found = predictions_of(spec, classes, logits, {}, groups);
  found.scores = {Eigen::Map<const Vector>(found.highest.data(), logits.rows())};
  return found;
}

/// Of pictures without copies.
inline Predictions predictions(const train::ModelSpec& spec, int classes, const Matrix& logits) {
  return predictions(spec, classes, logits, alone(logits.rows()));
}

inline ModelPredictions model_of(const train::ModelSpec& spec, Predictions own) {
  return {.spec = spec, .score_kinds = {ood::ScoreKind::kMaxProbability}, .own = std::move(own)};
}

/// Of one class each.
inline ModelResult in_domain(const ModelPredictions& model, const Labels& labels) {
  ModelResult found;
  found.name = model.spec.name;
  found.in_domain = evaluate_in_domain(model.spec, model.own, data::Problem::kOneClass, labels, 1);
  return found;
}

/// n pictures of two classes in turn.
inline Labels in_turn(int n) {
  Labels labels;
  for (int i = 0; i < n; ++i) labels.push_back({i % 2});
  return labels;
}

/// n × 2, for labels in turn: sure of the predicted class by about `gap`, and right but for every
/// `wrong`th (0: always).
inline Matrix logits_of_in_turn(int n, double gap, int wrong = 0) {
  Random random(21);
  Matrix logits(n, 2);
  for (int i = 0; i < n; ++i) {
    const int best = wrong > 0 && i % wrong == 0 ? 1 - i % 2 : i % 2;
    logits(i, best) = random.around(gap / 2);
    logits(i, 1 - best) = random.around(-gap / 2);
  }
  return logits;
}

/// A model that is right about 98 % of the pictures and is recommended, and one of 80 %.
struct Two {
  Labels labels = in_turn(200);
  std::vector<ModelPredictions> models;
  std::vector<ModelResult> results;

  Two() {
    add(train::class_models(false)[0], logits_of_in_turn(200, 6, 50));
    add(train::label_models(false)[0], logits_of_in_turn(200, 6, 5));
  }
  void add(const train::ModelSpec& spec, const Matrix& logits) {
    models.push_back(model_of(spec, predictions(spec, 2, logits)));
    results.push_back(in_domain(models.back(), labels));
  }
  Selection selection(const SelectOptions& options = {}) const {
    return select(models, results, labels, options);
  }
};

}  // namespace oneormany::evaluate
