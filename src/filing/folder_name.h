#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oneormany::filing {

/// The folder of pictures that have none of the labels.
inline constexpr std::string_view kNone = "none of these";

/// The folder of pictures with these labels, of which no two sets share one: the label, of several
/// "a + b", of none kNone. What a file system or a share can't hold (control characters, broken
/// UTF-8, / \ : * ? " < > |, a dot in front, a dot or space at the end), a % and a + beside a space
/// are written as % and two hex digits of each byte, as in addresses. A name of over 200 bytes is
/// cut and ends in ~ and the beginning of its SHA-256.
std::string folder_name(const std::vector<std::string>& labels);

}  // namespace oneormany::filing
