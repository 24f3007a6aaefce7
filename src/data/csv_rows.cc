// The rows of a CSV file.

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

struct CsvTable {
  Csv csv;
  std::optional<Columns> columns;  // none: nothing in the first row says where the files are
  bool has_header = true;
};

CsvTable read_with(const std::string& text, char delimiter, const fs::path& file,
                   const DataOptions& options) {
  CsvTable table{parse_csv(text, delimiter), {}};
  const auto& rows = table.csv.rows;
  if (rows.empty() || rows[0].cells.size() < 2) return table;
  const bool named = options.file_column || options.label_column;
  std::error_code error;
  if (!named && fs::is_regular_file(file.parent_path() / rows[0].cells[0], error)) {
    table.columns = Columns{0, 1};
    table.has_header = false;
  } else {
    table.columns = find_columns(rows[0].cells, options, file);
  }
  return table;
}

// The delimiter is the one with which the first row makes sense.
CsvTable read_table(const fs::path& file, const DataOptions& options) {
  const std::string text = read_text(file);
  std::optional<CsvTable> likeliest;
  std::optional<Error> error;
  for (const char delimiter : {',', ';', '\t'}) {
    try {
      CsvTable table = read_with(text, delimiter, file, options);
      if (table.columns) return table;
      const auto width = [](const CsvTable& t) {
        return t.csv.rows.empty() ? 0 : t.csv.rows[0].cells.size();
      };
      if (!likeliest || width(table) > width(*likeliest)) likeliest = std::move(table);
    } catch (const Error& e) {
      if (!error) error = e;
    }
  }
  if (error) throw *error;
  const Csv& csv = likeliest->csv;
  if (csv.rows.empty() && csv.broken) {
    throw Error(fmt::format("{}: {}", at_line(file, csv.broken->line), csv.broken->why));
  }
  if (csv.rows.empty()) {
    throw Error(
        fmt::format("{}: is empty: it should have a line file,label and one for each picture",
                    base::printable(file)));
  }
  if (csv.rows[0].cells.size() < 2) {
    throw Error(fmt::format(
        "{}: has one column only ({}): it needs one of files and one of labels, parted by comma, "
        "semicolon or tab",
        base::printable(file), base::printable(csv.rows[0].cells[0])));
  }
  throw Error(fmt::format(
      "{}: has no column of files (file, file_name, filename, image, path, picture), nor is the "
      "first cell a file; its columns are: {}: name one with --file-column",
      base::printable(file),
      base::printable(fmt::format("{}", fmt::join(csv.rows[0].cells, ", ")))));
}

}  // namespace

std::optional<char> find_delimiter(const std::vector<CsvRow>& rows, std::size_t column) {
  for (const char delimiter : {'|', ';', ','}) {
    for (const CsvRow& row : rows) {
      if (row.cells[column].find(delimiter) != std::string::npos) return delimiter;
    }
  }
  return std::nullopt;
}

std::vector<TableRow> csv_rows(const fs::path& file, const DataOptions& options) {
  CsvTable table = read_table(file, options);
  Csv& csv = table.csv;
  if (csv.broken) {
    throw Error(fmt::format("{}: {}", at_line(file, csv.broken->line), csv.broken->why));
  }
  if (table.has_header) csv.rows.erase(csv.rows.begin());
  const Columns columns = *table.columns;
  std::optional<char> delimiter = options.delimiter;
  if (!delimiter && columns.many) delimiter = find_delimiter(csv.rows, columns.label);
  std::vector<TableRow> rows;
  for (const CsvRow& row : csv.rows) {
    rows.push_back(
        {file, row.line, row.cells[columns.file], split_cell(row.cells[columns.label], delimiter)});
  }
  return rows;
}

}  // namespace oneormany::data
