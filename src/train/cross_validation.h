#pragma once
// Nested cross-validation: how the models are fitted and which head predicts which picture.
//
// Each picture of the classes is predicted by heads that never saw it (out of fold); each unseen
// picture by every fold's head. The L2 penalty λ of a fold's head is chosen inside its training
// folds: for each pair of folds a head is fitted on the other folds and its loss measured on both
// of the pair, so that fold i's λ comes from heads that saw neither i nor the fold that they are
// measured on. One fit serves (i, j) and (j, i), which halves the work of nested cross-validation.
// The small network has fixed options and is fitted once for each fold.
//
// A loss that weighs classes by their counts gets those of the rows that it is fitted on, in every
// one of these fits: counts of pictures held out would leak what they are.
//
// The background is parted into clusters of its features, each in one fold: λ is chosen on clusters
// that its heads had not met, since that is what unseen pictures will be. Where a model learns from
// background, each fold has a second head, from which the fold's clusters were held out as well as
// its pictures. What that head predicts for them is the estimate of what unseen pictures will get.
// (The first head, which is the one that is used, has learned from all of the background.)
//
// What a model does with pictures of other classes than its own is told by hiding its own in turn:
// in each fold one more head does not learn some of the classes (Split::hidden_classes), and
// predicts all their pictures, which to it are pictures of none of its classes, but of the same
// source and style. Beside these it predicts the fold's pictures of the classes that it knows. A
// model needs two classes to tell apart; one that learns from background can do with one.
//
// Models with one kind of head that learn from the same pictures differ by their loss alone: they
// are fitted together, on inputs that are prepared once.
//
// Nothing here can be handed unseen pictures but predict(), which comes after every choice.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/matrix.h"
#include "head/head.h"
#include "ood/scores.h"
#include "train/fold_rows.h"
#include "train/model_spec.h"

namespace oneormany::train {

struct CrossValidationOptions {
  int folds = 5;  ///< at least 3
  std::vector<std::uint64_t> seeds{1};
  /// Scores to fit beside the highest probability, which every model has. A model gets those that
  /// it can: kBackground only if it was trained on background, in three folds at least.
  std::vector<ood::ScoreKind> scores{};
};

/// Logits, and of each of the model's scores one number a row.
struct RawPredictions {
  Matrix logits;
  std::vector<Vector> scores;
};

struct FittedModel {
  ModelSpec spec;
  std::vector<ood::ScoreKind> score_kinds;  ///< kMaxProbability first
  /// Out of fold; the pictures in their order, seed after seed: (seeds · pictures) rows.
  RawPredictions own;
  /// By the heads from which the fold's clusters of background were held out too: `own` again, and
  /// the background in its order, seed after seed. No rows without background.
  struct HeldOutClusters {
    RawPredictions own, background;
  } held_out;
  /// By the heads that have not learned some of the classes. Logits of those are −∞.
  struct HiddenClasses {
    RawPredictions own, hidden;  ///< seed after seed, fold after fold; no rows: no such heads
    std::vector<Index> own_pictures, hidden_pictures;  ///< of each row the picture
  } hidden_classes;
  std::vector<std::vector<int>> folds;   ///< seed after seed: the fold of each picture
  std::vector<int> background_clusters;  ///< of each background picture, in the first seed's split
  std::vector<head::Head> heads;         ///< seed after seed, fold after fold
  /// Of each head its scores, in the order of score_kinds.
  std::vector<std::vector<std::shared_ptr<const ood::Score>>> scores;
  std::vector<double> penalties;  ///< the λ chosen for each of them; none for the small network
};

/// Fits all models on all folds and seeds. `fitted` is called for each head that is done, out of
/// heads_to_fit(), with its share of the whole work, from several threads. Throws Interrupted on
/// Ctrl-C.
std::vector<FittedModel> fit_models(const std::vector<ModelSpec>& specs, const LearningData& data,
                                    const CrossValidationOptions& options,
                                    const std::function<void(double share)>& fitted);
std::size_t heads_to_fit(const std::vector<ModelSpec>& specs, const LearningData& data,
                         const CrossValidationOptions& options);

/// What every head of each model predicts for the pictures, head after head: (heads · pictures)
/// rows. models: of one fit_models(). `predicted` is called for the heads of each fold, from
/// several threads. Throws Interrupted on Ctrl-C.
std::vector<RawPredictions> predict(
    const std::vector<FittedModel>& models, const MatrixF& features,
    const std::function<void()>& predicted = [] {});

}  // namespace oneormany::train
