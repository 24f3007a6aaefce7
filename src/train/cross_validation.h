#pragma once
// The protocol: how the arms are fitted and who predicts whom.
//
// Each picture of the classes is predicted by heads that never saw it (out-of-fold); each unseen
// picture by every fold's head. The L2 strength of a fold's head is chosen inside its training
// folds: for each pair of folds a head is fitted on the other folds and judged on both of the pair,
// so that fold i's strength comes from the heads that saw neither i nor the fold they are judged
// on. One fit serves (i, j) and (j, i), which halves the work of nested cross-validation. The small
// network has fixed options and is fitted once for each fold.
//
// A loss that weighs classes by their counts gets those of the rows that it is fitted on, in every
// one of these fits: the counts of pictures held out would tell of them.
//
// The background is parted into kinds (clusters of its features), and these are dealt into the
// folds: the strength of L2 is chosen on kinds that its heads had not met, since that is what
// unseen pictures will be. For the rehearsal each fold has a second head, from which its kinds were
// hidden as well as its pictures: what that says to the hidden kinds is what to expect of unseen
// pictures. (The first head, which is judged, has learned from all of the background.)
//
// Arms of one kind of head that learn from the same pictures differ by their loss alone: they are
// fitted together, on inputs that are prepared once.
//
// Nothing here can be handed unseen pictures but answer(), which comes after every choice.

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
  /// Scores to fit beside the highest probability, which every arm has. An arm gets those that it
  /// can: kBackground only if it was trained on background, of three kinds at least.
  std::vector<ood::ScoreKind> scores{};
};

/// Logits, and of each of the arm's scores one number a row.
struct RawPredictions {
  Matrix logits;
  std::vector<Vector> scores;
};

struct FittedModel {
  ModelSpec spec;
  std::vector<ood::ScoreKind> score_kinds;  ///< kMaxProbability first
  /// Out of fold; the pictures in their order, seed after seed: (seeds · pictures) rows.
  RawPredictions own;
  /// By the heads from which the fold's kinds of background were hidden too: `own` again, and the
  /// background in its order, seed after seed. No rows without background.
  struct HeldOutClusters {
    RawPredictions own, background;
  } held_out;
  std::vector<std::vector<int>> folds;   ///< seed after seed: the fold of each picture
  std::vector<int> background_clusters;  ///< of each background picture, in the first seed's deal
  std::vector<head::Head> heads;         ///< seed after seed, fold after fold
  /// Of each head its scores, in the order of score_kinds.
  std::vector<std::vector<std::shared_ptr<const ood::Score>>> scores;
  std::vector<double> penalties;  ///< the λ chosen for each of them; none for the small network
};

/// Fits all arms on all folds and seeds. `fitted` is told of each head that is done, out of
/// heads_to_fit(). Throws Interrupted on Ctrl-C.
std::vector<FittedModel> fit_models(const std::vector<ModelSpec>& specs, const LearningData& data,
                                    const CrossValidationOptions& options,
                                    const std::function<void()>& fitted);
std::size_t heads_to_fit(const std::vector<ModelSpec>& specs,
                         const CrossValidationOptions& options);

/// What every head of the arm answers to the pictures, head after head: (heads · pictures) rows.
/// `answered` is told of each head, from several threads.
RawPredictions predict(
    const FittedModel& model, const MatrixF& features,
    const std::function<void()>& answered = [] {});

}  // namespace oneormany::train
