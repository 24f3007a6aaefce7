#include "model/predictor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "loss/activation.h"
#include "loss/matrix.h"
#include "metrics/measures.h"

namespace oneormany::model {
Predictor::Predictor(Model model) : model_(std::move(model)) {
  Matrix logits;
  ScoreRows& rows = model_.score_rows;
  if (rows.features.rows() > 0) {
    logits = head::logits_of(model_.head, rows.features);
    rows_ =
        std::make_shared<const ood::FeatureRows>(std::move(rows.features), std::move(rows.labels));
  }
  if (rows.background.rows() > 0) {
    background_ = std::make_shared<const ood::FeatureRows>(std::move(rows.background));
  }
  const ood::ScoreTraining training{.activation = model_.spec.activation(),
                                    .none_class = model_.spec.none_class,
                                    .logits = logits,
                                    .rows = rows_,
                                    .background = background_,
                                    .head = &model_.head};
  for (const ood::ScoreKind kind : score_kinds()) {
    scores_.push_back(ood::fit_score(kind, training));
  }
  if (model_.rule.score == ood::ScoreKind::kBothGates) {
    gates_.emplace(model_.rule.probabilities, model_.rule.nearnesses);
  }
}

std::vector<ood::ScoreKind> Predictor::score_kinds() const {
  const ood::ScoreKind rule = model_.rule.score;
  if (rule == ood::ScoreKind::kMaxProbability) return {rule};
  return {ood::ScoreKind::kMaxProbability,
          rule == ood::ScoreKind::kBothGates ? ood::ScoreKind::kKnn : rule};
}

std::vector<Vector> Predictor::scores_of(const MatrixF& features, const Matrix& logits) const {
  return ood::scores_of({{scores_, logits}}, features).front();
}

std::vector<Prediction> Predictor::predict(const MatrixF& features) const {
  const Matrix logits = head::logits_of(model_.head, features);
  const auto classes = static_cast<Index>(model_.classes.size());
  const Matrix plain = loss::activate(model_.spec.activation(), logits).leftCols(classes);
  if (!plain.allFinite())
    throw Error(model_.spec.name + ": the model's predictions aren't numbers");
  const Matrix shown = model_.calibration.apply(logits).leftCols(classes);
  const std::vector<Vector> scores = scores_of(features, logits);
  const std::vector<int> best = metrics::argmax(plain);
  const Rule& rule = model_.rule;
  std::vector<Prediction> all(static_cast<std::size_t>(features.rows()));
  for (Index i = 0; i < features.rows(); ++i) {
    Prediction& one = all[static_cast<std::size_t>(i)];
    one.best = best[static_cast<std::size_t>(i)];
    one.probabilities = shown.row(i);
    one.logits = logits.row(i);
    one.score = gates_ ? gates_->of(scores[0](i), scores[1](i)) : scores.back()(i);
    one.threshold = rule.thresholds.size() == 1
                        ? rule.thresholds[0]
                        : rule.thresholds[static_cast<std::size_t>(one.best)];
    if (!(one.score >= one.threshold)) continue;
    if (rule.label_thresholds.empty()) {
      one.labels = {one.best};
      continue;
    }
    for (Index c = 0; c < classes; ++c) {
      if (plain(i, c) >= rule.label_thresholds[static_cast<std::size_t>(c)]) {
        one.labels.push_back(static_cast<int>(c));
      }
    }
  }
  return all;
}

}  // namespace oneormany::model
