#pragma once
// The weights that come with the program.

#include <filesystem>

namespace oneormany::backbone {

inline constexpr const char* kDefault = "efficientnet-lite0";
inline constexpr const char* kDefaultFile = "efficientnet-lite0-57934424.pth";
inline constexpr const char* kDefaultSha256 =
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db";

/// Told by its ending.
bool is_onnx(const std::filesystem::path& file);

}  // namespace oneormany::backbone
