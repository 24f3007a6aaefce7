#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::base {

/// The name that a mistyped one most likely meant, upper or lower case all the same: the fewest
/// insertions, deletions, replacements and swaps of neighbours away, if these are at most a third
/// of its letters, or it is the only name that holds the mistyped one (of three letters at least).
std::optional<std::string> nearest(const std::string& wrong, const std::vector<std::string>& names);

/// The nearest alone; else, in the order of `names`, all that hold the mistyped one, and else all
/// with a word (letters and digits between others) that is near to it: "gama" of "gamma_positive".
std::vector<std::string> likely(const std::string& wrong, const std::vector<std::string>& names);

/// "a", "a or b", "a, b or c", with `last` for "or".
std::string listed(const std::vector<std::string>& names, const char* last);

/// Those that may have been meant, as the end of an error: ": did you mean a or b?"; nothing where
/// there are none.
std::string did_you_mean(const std::vector<std::string>& names);

/// Whether a word of `text` is `word`, upper or lower case all the same; one of three letters at
/// least.
bool has_word(std::string_view text, std::string_view word);

}  // namespace oneormany::base
