#include "filing/folder_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "base/printable.h"
#include "base/sha256.h"

namespace oneormany::filing {
namespace {

constexpr std::size_t kLongest = 200;  // of 255, for a name that is moved elsewhere

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  return text;
}

/// How many bytes the character there has; of broken ones one.
std::size_t length_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

std::string safe(std::string_view label) {
  constexpr std::string_view kForbidden = "/\\:*?\"<>|%";
  std::string name;
  for (std::size_t at = 0; at < label.size();) {
    const std::string_view character = label.substr(at, length_of(label.substr(at)));
    const bool first = at == 0, last = at + character.size() == label.size();
    const bool bad =
        kForbidden.find(character) != std::string_view::npos || (first && character == ".") ||
        (last && (character == "." || character == " ")) ||
        (character == "+" && ((!first && label[at - 1] == ' ') || (!last && label[at + 1] == ' ')));
    // What printable() replaces is a control character or broken.
    const bool shown = base::printable(character) == character;
    name += bad || !shown ? escaped(character) : std::string(character);
    at += character.size();
  }
  return name;
}

}  // namespace

std::string folder_name(const std::vector<std::string>& labels) {
  if (labels.empty()) return std::string(kNone);
  std::vector<std::string> parts;
  for (const std::string& label : labels) parts.push_back(safe(label));
  std::string name = fmt::format("{}", fmt::join(parts, " + "));
  if (name == kNone) name = escaped(name.substr(0, 1)) + name.substr(1);
  if (name.empty()) return "%";
  if (name.size() <= kLongest) return name;
  const std::string hash = base::to_hex(base::sha256(std::as_bytes(std::span(name))));
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end) + "~" + hash.substr(0, 12);
}

}  // namespace oneormany::filing
