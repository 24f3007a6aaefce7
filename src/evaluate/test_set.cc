#include "evaluate/test_set.h"

#include <algorithm>

#include "evaluate/in_domain.h"
#include "evaluate/per_class.h"
#include "evaluate/per_label.h"
#include "evaluate/replicates.h"
#include "loss/matrix.h"

namespace oneormany::evaluate {
InDomain evaluate_test(const train::ModelSpec& spec, const Predictions& predictions,
                       const std::vector<std::vector<int>>& labels, const DataSummary& data,
                       const metrics::Resampling& resampling) {
  InDomain found = evaluate_in_domain(spec, predictions, data.problem, labels, resampling);
  if (data.problem == data::Problem::kMultiLabel) {
    std::vector<ClassCount> names = data.classes;
    for (std::size_t c = 0; c < names.size(); ++c) names[c].count = data.test->counts[c];
    found.labels = evaluate_per_label(predictions, labels, names, {}, {}, resampling);
  }
  return found;
}

Recommendation::OnTest evaluate_recommended_on_test(const Selection& selection,
                                                    const Predictions& predictions,
                                                    const std::vector<std::vector<int>>& labels,
                                                    const Results& results,
                                                    const metrics::Resampling& resampling) {
  const Indicator reached = accepted(selection, predictions);
  const auto is_right = [&](std::size_t i) {
    return std::find(labels[i].begin(), labels[i].end(), predictions.best[i]) != labels[i].end();
  };
  const Indicator right = indicator(labels.size(), is_right);
  const Indicator both = right.cwiseProduct(reached);
  const auto measured = measure_replicates(
                            {metrics::clusters_of(predictions.group_of_row)},
                            [&](const auto& times) {
                              const metrics::Lanes<int> kept = weighted_sum(times[0], both);
                              return std::vector{ratio(kept, weighted_sum(times[0], right)),
                                                 ratio(kept, weighted_sum(times[0], reached)),
                                                 share(times[0], reached)};
                            },
                            resampling)
                            .measured;
  Recommendation::OnTest found{
      .kept = measured[0], .precision = measured[1], .answered = measured[2]};
  const InDomain& in_domain = results.models[selection.recommended().model].in_domain;
  if (results.data.problem == data::Problem::kOneClass) {
    found.classes = evaluate_per_class(selection, predictions, nullptr, labels, resampling);
  } else if (in_domain.labels->tuned) {
    std::vector<double> thresholds;
    for (const LabelResult& one : in_domain.labels->each) {
      thresholds.push_back(one.tuned->threshold.value);
    }
    found.labels = measure_given_labels(
        predictions, reached.asDiagonal() * labels_at(predictions.probabilities, thresholds),
        labels, resampling);
  }
  return found;
}

}  // namespace oneormany::evaluate
