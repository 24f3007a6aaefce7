#pragma once

#include <string>
#include <string_view>

namespace oneormany::base {

/// RFC 4648, with padding and without line ends.
std::string to_base64(std::string_view bytes);

/// What is no base64 in the text is skipped.
std::string from_base64(const std::string& text);

}  // namespace oneormany::base
