#pragma once
// CSV text to rows, by libcsv: RFC 4180, and spaces around unquoted cells don't count.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany {

struct CsvRow {
  std::size_t line = 0;  ///< where it begins, counted from 1; a quoted cell may span lines
  std::vector<std::string> cells;
};

struct Csv {
  struct Broken {
    std::size_t line = 0;
    std::string why;
  };
  std::vector<CsvRow> rows;      ///< up to the first broken one; empty lines are left out
  std::optional<Broken> broken;  ///< a stray or unclosed quote, or an odd number of columns
};

Csv parse_csv(std::string_view text, char delimiter);

}  // namespace oneormany
