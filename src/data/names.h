#pragma once
// Names of files, columns and classes.

#include <string>

namespace oneormany::data {

/// ASCII letters in lower case, all else as it is: column names and file endings.
std::string lower(std::string text);

/// Whether the text is UTF-8, so that reports can carry it.
bool is_utf8(const std::string& text);

}  // namespace oneormany::data
