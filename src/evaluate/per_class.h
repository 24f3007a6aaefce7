#pragma once
// One class at a time, where each picture is of exactly one.

#include <vector>

#include "evaluate/recommendation.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// Of the recommended model, in the order of the classes. labelled: its predictions for pictures
/// with labels (of each row, exactly one); unseen: those for unseen pictures, or null. Intervals
/// are over bootstrap replicates, the threshold as it is.
std::vector<Recommendation::PerClass> evaluate_per_class(
    const Selection& selection, const Predictions& labelled, const Predictions* unseen,
    const std::vector<std::vector<int>>& labels, const metrics::Resampling& resampling);

/// Of the recommended model, likewise: what all pictures get.
Recommendation::Outcome evaluate_outcome(const Selection& selection, const Predictions& labelled,
                                         const std::vector<std::vector<int>>& labels,
                                         const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
