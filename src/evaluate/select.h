#pragma once
// Everything that is chosen: thresholds, scores, the arm to use. From pictures of the classes, out
// of fold, and from background; unseen pictures are still sealed (compare/sealed.h) while this
// runs.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "evaluate/predictions.h"
#include "evaluate/replicates.h"
#include "metrics/aim.h"
#include "metrics/conformal.h"
#include "ood/scores.h"

namespace oneormany::evaluate {

/// What an arm says to some pictures.
struct Predictions {
  Matrix logits;
  Probabilities probabilities;
  std::vector<Vector> scores;  ///< in the order of the arm's score_kinds
};

/// What there is to choose from about an arm.
struct ModelPredictions {
  train::ModelSpec spec;
  std::vector<ood::ScoreKind> score_kinds;
  Predictions own;  ///< pictures of the classes, out of fold
  /// By heads from which kinds of background were hidden: the same pictures, and that background.
  struct HeldOutClusters {
    Predictions own, background;
  };
  std::optional<HeldOutClusters> held_out;
};

struct SelectOptions {
  metrics::Aim aim;
  double alpha = 0.05;      ///< of the conformal sets
  std::uint64_t seed = 1;  ///< of the bootstrap
};

/// The finished choices. Only choose() makes them, and sealed pictures can only be opened with
/// them.
class Selection {
 public:
  /// Of arms[a].score_kinds[s]: threshold and rehearsal are filled, nothing of unseen pictures.
  const std::vector<std::vector<ScoreResult>>& scores() const { return scores_; }

  const metrics::Aim& aim() const { return aim_; }

  /// Of pictures of the classes, all arms in the same draws, arm after arm: share of right answers,
  /// of many labels macro mAP; then, of one class each, macro F1.
  const MeasuredReplicates& in_domain() const { return in_domain_; }

  /// `unseen` is empty.
  const Recommendation& recommended() const { return recommended_; }
  std::size_t recommended_score() const { return score_; }

  /// The smallest score of each label that is in a picture's set, by the recommended arm.
  const Vector& set_thresholds() const { return set_thresholds_; }

 private:
  Selection() = default;
  friend Selection select(const std::vector<ModelPredictions>&, const std::vector<ModelResult>&,
                        const std::vector<std::vector<int>>&, const SelectOptions&);

  metrics::Aim aim_;
  MeasuredReplicates in_domain_;
  std::vector<std::vector<ScoreResult>> scores_;
  Recommendation recommended_;
  std::size_t score_ = 0;
  Vector set_thresholds_;
};

/// The arm that lets the fewest of the hidden background pictures pass (the rehearsal), among those
/// that are not worse in domain than the best plain one beyond chance (paired); of each arm by its
/// highest probability, unless another score is better in rehearsal beyond chance (paired). Without
/// background the first arm and its highest probability. `judged`: the arms' measures in
/// domain, in the same order. labels: of each row of `own`.
Selection select(const std::vector<ModelPredictions>& models, const std::vector<ModelResult>& evaluated,
               const std::vector<std::vector<int>>& labels, const SelectOptions& options);

/// The share of the rows whose score reaches a threshold; the interval is of the rows alone.
Measured labelled_at(double threshold, const Predictions& predictions, std::size_t score, std::uint64_t seed);

/// 1 for each row whose score reaches the recommended threshold. said: of the recommended arm.
metrics::Times accepted(const Selection& selection, const Predictions& predictions);

/// For conformal sets: how much each row is like each label, whatever the others are. log p/(1 − p)
/// of the label, in which a class "none" has its part.
Matrix label_scores(const train::ModelSpec& spec, const Matrix& logits, Index classes);

}  // namespace oneormany::evaluate
