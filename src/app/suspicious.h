#pragma once
// Pictures that may have been read wrongly, or may not be what the others are.

#include <filesystem>
#include <string>
#include <vector>

#include "features/features.h"

namespace oneormany::app {

/// One sentence or two a kind, with how many and the first names: a single colour once decoded,
/// nearly black, nearly white, tiny, enlarged more than fourfold, several pages or frames, grey
/// among colour or colour among grey. `files` and `set` have a row for each picture; what was
/// skipped says nothing. `size`: what the network sees, in pixels.
std::vector<std::string> suspicious_pictures(const std::vector<std::filesystem::path>& files,
                                             const features::FeatureSet& set, int size);

}  // namespace oneormany::app
