#pragma once
// What CSV and JSON tables have in common: columns found by name, rows that become pictures.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/csv.h"
#include "data/data.h"

namespace oneormany::data {

/// Where a table keeps its files and labels.
struct Columns {
  std::size_t file = 0, label = 0;
  bool many = false;  ///< the label column's name is a plural: a cell may hold several labels
};

/// Looks for the columns named in `options`, or else for the usual names, in upper or lower case.
/// None if there is no such file column. Throws Error, naming the columns that there are, if
/// there is one but no label column, or if a column named in `options` is missing.
std::optional<Columns> find_columns(const std::vector<std::string>& header,
                                    const DataOptions& options, const std::filesystem::path& table);

/// Where the labels are, likewise; none if no column has one of the usual names. Throws Error if
/// the column that `options` names is missing.
struct LabelColumn {
  std::size_t column = 0;
  bool many = false;  ///< as in Columns
};
std::optional<LabelColumn> find_label_column(const std::vector<std::string>& header,
                                             const DataOptions& options,
                                             const std::filesystem::path& table);

/// The first of | ; , that any cell of the column holds.
std::optional<char> find_delimiter(const std::vector<CsvRow>& rows, std::size_t column);

/// One row: labels as written, already split.
struct TableRow {
  std::filesystem::path table;
  std::size_t line = 0;
  std::filesystem::path file;  ///< relative to the table's folder, or absolute
  std::vector<std::string> labels;
};

/// The parts of one cell without the spaces around them; empty ones are left out. No delimiter:
/// the whole cell is one part.
std::vector<std::string> split_cell(const std::string& cell, std::optional<char> delimiter);

/// Rows to pictures: finds each file, merges rows that repeat a picture, numbers the classes.
/// Throws Error, one line with table and line, as read_data says.
DataSet data_of_rows(const std::vector<TableRow>& rows);

/// Adds a skip for every picture in `folder` that `data` doesn't name, `why` being the reason.
void skip_unnamed(DataSet& data, const std::filesystem::path& folder, bool deep,
                  const std::string& why);

/// "labels.csv, line 7", to begin an Error with.
std::string at_line(const std::filesystem::path& table, std::size_t line);

/// The whole file, which has to be UTF-8 text; without byte order mark. Throws Error.
std::string read_text(const std::filesystem::path& file);

/// The rows of one table, told apart by its ending. Throws Error.
std::vector<TableRow> table_rows(const std::filesystem::path& file, const DataOptions& options);
std::vector<TableRow> csv_rows(const std::filesystem::path& file, const DataOptions& options);
std::vector<TableRow> jsonl_rows(const std::filesystem::path& file, const DataOptions& options);

}  // namespace oneormany::data
