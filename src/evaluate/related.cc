#include "evaluate/related.h"

#include "evaluate/keeping.h"
#include "metrics/kinds.h"

namespace oneormany::evaluate {

namespace {

constexpr int kNewKinds = 2;  // few, as what comes from one source is

}  // namespace

std::vector<ShareEstimate> expect_related(const ModelPredictions::HiddenClasses& hidden,
                                          const metrics::Keep& keep,
                                          const metrics::Resampling& resampling) {
  const LabelledRows own = labelled_rows(hidden.own, hidden.own_labels);
  const metrics::Clusters of_classes = metrics::clusters_of(hidden.hidden.group_of_row);
  std::vector<std::vector<metrics::KindCount>> classes;  // of each score
  for (std::size_t s = 0; s < hidden.own.scores.size(); ++s) {
    const Keeping keeping(keep, hidden.own, own, s);
    classes.push_back(passing_of_each(keeping.thresholds(), hidden.hidden, s, of_classes));
  }
  const auto count = static_cast<Index>(classes.front().size());
  MeasuredReplicates found = measure_replicates(
      {metrics::clusters_of(alone(count))},
      [&](const std::vector<metrics::Times>& times) {
        std::vector<metrics::Lanes<double>> means;
        for (const std::vector<metrics::KindCount>& of_score : classes) {
          metrics::Lanes<double> sum{};
          for (Index k = 0; k < count; ++k) {
            const metrics::RowTimes there = times[0].of(k);
            const metrics::KindCount& one = of_score[static_cast<std::size_t>(k)];
            for (std::size_t l = 0; l < metrics::kLanes; ++l) {
              sum[l] += there[l] * (one.some / one.all);
            }
          }
          means.push_back(metrics::ratio(sum, times[0].sum(), 0));
        }
        return means;
      },
      resampling, "related pictures");
  std::vector<ShareEstimate> estimates;
  for (std::size_t s = 0; s < classes.size(); ++s) {
    estimates.push_back({measured_of(metrics::mean_share(classes[s]),
                                     metrics::interval_of_new_kinds(classes[s], kNewKinds)),
                         std::move(found.replicates[s])});
  }
  return estimates;
}

}  // namespace oneormany::evaluate
