#pragma once
// Text for people: what users and file systems give may hold anything, so every word of it goes
// through here on its way to a terminal or a page.

#include <string>
#include <string_view>
#include <vector>

#include "base/printable.h"

namespace oneormany::report {

/// Columns that printable text takes in a terminal: wide characters two, combining marks none.
int display_width(std::string_view text);

/// Words of `text` in lines of at most `width` columns (at least 2); longer words are broken.
/// Each run of white space separates words, but a per cent sign stays with its number. At least one
/// line, maybe empty.
std::vector<std::string> wrap(std::string_view text, int width);

/// Printable text cut to `width` columns (at least 2), with "…" at the end if something is missing.
std::string elided(std::string_view text, int width);

/// Printable text as the content or the quoted attribute of an HTML element.
std::string escape_html(std::string_view text);

/// The same for a sentence: a per cent sign stays in the line of its number.
std::string prose_html(std::string_view text);

}  // namespace oneormany::report
