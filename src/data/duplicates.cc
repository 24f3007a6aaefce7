#include "data/duplicates.h"

#include <cstddef>
#include <map>

namespace oneormany::data {

std::vector<int> groups_of(const std::vector<base::Sha256>& pixels,
                           const std::vector<bool>& usable) {
  std::vector<int> groups;
  std::map<base::Sha256, int> numbers;
  int next = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (!usable[i]) {
      groups.push_back(next++);
      continue;
    }
    const auto [known, is_new] = numbers.try_emplace(pixels[i], next);
    if (is_new) ++next;
    groups.push_back(known->second);
  }
  return groups;
}

std::vector<int> groups_of(const std::vector<base::Sha256>& pixels) {
  return groups_of(pixels, std::vector<bool>(pixels.size(), true));
}

}  // namespace oneormany::data
