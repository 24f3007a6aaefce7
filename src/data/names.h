#pragma once
// Names of files and classes, as people may read them.

#include <filesystem>
#include <string>

namespace oneormany {

/// The name on one line, safe for a terminal: control characters are written as \\n or \\x1b.
std::string shown(const std::string& name);
std::string shown(const std::filesystem::path& file);

/// ASCII letters in lower case, all else as it is: column names and file endings.
std::string lower(std::string text);

/// Whether the text is UTF-8, so that reports can carry it.
bool is_utf8(const std::string& text);

}  // namespace oneormany
