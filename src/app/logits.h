#pragma once
// Logits as people write them: arguments, or rows of a file.

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace oneormany::app {

/// Numbers parted by white space, commas or semicolons; a real minus sign (U+2212) counts as one.
/// Throws UsageError for a word that is no number, and one that no 32-bit float holds (NaN too).
std::vector<double> parse_logits(const std::vector<std::string>& words);

struct LogitRow {
  std::vector<double> logits;
  std::size_t row = 1, rows = 1;     ///< which of them; counted from 1
  std::vector<std::string> names{};  ///< of the classes, from a file's header; else none
  std::string note{};  ///< that a comma may have been meant as a decimal point, or nothing
};

/// The row that arguments make, as parse_logits does.
LogitRow argument_logits(const std::vector<std::string>& arguments);

/// Row `row` (the first if not given) of numbers, a line each; empty lines aren't counted, nor is a
/// header, which is a first line without any number. If no line holds more than one number, all of
/// them together are one row, a column of logits.
/// Throws Error naming `name` and the line if there are none, rows or the header differ in length,
/// a name repeats, or as parse_logits does; UsageError if there is no such row.
LogitRow read_logits(std::istream& in, const std::string& name, std::optional<std::size_t> row);

/// The same of a file. Throws Error if it can't be read, too.
LogitRow read_logits(const std::filesystem::path& file, std::optional<std::size_t> row);

}  // namespace oneormany::app
