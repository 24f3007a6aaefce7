#pragma once

#include <optional>
#include <string>
#include <vector>

namespace oneormany {

/// The name that a mistyped one most likely meant, upper or lower case all the same: the fewest insertions, deletions, replacements
/// and swaps of neighbours away, if these are at most a third of its letters, or it is the only
/// name that holds the mistyped one (of three letters at least).
std::optional<std::string> nearest(const std::string& wrong, const std::vector<std::string>& names);

}  // namespace oneormany
