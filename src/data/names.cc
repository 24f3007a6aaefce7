#include "data/names.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace oneormany {

std::string shown(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string shown(const std::filesystem::path& file) { return shown(file.string()); }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());  // strict about it by default
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace oneormany
