#pragma once

#include "report/document.h"

namespace oneormany::cli {

/// Columns of the terminal on standard output, from 60 to 120; 100 when it isn't a terminal.
int terminal_width();

/// Standard output is a terminal, and NO_COLOR isn't set.
bool colour_wanted();

/// The locale's characters are UTF-8 (LC_ALL, LC_CTYPE or LANG says so).
bool unicode_wanted();

/// The look of standard output.
report::Look terminal_look();

}  // namespace oneormany::cli
