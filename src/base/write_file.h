#pragma once

#include <filesystem>
#include <string_view>

namespace oneormany::base {

/// Writes `content` to `file` so that the file is either the old or the whole new one. Throws
/// Error, one line with the file's name, if it can't.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace oneormany::base
