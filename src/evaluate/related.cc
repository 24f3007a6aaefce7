#include "evaluate/related.h"

#include <map>

#include "metrics/kinds.h"
#include "ood/separation.h"

namespace oneormany::evaluate {

std::vector<RelatedEstimate> expect_related(const ModelPredictions::HiddenClasses& hidden,
                                            double kept, const metrics::Resampling& resampling) {
  const LabelledRows own = labelled_rows(hidden.own, hidden.own_labels);
  std::vector<std::vector<metrics::KindCount>> kinds;  // of each score
  std::vector<Vector> shares;
  for (std::size_t s = 0; s < hidden.own.scores.size(); ++s) {
    const double threshold =
        ood::Separation(at_rows(hidden.own.scores[s], own.rows), own.right, {}, kept).threshold();
    std::map<int, metrics::KindCount> of_class;
    for (std::size_t i = 0; i < hidden.hidden_class.size(); ++i) {
      metrics::KindCount& count = of_class[hidden.hidden_class[i]];
      count.all += 1;
      if (hidden.hidden.scores[s](static_cast<Index>(i)) >= threshold) count.some += 1;
    }
    kinds.emplace_back();
    for (const auto& [_, count] : of_class) kinds.back().push_back(count);
    shares.emplace_back(static_cast<Index>(of_class.size()));
    for (std::size_t k = 0; k < kinds.back().size(); ++k) {
      shares.back()(static_cast<Index>(k)) = kinds.back()[k].some / kinds.back()[k].all;
    }
  }
  const Index classes = shares.front().size();
  MeasuredReplicates found = measure_replicates(
      {metrics::clusters_of(alone(classes))},
      [&](const std::vector<metrics::Times>& times) {
        std::vector<metrics::Lanes<double>> means;
        for (const Vector& share : shares) {
          metrics::Lanes<double> sum{};
          for (Index k = 0; k < classes; ++k) {
            const metrics::RowTimes there = times[0].of(k);
            for (std::size_t l = 0; l < metrics::kLanes; ++l) sum[l] += there[l] * share(k);
          }
          means.push_back(metrics::ratio(sum, times[0].sum(), 0));
        }
        return means;
      },
      resampling, "related pictures");
  std::vector<RelatedEstimate> estimates;
  for (std::size_t s = 0; s < kinds.size(); ++s) {
    estimates.push_back(
        {measured_of(metrics::mean_share(kinds[s]), metrics::interval_of_new_kinds(kinds[s])),
         std::move(found.replicates[s])});
  }
  return estimates;
}

}  // namespace oneormany::evaluate
