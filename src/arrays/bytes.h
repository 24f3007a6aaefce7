#pragma once

#include <filesystem>
#include <string>

namespace oneormany::arrays {

/// The whole file, which has to be a regular one: no pipe is waited for. Errors are without the
/// file's name.
std::string read_bytes(const std::filesystem::path& file);

}  // namespace oneormany::arrays
