#pragma once
// Pictures that may have been read wrongly, or may not be what the others are.

#include <filesystem>
#include <vector>

#include "evaluate/data_summary.h"
#include "features/features.h"

namespace oneormany::app {

/// One for each kind that there is: a single colour once decoded,
/// nearly black, nearly white, tiny, enlarged more than fourfold, several pages or frames, grey
/// among colour or colour among grey. `files` and `set` have a row for each picture; what was
/// skipped says nothing. `size`: what the network sees, in pixels.
std::vector<evaluate::Doubt> suspicious_pictures(const std::vector<std::filesystem::path>& files,
                                                 const features::FeatureSet& set, int size);

}  // namespace oneormany::app
