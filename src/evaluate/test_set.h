#pragma once
// Labelled pictures that were set aside: the models and the recommendation judged on them.

#include <vector>

#include "evaluate/predictions.h"
#include "evaluate/results.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// One model on the test set, measured like in domain. data: its test set and problem. labels: of
/// each row of the predictions.
InDomain evaluate_test(const train::ModelSpec& spec, const Predictions& predictions,
                       const std::vector<std::vector<int>>& labels, const DataSummary& data,
                       const metrics::Resampling& resampling);

/// The recommendation on the test set: its threshold and, multi-label, each label's own as they
/// were chosen out of fold. predictions: of the recommended model; labels: of each row of them.
/// Intervals are over bootstrap replicates of the test set, the thresholds as they are.
Recommendation::OnTest evaluate_recommended_on_test(const Selection& selection,
                                                    const Predictions& predictions,
                                                    const std::vector<std::vector<int>>& labels,
                                                    const Results& results,
                                                    const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
