#pragma once
// One class at a time, where each picture is of exactly one.

#include <cstdint>
#include <vector>

#include "evaluate/select.h"
#include "evaluate/results.h"

namespace oneormany::evaluate {

/// See OfClass. Of the recommended arm; unseen: what it says to unseen pictures, or null. labels:
/// of each row, exactly one. Intervals are over redrawn pictures, the threshold as it is.
std::vector<Recommendation::PerClass> evaluate_per_class(const Selection& selection, const ModelPredictions& model,
                                                   const Predictions* unseen,
                                                   const std::vector<std::vector<int>>& labels,
                                                   std::uint64_t seed);

}  // namespace oneormany::evaluate
