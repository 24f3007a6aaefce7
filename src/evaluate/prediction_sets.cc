#include "evaluate/prediction_sets.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "evaluate/replicates.h"
#include "metrics/prediction_sets.h"

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;

struct Sizes {
  PredictionSets::Sizes sizes;
  Measured coverage;
};

Sizes sizes_of(const metrics::SetCounts& counts, const std::vector<int>& group_of_row,
               const metrics::Resampling& resampling) {
  const auto n = static_cast<Index>(group_of_row.size());
  const auto measured =
      measure_replicates(
          {metrics::clusters_of(group_of_row)},
          [&](const auto& times) {
            const metrics::SetSizes found = counts.sizes(times[0]);
            return std::vector{found.empty, found.one, found.several, found.coverage};
          },
          resampling)
          .measured;
  const double mean = counts.sizes(metrics::Times::once(n)).mean_size[0];
  return {{measured[0], measured[1], measured[2], mean}, measured[3]};
}

/// Sets at fixed thresholds.
metrics::LabelMatrix sets_at(const Matrix& scores, const Vector& thresholds) {
  metrics::LabelMatrix sets(scores.rows(), scores.cols());
  for (Index c = 0; c < scores.cols(); ++c) {
    sets.col(c) = (scores.col(c).array() >= thresholds(c)).cast<int>();
  }
  return sets;
}

}  // namespace

PredictionSets evaluate_sets(const Selection& selection, const ModelPredictions& model,
                             const Predictions* unseen, const Labels& labels,
                             const std::vector<int>& folds, const std::vector<ClassCount>& classes,
                             double alpha, const metrics::Resampling& resampling) {
  PredictionSets found;
  found.alpha = alpha;
  const auto n = static_cast<Index>(folds.size());
  const auto count = static_cast<Index>(classes.size());
  const Labels own_labels(labels.begin(), labels.begin() + n);
  const std::vector<int>& all_groups = model.own.group_of_row;
  const std::vector<int> groups(all_groups.begin(), all_groups.begin() + n);
  const Matrix own = label_scores(model.spec, model.own.logits.topRows(n), count);
  const Sizes in_domain =
      sizes_of(metrics::SetCounts(metrics::sets_out_of_fold(own, own_labels, groups, folds, alpha),
                                  own_labels),
               groups, resampling);
  found.in_domain = in_domain.sizes;
  found.coverage = in_domain.coverage;
  const auto of_others = [&](const Predictions& predictions, const Vector& thresholds) {
    const Matrix scores = label_scores(model.spec, predictions.logits, count);
    return sizes_of(metrics::SetCounts(sets_at(scores, thresholds),
                                       Labels(static_cast<std::size_t>(scores.rows()))),
                    predictions.group_of_row, resampling)
        .sizes;
  };
  if (model.held_out) {
    const Matrix estimates = label_scores(model.spec, model.held_out->own.logits, count);
    found.background =
        of_others(model.held_out->background,
                  metrics::ConformalPredictor(estimates, labels, all_groups).thresholds(alpha));
  }
  if (unseen) found.unseen = of_others(*unseen, selection.set_thresholds());
  // In domain the sets of a fold come from the others alone: these must suffice. A group is in one
  // fold, so that a label's groups in the others are all but the fold's.
  const auto count_of_folds =
      static_cast<std::size_t>(1 + *std::max_element(folds.begin(), folds.end()));
  std::set<std::pair<int, int>> known;  // group, label
  std::vector<std::vector<std::size_t>> of_folds(classes.size(),
                                                 std::vector<std::size_t>(count_of_folds));
  for (std::size_t i = 0; i < folds.size(); ++i) {
    for (const int label : own_labels[i]) {
      if (!known.emplace(groups[i], label).second) continue;
      ++of_folds[static_cast<std::size_t>(label)][static_cast<std::size_t>(folds[i])];
    }
  }
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::vector<std::size_t>& pictures = of_folds[c];
    const std::size_t fewest = std::accumulate(pictures.begin(), pictures.end(), std::size_t{0}) -
                               *std::max_element(pictures.begin(), pictures.end());
    if (metrics::ConformalPredictor::smallest_alpha_of(fewest) > alpha) {
      found.without_guarantee.push_back(classes[c].name);
    }
  }
  return found;
}

}  // namespace oneormany::evaluate
