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

/// The score fitted on those rows.
std::unique_ptr<const ood::Score> fit_on(ood::ScoreKind kind, const ModelSpec& spec,
                                         const ScoreRows& from, const Matrix& logits,
                                         const std::vector<Index>& rows,
                                         const std::vector<Index>& background_rows) {
  const Matrix own_logits = logits(rows, Eigen::all);
  const MatrixF features = from.features(rows, Eigen::all);
  const MatrixF background_features = from.background_features(background_rows, Eigen::all);
  std::vector<std::vector<int>> labels;
  for (const Index row : rows) labels.push_back(from.labels[static_cast<std::size_t>(row)]);
  return ood::fit_score(kind, {.activation = spec.activation(),
                               .none_class = false,
                               .logits = own_logits,
                               .labels = labels,
                               .features = features,
                               .background = background_features,
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
  const std::vector<Index> all_background =
      rows_where(rows.background_folds, [](int) { return true; });
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const ood::ScoreKind kind = kinds_[k];
    if (!ood::needs_features(kind)) {
      fits_[k].push_back(fit_on(kind, spec, rows, logits, {}, {}));
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
      const auto in_others = [&](int of_row) { return of_row != fold; };
      const std::vector<Index> inside = rows_where(rows.folds, in_fold);
      const std::vector<Index> outside = rows_where(rows.folds, in_others);
      const MatrixF features = rows.features(inside, Eigen::all);
      const Matrix own_logits = logits(inside, Eigen::all);
      fits_[k][f] = fit_on(kind, spec, rows, logits, outside, all_background);
      place(own, inside, fits_[k][f]->of(features, own_logits));
      fitted();
      if (!learns_background) return;
      const std::vector<Index> held_out_rows = rows_where(rows.background_folds, in_fold);
      const auto without =
          fit_on(kind, spec, rows, logits, outside, rows_where(rows.background_folds, in_others));
      place(estimates, inside, without->of(features, own_logits));
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
