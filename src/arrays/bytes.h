#pragma once

#include <filesystem>
#include <string>

namespace oneormany::arrays {

/// The whole file. Errors are without the file's name.
std::string read_bytes(const std::filesystem::path& file);

}  // namespace oneormany::arrays
