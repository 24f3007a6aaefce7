// From the cells of a table to files and labels.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/printable.h"
#include "data/label_cell.h"
#include "data/names.h"
#include "data/splits.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

constexpr std::array kPredictionColumns{"file",  "labels",    "probability", "score",
                                        "error", "threshold", "model"};

std::string column_name(const Table& table, std::size_t column) {
  return column < table.header.size() ? trimmed(table.header[column]) : std::to_string(column + 1);
}

std::string place(const Table& table, const Table::Row& row, std::size_t column) {
  return fmt::format("{}, column {}", at_line(table.file, row.line),
                     base::excerpt(column_name(table, column)));
}

/// is_valid says of each row whether it is of that split.
std::string split_of_truth(const std::string& column, bool is_it) {
  const auto split = split_of(column.substr(std::string("is").size()));
  if (is_it) return split.value_or(column);
  return split == "train" ? "test" : "train";
}

/// What the row's column says, or else a folder of the file's name.
std::string split_of_row(const Table& table, const Table::Row& row, const Columns& columns) {
  if (columns.split) {
    const std::string& text = row.cells[*columns.split].text;
    const std::string name = lower(column_name(table, *columns.split));
    const auto truth = name.starts_with("is") ? yes_or_no(text) : std::nullopt;
    return truth ? split_of_truth(name, *truth) : trimmed(text);
  }
  std::string path = row.cells[columns.file].text;
  std::replace(path.begin(), path.end(), '\\', '/');
  for (const fs::path& part : fs::path(path).parent_path()) {
    if (split_of(part.string())) return part.string();
  }
  return "";
}

/// Drops the rows of other splits than the wanted one; says so where all are read.
void take_split(Table& table, const Columns& columns, const DataOptions& options,
                std::vector<std::string>& notes) {
  if (!options.split && !columns.split) return;
  std::map<std::string, std::size_t> counts;
  std::vector<std::string> splits;  // of each row
  for (const Table::Row& row : table.rows) {
    splits.push_back(split_of_row(table, row, columns));
    ++counts[splits.back()];
  }
  std::vector<std::string> names, counted;
  for (const auto& [name, count] : counts) {
    if (name.empty()) continue;
    names.push_back(name);
    counted.push_back(fmt::format("{} ({})", base::excerpt(name), base::grouped(count)));
  }
  if (!options.split) {
    if (names.size() < 2) return;
    notes.push_back(fmt::format(
        "the column {} parts the rows into {}; all are read together: --split {} reads one part",
        base::excerpt(column_name(table, *columns.split)), fmt::join(counted, ", "),
        base::excerpt(names.back())));
    return;
  }
  const auto found = find_split(names, *options.split);
  if (!found) {
    throw Error(fmt::format(
        "{}: --split {} names no part of it: {}", base::printable(table.file),
        base::excerpt(*options.split),
        names.empty()
            ? "it has no column of splits (split, subset, fold, …), nor folders of splits "
              "in the files' names"
            : fmt::format("there are {}", fmt::join(counted, ", "))));
  }
  std::vector<Table::Row> wanted;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    if (splits[i] == names[*found]) wanted.push_back(std::move(table.rows[i]));
  }
  table.rows = std::move(wanted);
}

/// Drops the rows whose picture could not be read.
void drop_failed(Table& table, std::vector<std::string>& notes) {
  const auto error = std::find(table.header.begin(), table.header.end(), "error");
  const auto column = static_cast<std::size_t>(error - table.header.begin());
  const std::size_t failed = std::erase_if(
      table.rows, [&](const Table::Row& row) { return !trimmed(row.cells[column].text).empty(); });
  if (failed > 0) {
    notes.push_back(
        fmt::format("{} left out: their pictures could not be read when they were "
                    "predicted",
                    base::counted(failed, "row")));
  }
}

/// Where the names of predictions count from, which is no matter of the table's own place: they
/// are as the user gave them.
bool names_count_from_here(const Table& table, std::size_t file, const DataOptions& options) {
  if (options.pictures || table.rows.empty()) return false;
  const fs::path name = table.rows.front().cells[file].text;
  std::error_code ignored;
  return !fs::exists(table.file.parent_path() / name, ignored) && fs::exists(name, ignored);
}

/// The labels of the columns that hold a 1.
std::vector<std::string> labels_of_columns(const Table& table, const Table::Row& row,
                                           const Columns& columns) {
  std::vector<std::string> labels;
  for (const std::size_t column : columns.labels) {
    const Table::Cell& cell = row.cells[column];
    const auto carried = cell.list ? std::nullopt : carries(cell.text);
    if (!carried || !cell.wrong.empty()) {
      throw Error(fmt::format(
          "{}: {}", place(table, row, column),
          cell.text.empty() ? "the cell is empty: write 0 or 1"
                            : fmt::format("'{}' is neither 0 nor 1", base::excerpt(cell.text))));
    }
    if (*carried) labels.push_back(nfc(column_name(table, column)));
  }
  return labels;
}

/// The labels of each row, from the one column of labels.
std::vector<std::vector<std::string>> labels_of_column(const Table& table, const Columns& columns,
                                                       const DataOptions& options) {
  const std::size_t column = columns.labels[0];
  std::vector<std::string> texts;
  for (const Table::Row& row : table.rows) {
    if (!row.cells[column].list) texts.push_back(row.cells[column].text);
  }
  const auto delimiter =
      !options.delimiter && is_predictions(table.header) ? std::optional('|') : options.delimiter;
  const LabelCells cells(texts, delimiter, columns.many && !table.json);
  std::vector<std::vector<std::string>> labels;
  bool lists = true;
  for (const Table::Row& row : table.rows) {
    const Table::Cell& cell = row.cells[column];
    if (!cell.wrong.empty()) {
      throw Error(fmt::format("{}: {}", at_line(table.file, row.line), cell.wrong));
    }
    try {
      labels.push_back(cell.list ? *cell.list : cells.labels(cell.text));
      lists &= cell.list || parse_list(cell.text).has_value();
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", place(table, row, column), error.what()));
    }
    for (std::string& label : labels.back()) label = nfc(trimmed(label));
  }
  if (lists && !labels.empty() && are_zeros_and_ones(labels)) {
    throw Error(fmt::format(
        "{}: the lists in its column {} hold a 0 or 1 for each class: write the names of the "
        "labels, or a column for each label",
        base::printable(table.file), base::excerpt(column_name(table, column))));
  }
  return labels;
}

}  // namespace

bool is_predictions(const std::vector<std::string>& header) {
  return std::all_of(kPredictionColumns.begin(), kPredictionColumns.end(), [&](const char* name) {
    return std::find(header.begin(), header.end(), name) != header.end();
  });
}

DataOptions for_files(const DataOptions& options, const std::vector<std::string>& header) {
  DataOptions own;
  own.pictures = options.pictures;
  const auto is_it = [&](const std::string& name) {
    return trimmed(name) == trimmed(*options.file_column);
  };
  if (options.file_column && std::any_of(header.begin(), header.end(), is_it)) {
    own.file_column = options.file_column;
  }
  return own;
}

TableRows files_of(const Table& table, std::size_t file_column) {
  TableRows result;
  for (const Table::Row& row : table.rows) {
    result.rows.push_back({table.file, row.line, row.cells[file_column].text, {}});
  }
  return result;
}

TableRows interpret(const Table& whole, const Columns& columns, const DataOptions& options) {
  Table table = whole;
  TableRows result;
  result.many = columns.many && !table.json;
  if (!columns.note.empty()) result.notes.push_back(columns.note);
  take_split(table, columns, options, result.notes);
  result.predictions = is_predictions(table.header);
  if (result.predictions) {
    drop_failed(table, result.notes);
    result.from_here = names_count_from_here(table, columns.file, options);
  }
  std::vector<std::vector<std::string>> labels;
  if (columns.yes_or_no) {
    for (const Table::Row& row : table.rows) {
      labels.push_back(labels_of_columns(table, row, columns));
    }
    std::vector<std::string> names;
    for (const std::size_t column : columns.labels) names.push_back(column_name(table, column));
    result.notes.push_back(
        fmt::format("each column of 0 and 1 is a label: {}",
                    base::excerpt(fmt::format("{}", fmt::join(names, ", ")), 200)));
  } else {
    labels = labels_of_column(table, columns, options);
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Table::Row& row = table.rows[i];
    const Table::Cell& file = row.cells[columns.file];
    result.rows.push_back({table.file, row.line, file.text, std::move(labels[i])});
  }
  return result;
}

}  // namespace oneormany::data
