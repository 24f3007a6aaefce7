#pragma once
// What `inspect` found, for people and programs.

#include <string>

#include "app/inspect.h"

namespace oneormany::report {

/// For a terminal `width` columns wide.
std::string inspection_text(const app::Inspection& inspection, int width, bool colour);

/// Format "oneormany-inspect-1".
std::string inspection_json(const app::Inspection& inspection);

}  // namespace oneormany::report
