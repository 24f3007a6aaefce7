#pragma once
// What `background` made, for people.

#include <string>

#include "app/background.h"

namespace oneormany::report {

/// A paragraph for a terminal `width` columns wide.
std::string made_bank_text(const app::MadeBank& made, const app::BackgroundOptions& options,
                           int width);

}  // namespace oneormany::report
