#pragma once
// Scores of models that are known by their logits alone: cross-fitted, since a score
// must not be measured on the rows that it learned from.

#include <functional>
#include <memory>
#include <vector>

#include "base/matrix.h"
#include "ood/scores.h"
#include "train/model_spec.h"

namespace oneormany::train {

/// What scores may learn from: the same for all models.
struct ScoreRows {
  const std::vector<std::vector<int>>& labels;
  const std::vector<int>& folds;             ///< of each row, from 0 up, groups undivided
  const MatrixF& features;                   ///< rows × d; no rows where there are none
  const MatrixF& background_features;        ///< likewise
  const std::vector<int>& background_folds;  ///< of each background row: whole clusters
};

/// The scores of one model, each row by those that were fitted on the other folds. Scores of the
/// logits learn nothing and are the same in every fold.
class CrossScores {
 public:
  /// `background`: the model's logits of the background, or null. `fitted` is called for each of
  /// cross_fits() (from several threads). Throws Error where a score can't be fitted or isn't
  /// finite, Interrupted on Ctrl-C.
  CrossScores(const ModelSpec& spec, std::vector<ood::ScoreKind> kinds, const ScoreRows& rows,
              const Matrix& logits, const Matrix* background, const std::function<void()>& fitted);

  /// Of the rows learned from, out of fold: one vector for each score.
  const std::vector<Vector>& own() const { return own_; }

  /// By held-out clusters: the same rows and the background. A score that learns from background
  /// was fitted without the clusters of the fold that it scores; of any other score the background
  /// gets the mean of all folds' fits. Empty without background.
  const std::vector<Vector>& held_out_own() const { return held_out_own_; }
  const std::vector<Vector>& held_out_background() const { return held_out_background_; }

  /// Of unseen pictures: the mean of all folds' scores. `evaluated` is called for each score.
  std::vector<Vector> of(const MatrixF& features, const Matrix& logits,
                         const std::function<void()>& evaluated) const;

 private:
  Vector mean_of(std::size_t score, const MatrixF& features, const Matrix& logits) const;

  std::vector<ood::ScoreKind> kinds_;
  std::vector<std::vector<std::shared_ptr<const ood::Score>>>
      fits_;  ///< of each score: fold by fold
  std::vector<Vector> own_, held_out_own_, held_out_background_;
};

/// How many scores a CrossScores fits.
std::size_t cross_fits(const std::vector<ood::ScoreKind>& kinds, int folds);

}  // namespace oneormany::train
