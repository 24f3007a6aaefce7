#include "data/names.h"

#include <glib.h>

#include <algorithm>
#include <numeric>

namespace oneormany {
namespace {

/// Letters to change, add or leave out (Levenshtein 1966).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] != b[j])});
      diagonal = above;
    }
  }
  return row.back();
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

std::optional<std::string> nearest_name(const std::string& name,
                                        const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 200;  // a whole paragraph is no slip of the pen
  if (name.size() > kLongest) return std::nullopt;
  std::optional<std::string> nearest;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& other : names) {
    if (other.size() > kLongest) continue;
    const std::size_t changes = distance(lower(name), lower(other));
    if (changes < least) {
      least = changes;
      nearest = other;
    }
  }
  return nearest;
}

}  // namespace oneormany
