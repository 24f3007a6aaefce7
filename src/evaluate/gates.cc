#include "evaluate/gates.h"

#include <algorithm>
#include <cmath>

namespace oneormany::evaluate {
namespace {

/// The share of the values that are no higher.
double share_up_to(const std::vector<double>& rising, double value) {
  if (rising.empty()) return 0;
  const auto end = std::upper_bound(rising.begin(), rising.end(), value);
  return static_cast<double>(end - rising.begin()) / static_cast<double>(rising.size());
}

/// The lowest value whose share reaches the threshold.
double value_at(const std::vector<double>& rising, double threshold) {
  if (rising.empty()) return 0;
  const auto n = static_cast<double>(rising.size());
  const double place = std::ceil(threshold * n - 1e-9) - 1;
  return rising[static_cast<std::size_t>(std::clamp(place, 0.0, n - 1))];
}

}  // namespace

BothGates::BothGates(const Predictions& own, const std::vector<std::vector<int>>& labels,
                     std::size_t nearness)
    : nearness_(nearness),
      probabilities_(right_scores(own, labels, 0)),
      nearnesses_(right_scores(own, labels, nearness)) {
  std::sort(probabilities_.begin(), probabilities_.end());
  std::sort(nearnesses_.begin(), nearnesses_.end());
}

double BothGates::of(double probability, double nearness) const {
  return std::min(share_up_to(probabilities_, probability),
                  kWeight * share_up_to(nearnesses_, nearness));
}

Vector BothGates::of(const Predictions& predictions) const {
  Vector scores(static_cast<Index>(predictions.rows()));
  for (Index i = 0; i < scores.size(); ++i) {
    scores(i) = of(predictions.scores[0](i), predictions.scores[nearness_](i));
  }
  return scores;
}

AskedOfGates BothGates::asked(double threshold) const {
  return {value_at(probabilities_, threshold), value_at(nearnesses_, threshold / kWeight)};
}

std::vector<std::optional<BothGates>> add_gates(std::vector<ModelPredictions>& models,
                                                const std::vector<std::vector<int>>& labels) {
  std::vector<std::optional<BothGates>> gates(models.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    ModelPredictions& model = models[m];
    const auto found =
        std::find(model.score_kinds.begin(), model.score_kinds.end(), ood::ScoreKind::kKnn);
    if (found == model.score_kinds.end()) continue;
    const auto nearness = static_cast<std::size_t>(found - model.score_kinds.begin());
    model.score_kinds.push_back(ood::ScoreKind::kBothGates);
    // Each set of heads has a scale of its own.
    const auto join = [nearness](const std::vector<std::vector<int>>& of_own, Predictions& own,
                                 Predictions& others) {
      const BothGates both(own, of_own, nearness);
      others.scores.push_back(both.of(others));
      own.scores.push_back(both.of(own));
    };
    if (auto& held_out = model.held_out) join(labels, held_out->own, held_out->background);
    if (auto& hidden = model.hidden_classes) join(hidden->own_labels, hidden->own, hidden->hidden);
    gates[m].emplace(model.own, labels, nearness);
    model.own.scores.push_back(gates[m]->of(model.own));
  }
  return gates;
}

void add_gates(const std::vector<std::optional<BothGates>>& gates,
               std::vector<Predictions>& predictions) {
  for (std::size_t m = 0; m < predictions.size(); ++m) {
    if (!gates.empty() && gates[m]) predictions[m].scores.push_back(gates[m]->of(predictions[m]));
  }
}

}  // namespace oneormany::evaluate
