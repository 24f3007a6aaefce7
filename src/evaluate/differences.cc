#include "evaluate/differences.h"

#include <optional>

#include "evaluate/keeping.h"
#include "evaluate/replicates.h"
#include "metrics/paired.h"

namespace oneormany::evaluate {
namespace {

/// The share of unseen pictures that each model labels: the recommended one by the recommended
/// score, the others by the highest probability.
MeasuredReplicates unseen_labelled(const Selection& selection,
                                   const std::vector<ModelPredictions>& models,
                                   const std::vector<LabelledRows>& labelled,
                                   const std::vector<Predictions>& unseen,
                                   const metrics::Resampling& resampling) {
  const std::size_t chosen = selection.recommended().model;
  std::vector<Keeping> keeping;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const std::size_t s = m == chosen ? selection.recommended_score() : 0;
    keeping.emplace_back(selection.aim().compared_at(), models[m].own, labelled[m], s, unseen[m],
                         every_row(unseen[m]));
  }
  return measure_replicates(
      {metrics::clusters_of(labelled[chosen].groups),
       metrics::clusters_of(unseen[chosen].group_of_row)},
      [&](const auto& times) {
        std::vector<metrics::Lanes<double>> found;
        for (const Keeping& one : keeping) found.push_back(one.passing(times[0], times[1]));
        return found;
      },
      resampling, "intervals of the differences");
}

}  // namespace

std::vector<ModelDifference> compare_models(const Selection& selection,
                                            const std::vector<ModelPredictions>& models,
                                            const std::vector<Predictions>& unseen,
                                            const std::vector<std::vector<int>>& labels,
                                            data::Problem problem,
                                            const metrics::Resampling& resampling) {
  if (models.size() < 2) return {};
  const std::size_t chosen = selection.recommended().model;
  std::vector<LabelledRows> labelled;
  for (const ModelPredictions& model : models) labelled.push_back(labelled_rows(model.own, labels));
  std::optional<MeasuredReplicates> shares;
  if (!unseen.empty()) shares = unseen_labelled(selection, models, labelled, unseen, resampling);

  std::vector<ModelDifference> differences;
  for (std::size_t m = 0; m < models.size(); ++m) {
    if (m == chosen) continue;
    ModelDifference one;
    one.model = m;
    const metrics::Difference score = paired_difference(selection.in_domain(), chosen, m);
    one.score = measured_of(score.value, score.interval);
    one.score_significant = score.significant;
    if (problem == data::Problem::kOneClass) {
      one.p = metrics::mcnemar(labelled[chosen].right, labelled[m].right,
                               metrics::clusters_of(labelled[chosen].groups))
                  .p;
      one.score_significant = one.score_significant && one.p < kSignificanceLevel;
    }
    if (shares) {
      const metrics::Difference share = paired_difference(*shares, chosen, m);
      one.unseen = measured_of(share.value, share.interval);
      one.unseen_significant = share.significant;
    }
    differences.push_back(one);
  }
  return differences;
}

}  // namespace oneormany::evaluate
