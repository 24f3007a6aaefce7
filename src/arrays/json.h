#pragma once
// JSON that others wrote.

#include <nlohmann/json.hpp>
#include <string_view>

namespace oneormany::arrays {

/// Deeper nesting than this no file has that we read.
inline constexpr int kDeepestJson = 32;

/// The value. Throws Error, without the file's name, for what is no JSON, for a number that no
/// double holds (1e999) and for lists and objects nested deeper than kDeepestJson: what walks
/// through a value does so by recursion.
nlohmann::json parse_json(std::string_view text);

}  // namespace oneormany::arrays
