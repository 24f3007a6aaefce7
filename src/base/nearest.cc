#include "base/nearest.h"

#include <algorithm>

namespace oneormany {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same(char a, char b) { return lower(a) == lower(b); }

/// Optimal string alignment distance (Damerau 1964).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1)});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(const std::string& wrong,
                                   const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t fewest = 0;
  for (const std::string& name : names) {
    const std::size_t steps = distance(wrong, name);
    if (steps * 3 <= name.size() && (!best || steps < fewest)) {
      best = &name;
      fewest = steps;
    }
  }
  if (best) return *best;
  const std::string* holder = nullptr;
  for (const std::string& name : names) {
    if (wrong.size() < 3 ||
        std::search(name.begin(), name.end(), wrong.begin(), wrong.end(), same) == name.end()) {
      continue;
    }
    if (holder) return std::nullopt;
    holder = &name;
  }
  return holder ? std::optional(*holder) : std::nullopt;
}

}  // namespace oneormany
