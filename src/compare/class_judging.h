#pragma once
// One class at a time, where each picture is of exactly one.

#include <cstdint>
#include <vector>

#include "compare/choose.h"
#include "compare/comparison.h"

namespace oneormany {

/// See OfClass. Of the recommended arm; unseen: what it says to unseen pictures, or null. labels:
/// of each row, exactly one. Intervals are over redrawn pictures, the threshold as it is.
std::vector<Recommendation::OfClass> judge_classes(const Choices& choices, const ArmSaid& arm,
                                                   const Said* unseen,
                                                   const std::vector<std::vector<int>>& labels,
                                                   std::uint64_t seed);

}  // namespace oneormany
