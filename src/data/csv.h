#pragma once
// CSV text to rows, by libcsv: RFC 4180, and spaces around unquoted cells don't count.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::data {

struct CsvRow {
  std::size_t line = 0;  ///< where it begins, counted from 1; a quoted cell may span lines
  std::vector<std::string> cells;
  std::size_t byte = 0;  ///< where that line begins, counted from 0
};

struct Csv {
  struct Broken {
    std::size_t line = 0;
    std::string why;
  };
  std::vector<CsvRow> rows;      ///< up to the first broken one
  std::optional<Broken> broken;  ///< a stray or unclosed quote, or an odd number of columns
};

/// What becomes of empty lines, and of those with empty cells only.
enum class EmptyRows {
  kDrop,
  kKeepInOneColumn  ///< in a table of one column an empty line is a row like any other
};

Csv parse_csv(std::string_view text, char delimiter, EmptyRows empty_rows = EmptyRows::kDrop);

/// Of a table whose first row is a header: leaves out rows that repeat it (`cat a.csv b.csv`), with
/// or without a byte order mark.
void drop_repeated_headers(std::vector<CsvRow>& rows);

/// A cell as it is written, in quotes where it needs them (RFC 4180).
std::string csv_cell(std::string_view text);

}  // namespace oneormany::data
