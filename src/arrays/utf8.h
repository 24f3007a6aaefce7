#pragma once

#include <string>

namespace oneormany::arrays {

/// Adds a code point, which may be any number up to 0x10FFFF, in UTF-8.
void append_utf8(std::string& text, unsigned long code);

}  // namespace oneormany::arrays
