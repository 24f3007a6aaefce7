#include "data/names.h"

#include <glib.h>

#include <memory>

namespace oneormany::data {
namespace {

std::string taken(char* text) {
  const std::unique_ptr<char, decltype(&g_free)> own(text, &g_free);
  return own.get();
}

}  // namespace

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool is_utf8(const std::string& text) {
  return g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr);
}

std::string nfc(const std::string& text) {
  if (!is_utf8(text)) return text;
  return taken(
      g_utf8_normalize(text.data(), static_cast<gssize>(text.size()), G_NORMALIZE_DEFAULT_COMPOSE));
}

std::string folded(const std::string& text) {
  if (!is_utf8(text)) return text;
  return nfc(taken(g_utf8_casefold(text.data(), static_cast<gssize>(text.size()))));
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1));
}

}  // namespace oneormany::data
