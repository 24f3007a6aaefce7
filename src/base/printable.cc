#include "base/printable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glib.h>

#include <algorithm>
#include <memory>

namespace oneormany::base {
namespace {

bool turns_direction(gunichar c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_control(gunichar c) {
  return g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 || turns_direction(c);
}

}  // namespace

std::string printable(std::string_view text) {
  if (text.empty()) return "";  // it may be of no memory at all
  const std::unique_ptr<char, decltype(&g_free)> valid(
      g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())), &g_free);
  std::string out;
  for (const char* at = valid.get(); *at != '\0'; at = g_utf8_next_char(at)) {
    if (is_control(g_utf8_get_char(at))) {
      out += "\uFFFD";
    } else {
      out.append(at, static_cast<std::size_t>(g_utf8_next_char(at) - at));
    }
  }
  return out;
}

std::string excerpt(std::string_view text, std::size_t longest) {
  return printable(text.substr(0, longest)) + (text.size() > longest ? "..." : "");
}

std::string grouped(std::size_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::string counted(std::size_t n, std::string_view noun) {
  return counted(n, noun, std::string(noun) + (noun.ends_with("ss") ? "es" : "s"));
}

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return grouped(n) + " " + std::string(n == 1 ? one : many);
}

std::string examples(const std::vector<std::string>& names) {
  constexpr std::ptrdiff_t kNamed = 3;
  const auto all = static_cast<std::ptrdiff_t>(names.size()), named = std::min(kNamed, all);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + named, ", "));
  if (all > named)
    text += fmt::format(" and {} more", grouped(static_cast<std::size_t>(all - named)));
  return text;
}

}  // namespace oneormany::base
