#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace oneormany::app {

/// Why pictures failed, with how many each; the rarer ones of very many count as one, so that no
/// list grows with the pictures.
inline void count_reason(std::map<std::string, std::size_t>& reasons, const std::string& why) {
  constexpr std::size_t kMost = 100;
  const bool known = reasons.contains(why) || reasons.size() < kMost;
  ++reasons[known ? why : "other reasons"];
}

}  // namespace oneormany::app
