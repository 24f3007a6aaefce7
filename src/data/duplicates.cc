#include "data/duplicates.h"

#include <map>

namespace oneormany::data {

std::vector<int> groups_of(const std::vector<base::Sha256>& pixels) {
  std::vector<int> groups;
  std::map<base::Sha256, int> numbers;
  for (const base::Sha256& hash : pixels) {
    groups.push_back(numbers.try_emplace(hash, static_cast<int>(numbers.size())).first->second);
  }
  return groups;
}

}  // namespace oneormany::data
