#pragma once
// What `explain` found, for people and programs.

#include <string>

#include "app/explain.h"
#include "report/document.h"

namespace oneormany::report {

/// The page for a terminal, with `digits` (1 to 8) after the point, or fewer if it is too narrow.
std::string explanation_text(const app::Explanation& explanation, int digits, const Look& look);

/// Format "oneormany-explain-1", numbers in full precision.
std::string explanation_json(const app::Explanation& explanation);

}  // namespace oneormany::report
