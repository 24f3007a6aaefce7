#pragma once
// OOD scores: how much a picture looks like one of the classes. Higher is more like them. What
// is done with a score (thresholds, AUROC) takes no notice of its scale.
//
// docs/evaluation.md, "OOD scores", has the formula, the paper and the use of each.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/matrix.h"
#include "head/head.h"
#include "loss/activation.h"
#include "ood/feature_rows.h"

namespace oneormany::ood {

enum class ScoreKind {
  kMaxProbability,
  kMaxLogit,
  kEnergy,
  kMargin,
  kEntropy,
  kKnn,
  kMahalanobis,
  kMahalanobisClass,
  kVim,
  kReact,
  kBackground,
  kBothGates  ///< of kMaxProbability and kKnn, once it is known which predictions are right
              ///< (evaluate/gates.h)
};

struct ScoreInfo {
  ScoreKind kind;
  std::string_view name;  ///< "max_probability"
  std::string_view what;  ///< half a line, for --help
  std::string_view paper;
  bool features;    ///< needs the pictures' features, not their logits alone
  bool background;  ///< needs background pictures
};

/// Every score that fit_score() makes, in the order of ScoreKind.
std::span<const ScoreInfo> all_scores();

std::string_view name_of(ScoreKind kind);
bool needs_features(ScoreKind kind);
bool needs_background(ScoreKind kind);

/// Throws UsageError for an unknown name, and suggests the nearest. A hyphen counts as an
/// underscore.
ScoreKind parse_score(std::string_view name);

/// What a score may be learned from: rows that the model was trained on. Pictures on which the
/// score will be measured, of the classes or unseen, have no place in it. The logits and the head
/// must stay as they are until fit_score() returns.
///
/// Models that were trained on the same rows should have the same FeatureRows here: what scores
/// learn from features and labels alone they then learn once.
struct ScoreTraining {
  loss::Activation activation = loss::Activation::kSoftmax;
  bool none_class = false;  ///< the last column of the logits is "none of the classes"

  const Matrix& logits;  ///< a row for each that `rows` was given; columns as the head gives them
  std::shared_ptr<const FeatureRows> rows{};        ///< null where there are no features
  std::shared_ptr<const FeatureRows> background{};  ///< of background pictures; null for none

  /// The head that gave the logits. Without it kVim and kReact take linear_map() in its place.
  const head::Head* head = nullptr;
};

/// Safe to use from several threads.
class Score {
 public:
  virtual ~Score() = default;

  /// The score of each row, of pictures that it was not fitted on. features: rows × d, ignored by
  /// scores that don't need them; logits: rows × columns, what the head gives.
  Vector of(const MatrixF& features, const Matrix& logits) const;

  /// Of few rows, given what other scores have made of them.
  virtual Vector of_block(const Block& block, const Matrix& logits) const = 0;
};

/// Deterministic. Throws Error where the score needs features or background and has none.
std::unique_ptr<const Score> fit_score(ScoreKind kind, const ScoreTraining& training);

/// A model's scores, and its logits of some pictures.
struct ModelScores {
  std::span<const std::shared_ptr<const Score>> scores;
  const Matrix& logits;
};

/// Each score of each model as Score::of() has it, for the same pictures. Faster than one by one
/// where scores were learned from the same FeatureRows.
std::vector<std::vector<Vector>> scores_of(const std::vector<ModelScores>& models,
                                           const MatrixF& features);

/// The affine map from features to logits, by least squares with a trace of ridge (1e-9 of the
/// features' mean variance). It is the head itself if that is linear and the rows span the
/// features; of fewer rows than features it is the smallest map that fits.
head::LinearHead linear_map(const FeatureRows& rows, const Matrix& logits);

/// The k of kKnn and kBackground: 10, or half the pictures of the median class where these are
/// fewer; at least 1.
int neighbours_for(const std::vector<std::vector<int>>& labels);

}  // namespace oneormany::ood
