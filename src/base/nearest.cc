#include "base/nearest.h"

#include <algorithm>

namespace oneormany::base {
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

bool near(const std::string& wrong, const std::string& name) {
  return distance(wrong, name) * 3 <= name.size();
}

bool holds(const std::string& name, const std::string& part) {
  return part.size() >= 3 &&
         std::search(name.begin(), name.end(), part.begin(), part.end(), same) != name.end();
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words{""};
  for (const char c : text) {
    const bool letter = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
    if (letter) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
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
    if (!holds(name, wrong)) continue;
    if (holder) return std::nullopt;
    holder = &name;
  }
  return holder ? std::optional(*holder) : std::nullopt;
}

std::vector<std::string> likely(const std::string& wrong, const std::vector<std::string>& names) {
  if (const auto one = nearest(wrong, names)) return {*one};
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (holds(name, wrong)) found.push_back(name);
  }
  if (!found.empty() || wrong.size() < 3) return found;
  for (const std::string& name : names) {
    const auto words = words_of(name);
    if (std::any_of(words.begin(), words.end(),
                    [&](const std::string& word) { return near(wrong, word); })) {
      found.push_back(name);
    }
  }
  return found;
}

std::string listed(const std::vector<std::string>& names, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 < names.size() ? ", " : std::string(" ") + last + " ";
    text += names[i];
  }
  return text;
}

std::string did_you_mean(const std::vector<std::string>& names) {
  return names.empty() ? "" : ": did you mean " + listed(names, "or") + "?";
}

bool has_word(std::string_view text, std::string_view word) {
  const auto words = words_of(text);
  return word.size() >= 3 && std::any_of(words.begin(), words.end(), [&](const std::string& one) {
           return std::equal(one.begin(), one.end(), word.begin(), word.end(), same);
         });
}

}  // namespace oneormany::base
