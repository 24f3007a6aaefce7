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
  kBackground
};

struct ScoreInfo {
  ScoreKind kind;
  std::string_view name;  ///< "max_probability"
  std::string_view what;  ///< half a line, for --help
  std::string_view paper;
  bool features;    ///< needs the pictures' features, not their logits alone
  bool background;  ///< needs background pictures
};

/// Every score, in the order of ScoreKind.
std::span<const ScoreInfo> all_scores();

std::string_view name_of(ScoreKind kind);
bool needs_features(ScoreKind kind);
bool needs_background(ScoreKind kind);

/// Throws UsageError for an unknown name, and suggests the nearest. A hyphen counts as an
/// underscore.
ScoreKind parse_score(std::string_view name);

/// What a score may be learned from: rows that the model was trained on. Pictures on which the
/// score will be measured, of the classes or unseen, have no place in it. All must stay as they are
/// until fit_score() returns; the score keeps what it needs. All values must be finite.
///
/// Rows without a label say nothing of what a class looks like; no score learns from them.
struct ScoreTraining {
  loss::Activation activation = loss::Activation::kSoftmax;
  bool none_class = false;  ///< the last column of the logits is "none of the classes"

  const Matrix& logits;                         ///< rows × columns, as the head gives them
  const std::vector<std::vector<int>>& labels;  ///< of each row
  const MatrixF& features;                      ///< rows × d; 0 × 0 where there are none
  const MatrixF& background;                    ///< background pictures × d; may have no rows

  /// The head that gave the logits. Without it kVim and kReact take linear_map() in its place.
  const head::Head* head = nullptr;
};

/// Safe to use from several threads.
class Score {
 public:
  virtual ~Score() = default;

  /// The score of each row, of pictures that it was not fitted on. features: rows × d, ignored by
  /// scores that don't need them; logits: rows × columns, what the head gives.
  virtual Vector of(const MatrixF& features, const Matrix& logits) const = 0;
};

/// Deterministic. Throws Error where the score needs features or background and has none.
std::unique_ptr<const Score> fit_score(ScoreKind kind, const ScoreTraining& training);

/// The affine map from features to logits, by least squares with a trace of ridge (1e-9 of the
/// features' mean variance). It is the head itself if that is linear and the rows span the
/// features; of fewer rows than features it is the smallest map that fits.
head::LinearHead linear_map(const MatrixF& features, const Matrix& logits);

/// The k of kKnn and kBackground: 10, or half the pictures of the median class where these are
/// fewer; at least 1.
int neighbours_for(const std::vector<std::vector<int>>& labels);

}  // namespace oneormany::ood
