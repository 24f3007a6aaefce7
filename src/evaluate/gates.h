#pragma once
// Both gates: a picture gets a label where it is near enough to what is known and its class is
// probable enough.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"

namespace oneormany::evaluate {

/// Makes one score of two, so that one threshold is of both: the share of the right predictions
/// that are no more probable, or five times the share that are no nearer, whichever is less. A
/// threshold of 0.04 asks for as much probability as 96 % of the right predictions have, and for as
/// much nearness as 99.2 % have. (The shares are conformal p-values, as in Vovk, Gammerman & Shafer
/// 2005; their least, with weights, is Tippett's combination, 1931.)
class BothGates {
 public:
  /// The gate of nearness is the wider one. Far pictures are beyond all right predictions, and what
  /// it rejects of these the probability can't.
  static constexpr double kWeight = 5;

  /// own: out of fold, by the heads whose scores are to be joined, or by others on the same scale.
  BothGates(const Predictions& own, const std::vector<std::vector<int>>& labels,
            std::size_t nearness);

  /// Of a file: both rise. nearness: which of the scores that is.
  BothGates(std::vector<double> probabilities, std::vector<double> nearnesses,
            std::size_t nearness = 1)
      : nearness_(nearness),
        probabilities_(std::move(probabilities)),
        nearnesses_(std::move(nearnesses)) {}

  /// The score of each row. Where no prediction is right, 0.
  Vector of(const Predictions& predictions) const;
  double of(double probability, double nearness) const;

  /// Of the right predictions, rising.
  const std::vector<double>& probabilities() const { return probabilities_; }
  const std::vector<double>& nearnesses() const { return nearnesses_; }

  /// What a threshold asks of each.
  AskedOfGates asked(double threshold) const;

 private:
  std::size_t nearness_;                            // which of the scores it is
  std::vector<double> probabilities_, nearnesses_;  // of right predictions, rising
};

/// Adds the score to models that measure nearness (ood::ScoreKind::kKnn), after their others; of
/// each model what made it, for predictions to come, or nothing.
std::vector<std::optional<BothGates>> add_gates(std::vector<ModelPredictions>& models,
                                                const std::vector<std::vector<int>>& labels);

/// To predictions for pictures that nothing was chosen by, of each model. gates: empty for none.
void add_gates(const std::vector<std::optional<BothGates>>& gates,
               std::vector<Predictions>& predictions);

}  // namespace oneormany::evaluate
