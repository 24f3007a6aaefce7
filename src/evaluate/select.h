#pragma once
// Everything that is selected: thresholds, scores, the model to use. By pictures of the classes,
// out of fold, and by background; unseen pictures are still held out (evaluate/holdout.h) while
// this runs.

#include <cstddef>
#include <optional>
#include <vector>

#include "evaluate/keeping.h"
#include "evaluate/model_result.h"
#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"
#include "evaluate/replicates.h"
#include "metrics/aim.h"

namespace oneormany::evaluate {

/// A rule that was chosen elsewhere.
struct GivenRule {
  std::size_t score = 0;                   ///< its place in score_kinds
  std::vector<double> thresholds;          ///< one, or one for each class
  std::vector<double> label_thresholds{};  ///< multi-label: of each label's probability
};

struct SelectOptions {
  metrics::Aim aim;
  double alpha = 0.05;  ///< of the prediction sets
  metrics::Resampling resampling = 1;
  std::optional<std::size_t> model{};  ///< to use, whatever is chosen by the rest
  std::optional<GivenRule> given{};    ///< nothing is chosen: it is the first model's
};

/// The finished selection. Only select() makes one, and only with one can unseen pictures be
/// opened.
class Selection {
 public:
  /// Of models[m].score_kinds[s]: threshold and estimate are filled, nothing of unseen pictures.
  const std::vector<std::vector<ScoreResult>>& scores() const { return scores_; }

  /// Of each model the score to use it with, its place in score_kinds.
  const std::vector<std::size_t>& used() const { return used_; }

  const metrics::Aim& aim() const { return aim_; }

  bool given() const { return given_; }  ///< the rule was chosen elsewhere

  /// Of pictures of the classes, all models in the same bootstrap replicates, model after model:
  /// accuracy, multi-label macro mAP; then, of one class each, macro F1.
  const MeasuredReplicates& in_domain() const { return in_domain_; }

  /// `unseen` is empty.
  const Recommendation& recommended() const { return recommended_; }
  std::size_t recommended_score() const { return used_[recommended_.model]; }

  /// For prediction sets of the recommended model: the smallest score with which each label is in a
  /// picture's set.
  const Vector& set_thresholds() const { return set_thresholds_; }

 private:
  Selection() = default;
  friend Selection select(const std::vector<ModelPredictions>&, const std::vector<ModelResult>&,
                          const std::vector<std::vector<int>>&, const SelectOptions&);

  metrics::Aim aim_;
  bool given_ = false;
  MeasuredReplicates in_domain_;
  std::vector<std::vector<ScoreResult>> scores_;
  std::vector<std::size_t> used_;
  Recommendation recommended_;
  Vector set_thresholds_;
};

/// The model that is expected to label the fewest pictures of none of the classes: the mean of the
/// shares of unrelated ones (held-out clusters of background) and of related ones (hidden classes);
/// where the models have but one of the two, that one. Among those that are not significantly worse
/// in domain than the best plain one (paired); of each model by its highest probability, or by both
/// gates if no more are expected by them, unless another score has significantly fewer (paired). A
/// model of which no class can be hidden, though of others one can, labels everything: it counts as
/// 1. Of models that are not significantly worse than the one with the fewest (paired), one whose
/// head and score measure distance goes before one of which only one does, and that before others:
/// what neither estimate has met is more likely to be far away. With neither estimate the first
/// model and its highest probability.
///
/// Where the aim isn't to keep right predictions, what is compared in place of that mean is how
/// badly the aim is served on the pictures of the classes and the held-out background
/// (metrics::aim_loss).
///
/// results: the models in domain, in the same order. labels: of each row of `own`. Throws
/// std::invalid_argument without models.
Selection select(const std::vector<ModelPredictions>& models,
                 const std::vector<ModelResult>& results,
                 const std::vector<std::vector<int>>& labels, const SelectOptions& options);

Thresholds thresholds_of(const Recommendation& recommended);

/// The share of the rows whose score reaches its threshold; the interval is of the rows alone.
Measured labelled_at(const Thresholds& thresholds, const Predictions& predictions,
                     std::size_t score, const metrics::Resampling& resampling);

/// 1 for each row whose score reaches the recommended threshold. Of the recommended model.
Indicator accepted(const Selection& selection, const Predictions& predictions);

/// For prediction sets: how much each row is like each label by itself, log p / (1 − p). A class
/// "none" counts among the others. rows × classes.
Matrix label_scores(const train::ModelSpec& spec, const Matrix& logits, Index classes);

}  // namespace oneormany::evaluate
