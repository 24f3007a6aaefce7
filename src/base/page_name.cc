#include "base/page_name.h"

#include <fmt/core.h>

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace oneormany::base {

namespace {
constexpr std::string_view kMark = "#page=";
}  // namespace

NamedPage named_page(const std::filesystem::path& name) {
  const std::string& text = name.native();
  const std::size_t mark = text.rfind(kMark);
  std::error_code error;
  if (mark == std::string::npos || mark == 0 || text[mark - 1] == '/' ||
      std::filesystem::exists(name, error)) {
    return {name};
  }
  unsigned page = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data() + mark + kMark.size(), end, page);
  if (wrong != std::errc() || stop != end || page == 0) return {name};
  return {text.substr(0, mark), page, true};
}

std::filesystem::path page_name(const std::filesystem::path& file, unsigned page) {
  return fmt::format("{}{}{}", file.native(), kMark, page);
}

}  // namespace oneormany::base
