#pragma once
// One class at a time, where each picture is of exactly one.

#include <cstdint>
#include <vector>

#include "evaluate/recommendation.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// Of the recommended model, in the order of the classes; unseen: its predictions for unseen
/// pictures, or null. labels: of each row, exactly one. Intervals are over bootstrap replicates,
/// the threshold as it is.
std::vector<Recommendation::PerClass> evaluate_per_class(
    const Selection& selection, const ModelPredictions& model, const Predictions* unseen,
    const std::vector<std::vector<int>>& labels, std::uint64_t seed);

}  // namespace oneormany::evaluate
