// The rows of a JSON lines file: one object for each picture.

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/printable.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// A label, or a list of them: text, whole numbers, null.
void add_labels(const json& value, std::optional<char> delimiter, const std::string& where,
                TableRow& row) {
  if (value.is_string()) {
    for (std::string& label : split_cell(value.get<std::string>(), delimiter)) {
      row.labels.push_back(std::move(label));
    }
  } else if (value.is_number_integer()) {
    row.labels.push_back(value.dump());
  } else if (value.is_array()) {
    for (const json& item : value) {
      if (item.is_array()) throw Error(fmt::format("{}: a list of labels inside a list", where));
      // An item is one label, whatever is in it.
      add_labels(item, std::nullopt, where, row);
    }
  } else if (!value.is_null()) {
    throw Error(
        fmt::format("{}: {} is no label: write text, a whole number, a list of them, or null",
                    where, base::printable(value.dump())));
  }
}

json parse_line(const std::string& line, const std::string& where) {
  try {
    json object = json::parse(line);
    if (object.is_object()) return object;
  } catch (const json::parse_error& e) {
    throw Error(fmt::format("{}: broken JSON at character {}: each line is one whole {{…}}", where,
                            e.byte));
  }
  throw Error(fmt::format("{}: isn't a JSON object: each line is one whole {{…}}", where));
}

}  // namespace

std::vector<TableRow> jsonl_rows(const fs::path& file, const DataOptions& options) {
  std::istringstream lines(read_text(file));
  std::string line;
  std::vector<TableRow> rows;
  std::string file_key, label_key;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = at_line(file, number);
    const json object = parse_line(line, where);
    if (rows.empty()) {
      std::vector<std::string> keys;
      for (const auto& [key, value] : object.items()) keys.push_back(key);
      const auto columns = find_columns(keys, options, file);
      if (!columns) throw Error(fmt::format("{}: has no \"file_name\"", where));
      file_key = keys[columns->file];
      label_key = keys[columns->label];
    }
    if (!object.contains(file_key) || !object[file_key].is_string()) {
      throw Error(
          fmt::format("{}: has no \"{}\" that names a file", where, base::printable(file_key)));
    }
    if (!object.contains(label_key)) {
      throw Error(fmt::format("{}: has no \"{}\": write null for a picture without a label", where,
                              base::printable(label_key)));
    }
    TableRow row{file, number, object[file_key].get<std::string>(), {}};
    add_labels(object[label_key], options.delimiter, where, row);
    rows.push_back(std::move(row));
  }
  if (rows.empty()) {
    throw Error(fmt::format(
        "{}: is empty: it should have a line {{\"file_name\": …, \"label\": …}} for each picture",
        base::printable(file)));
  }
  return rows;
}

}  // namespace oneormany::data
