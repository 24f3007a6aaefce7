#pragma once
// Names of files, columns and classes.

#include <optional>
#include <string>
#include <vector>

namespace oneormany {

/// ASCII letters in lower case, all else as it is: column names and file endings.
std::string lower(std::string text);

/// Whether the text is UTF-8, so that reports can carry it.
bool is_utf8(const std::string& text);

/// The one of `names` that `name` is a slip of the pen of: fewest letters to change, upper or lower
/// case all the same, and at most a third of them. For "did you mean".
std::optional<std::string> nearest_name(const std::string& name,
                                        const std::vector<std::string>& names);

}  // namespace oneormany
