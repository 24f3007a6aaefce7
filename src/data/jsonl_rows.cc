// The rows of a JSON lines file: one object for each picture.

#include <fmt/core.h>

#include <sstream>

#include "arrays/json.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/names.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::size_t kLongestQuote = 40;

/// A text, a whole number or a truth as text; none of what is no label.
std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_null()) return "";
  return std::nullopt;
}

std::string no_label(const json& value) {
  return fmt::format("{} is no label: write text, a whole number, a list of them, or null",
                     value.is_object()  ? "{…}"
                     : value.is_array() ? "[…]"
                                        : base::excerpt(value.dump(), kLongestQuote));
}

/// is_id: a whole number may name a file.
Table::Cell cell_of(const json& value, bool is_id) {
  Table::Cell cell;
  cell.is_text = value.is_string() || (is_id && value.is_number_integer());
  if (value.is_array()) {
    cell.list.emplace();
    for (const json& item : value) {
      const auto text = text_of(item);
      if (item.is_array()) {
        cell.wrong = "a list of labels inside a list";
      } else if (!text) {
        cell.wrong = no_label(item);
      } else if (!text->empty()) {
        cell.list->push_back(*text);
      }
      if (!cell.wrong.empty()) break;
    }
  } else if (const auto text = text_of(value)) {
    cell.text = *text;
  } else if (value.is_number_float() && (value.get<double>() == 0 || value.get<double>() == 1)) {
    cell.text = value.get<double>() == 0 ? "0.0" : "1.0";  // for a column of zeros and ones
  } else {
    cell.wrong = no_label(value);
  }
  return cell;
}

json parse_line(const std::string& line, const std::string& where) {
  std::string why = "isn't a JSON object";
  try {
    json object = arrays::parse_json(line);
    if (object.is_object()) return object;
  } catch (const Error& error) {
    why = error.what();
  }
  throw Error(fmt::format("{}: {}: each line is one whole {{…}}", where, why));
}

}  // namespace

TableRows jsonl_rows(const fs::path& file, const DataOptions& options, Wanted wanted) {
  std::istringstream lines(read_text(file));
  std::string line;
  Table table{.file = file, .header = {}, .rows = {}, .json = true};
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = at_line(file, number);
    const json object = parse_line(line, where);
    if (table.rows.empty()) {
      for (const auto& [key, value] : object.items()) table.header.push_back(key);
    }
    Table::Row row{number, {}};
    for (const std::string& key : table.header) {
      const auto value = object.find(key);
      if (value != object.end()) {
        row.cells.push_back(cell_of(*value, lower(key).ends_with("id")));
      } else {
        row.cells.push_back({.text = "",
                             .wrong = fmt::format("has no \"{}\": write null for a picture without "
                                                  "a label",
                                                  base::excerpt(key)),
                             .is_text = false});
      }
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) {
    throw NoLabels(fmt::format(
        "{}: is empty: it should have a line {{\"file_name\": …, \"label\": …}} for each picture",
        base::printable(file)));
  }
  const bool files_only = wanted == Wanted::kFiles;
  const auto file_column =
      find_file_column(table.header, files_only ? for_files(options, table.header) : options, file);
  if (!file_column) {
    throw NoLabels(fmt::format("{}: has no \"file_name\"", at_line(file, table.rows[0].line)));
  }
  for (const Table::Row& row : table.rows) {
    if (row.cells[*file_column].is_text) continue;
    throw Error(fmt::format("{}: has no \"{}\" that names a file", at_line(file, row.line),
                            base::excerpt(table.header[*file_column])));
  }
  if (files_only) return files_of(table, *file_column);
  return interpret(table, find_columns(table, *file_column, options), options);
}

}  // namespace oneormany::data
