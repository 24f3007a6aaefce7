#pragma once
// What `features` wrote, for people.

#include <string>

#include "app/features.h"

namespace oneormany::report {

/// Lines for a terminal.
std::string written_features_text(const app::WrittenFeatures& written);

}  // namespace oneormany::report
