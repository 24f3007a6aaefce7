#include "data/names.h"

#include <nlohmann/json.hpp>

namespace oneormany {

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
