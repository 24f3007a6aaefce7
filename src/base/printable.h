#pragma once

#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::base {

/// Valid UTF-8 in which every control character (line ends, terminal escapes, marks that turn the
/// direction of writing) and every broken byte is U+FFFD: one line, safe to print.
std::string printable(std::string_view text);
template <std::same_as<std::filesystem::path> Path>  // and nothing that only converts to it
std::string printable(const Path& file) {
  return printable(file.native());
}

/// The same, cut to `longest` bytes where it is longer: to quote from a file in a message.
std::string excerpt(std::string_view text, std::size_t longest = 80);

/// 1,030 for 1030.
std::string grouped(std::size_t n);

/// "1 file", "1,234 files"; with `many`, where the plural is not that of a plain noun.
std::string counted(std::size_t n, std::string_view noun);
std::string counted(std::size_t n, std::string_view one, std::string_view many);

/// The first three: "a.png, b.png, c.png and 9 more".
std::string examples(const std::vector<std::string>& names);

}  // namespace oneormany::base
