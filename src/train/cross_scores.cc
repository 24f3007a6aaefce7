#include "train/cross_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "train/fold_rows.h"

namespace oneormany::train {
namespace {

/// Writes `part` to those rows of `whole`.
void place(Vector& whole, const std::vector<Index>& rows, const Vector& part) {
  for (std::size_t i = 0; i < rows.size(); ++i) whole(rows[i]) = part(static_cast<Index>(i));
}

using FeatureRows = std::shared_ptr<const ood::FeatureRows>;

/// What the scores of a fold learn from.
struct FoldRows {
  std::vector<Index> inside, outside;
  FeatureRows pictures, background_outside;  // the second null where it isn't needed
};

FoldRows rows_of_fold(const ScoreRows& from, int fold, bool learns_background) {
  const auto in_others = [&](int of_row) { return of_row != fold; };
  FoldRows rows;
  rows.inside = rows_where(from.folds, [&](int of_row) { return of_row == fold; });
  rows.outside = rows_where(from.folds, in_others);
  std::vector<std::vector<int>> labels;
  for (const Index row : rows.outside) labels.push_back(from.labels[static_cast<std::size_t>(row)]);
  rows.pictures = std::make_shared<const ood::FeatureRows>(from.features(rows.outside, Eigen::all),
                                                           std::move(labels));
  if (learns_background) {
    rows.background_outside = std::make_shared<const ood::FeatureRows>(
        from.background_features(rows_where(from.background_folds, in_others), Eigen::all));
  }
  return rows;
}

std::unique_ptr<const ood::Score> fit_on(ood::ScoreKind kind, const ModelSpec& spec,
                                         const Matrix& logits, const FeatureRows& rows,
                                         const FeatureRows& background) {
  return ood::fit_score(kind, {.activation = spec.activation(),
                               .none_class = false,
                               .logits = logits,
                               .rows = rows,
                               .background = background,
                               .head = nullptr});
}

void require_finite(ood::ScoreKind kind, const Vector& scores) {
  if (scores.allFinite()) return;
  throw Error(fmt::format(
      "the score {} is not finite on some of these pictures: their logits or features are too "
      "large for it; leave it out with --scores",
      ood::name_of(kind)));
}

}  // namespace

std::size_t cross_fits(const std::vector<ood::ScoreKind>& kinds, int folds) {
  std::size_t fits = 0;
  for (const ood::ScoreKind kind : kinds) {
    if (ood::needs_features(kind)) fits += static_cast<std::size_t>(folds);
    if (ood::needs_background(kind)) fits += static_cast<std::size_t>(folds);
  }
  return fits;
}

CrossScores::CrossScores(const ModelSpec& spec, std::vector<ood::ScoreKind> kinds,
                         const ScoreRows& rows, const Matrix& logits, const Matrix* background,
                         const std::function<void()>& fitted)
    : kinds_(std::move(kinds)), fits_(kinds_.size()) {
  const int folds = 1 + *std::max_element(rows.folds.begin(), rows.folds.end());
  const auto any = [&](bool (*needs)(ood::ScoreKind)) {
    return std::any_of(kinds_.begin(), kinds_.end(), needs);
  };
  FeatureRows all_background;
  if (any(ood::needs_background)) {
    all_background = std::make_shared<const ood::FeatureRows>(rows.background_features);
  }
  std::vector<FoldRows> of_folds;
  for (int fold = 0; any(ood::needs_features) && fold < folds; ++fold) {
    of_folds.push_back(rows_of_fold(rows, fold, background && all_background));
  }
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const ood::ScoreKind kind = kinds_[k];
    if (!ood::needs_features(kind)) {
      fits_[k].push_back(fit_on(kind, spec, {}, nullptr, nullptr));
      own_.push_back(mean_of(k, rows.features, logits));
      require_finite(kind, own_[k]);
      if (!background) continue;
      held_out_own_.push_back(own_[k]);
      held_out_background_.push_back(mean_of(k, rows.background_features, *background));
      continue;
    }
    const bool learns_background = background && ood::needs_background(kind);
    Vector own(logits.rows()), estimates(logits.rows());
    Vector held_out(background ? background->rows() : 0);
    fits_[k].resize(static_cast<std::size_t>(folds));
    base::parallel_for(static_cast<std::size_t>(folds), [&](std::size_t f) {
      base::throw_if_stopped();
      const auto fold = static_cast<int>(f);
      const auto in_fold = [&](int of_row) { return of_row == fold; };
      const FoldRows& of = of_folds[f];
      const MatrixF features = rows.features(of.inside, Eigen::all);
      const Matrix own_logits = logits(of.inside, Eigen::all);
      const Matrix learned_from = logits(of.outside, Eigen::all);
      fits_[k][f] = fit_on(kind, spec, learned_from, of.pictures, all_background);
      place(own, of.inside, fits_[k][f]->of(features, own_logits));
      fitted();
      if (!learns_background) return;
      const std::vector<Index> held_out_rows = rows_where(rows.background_folds, in_fold);
      const auto without = fit_on(kind, spec, learned_from, of.pictures, of.background_outside);
      place(estimates, of.inside, without->of(features, own_logits));
      const MatrixF held_out_features = rows.background_features(held_out_rows, Eigen::all);
      const Matrix held_out_logits = (*background)(held_out_rows, Eigen::all);
      place(held_out, held_out_rows, without->of(held_out_features, held_out_logits));
      fitted();
    });
    require_finite(kind, own);
    if (background) {
      held_out_own_.push_back(learns_background ? estimates : own);
      held_out_background_.push_back(
          learns_background ? held_out : mean_of(k, rows.background_features, *background));
      require_finite(kind, held_out_own_.back());
      require_finite(kind, held_out_background_.back());
    }
    own_.push_back(std::move(own));
  }
}

Vector CrossScores::mean_of(std::size_t score, const MatrixF& features,
                            const Matrix& logits) const {
  Vector sum = Vector::Zero(logits.rows());
  for (const auto& fit : fits_[score]) sum += fit->of(features, logits);
  return sum / static_cast<double>(fits_[score].size());
}

std::vector<Vector> CrossScores::of(const MatrixF& features, const Matrix& logits,
                                    const std::function<void()>& evaluated) const {
  std::vector<Vector> scores;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    base::throw_if_stopped();
    scores.push_back(mean_of(k, features, logits));
    require_finite(kinds_[k], scores.back());
    evaluated();
  }
  return scores;
}

}  // namespace oneormany::train
