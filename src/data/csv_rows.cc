// The rows of a CSV file.

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/locate.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

struct CsvTable {
  Csv csv;
  std::optional<std::size_t> file;  // none: nothing in the first row says where the files are
  bool has_header = true;
  std::string note{};  // how the column of files was found, if not by its name
};

/// Whether the first cells of the first two rows name files, though not in full.
bool names_files(const std::vector<CsvRow>& rows, const fs::path& folder) {
  Locator locator(folder);
  for (std::size_t i = 0; i < 2; ++i) {
    if (rows.size() < 2 || rows[i].cells[0].empty() || !locator.find(rows[i].cells[0]))
      return false;
  }
  return true;
}

/// Under a header of any language: the only column whose first cells all name files.
std::optional<std::size_t> column_of_files(const std::vector<CsvRow>& rows,
                                           const fs::path& folder) {
  constexpr std::size_t kTried = 5;
  if (rows.size() < 3) return std::nullopt;
  Locator locator(folder);
  std::optional<std::size_t> found;
  for (std::size_t column = 0; column < rows[0].cells.size(); ++column) {
    bool all = true;
    for (std::size_t i = 1; i < std::min(rows.size(), kTried + 1) && all; ++i) {
      const std::string& cell = rows[i].cells[column];
      try {
        all = !cell.empty() && cell.find('\0') == std::string::npos && locator.find(cell);
      } catch (const Error&) {
        all = false;  // several files fit
      }
    }
    if (all && found) return std::nullopt;
    if (all) found = column;
  }
  return found;
}

CsvTable read_with(const std::string& text, char delimiter, const fs::path& file,
                   const DataOptions& given, Wanted wanted) {
  CsvTable table{.csv = parse_csv(text, delimiter), .file = {}};
  const auto& rows = table.csv.rows;
  const bool files_only = wanted == Wanted::kFiles;
  if (rows.empty() || (rows[0].cells.size() < 2 && !files_only)) return table;
  const DataOptions options = files_only ? for_files(given, rows[0].cells) : given;
  const bool named = options.file_column || options.label_column;
  std::error_code error;
  const bool begins_with_file =
      fs::is_regular_file(folder_of_names(file, options) / rows[0].cells[0], error) ||
      (files_only && ending_of(rows[0].cells[0]) == Ending::kPicture);
  if (!named && begins_with_file) {
    table.file = 0;
    table.has_header = false;
  } else {
    table.file = find_file_column(rows[0].cells, options, file);
    if (!table.file && !named && names_files(rows, folder_of_names(file, options))) {
      table.file = 0;
      table.has_header = false;
    }
    if (!table.file && !options.file_column) {
      table.file = column_of_files(rows, folder_of_names(file, options));
      if (table.file) {
        table.note = fmt::format("the column {} is taken for the files",
                                 base::excerpt(rows[0].cells[*table.file]));
      }
    }
  }
  return table;
}

/// pixel0, pixel1, … of Kaggle, or 1x1, 1x2, …
bool holds_pixels(const std::vector<std::string>& header) {
  constexpr std::ptrdiff_t kMany = 16;
  return std::count_if(header.begin(), header.end(), [](const std::string& name) {
           const std::string rest = name.starts_with("pixel") ? name.substr(5) : name;
           const bool digits = rest.find_first_not_of("0123456789x_") == std::string::npos;
           return !rest.empty() && digits && (rest != name || rest.find('x') != std::string::npos);
         }) >= kMany;
}

// The delimiter is the one with which the first row makes sense.
CsvTable read_table(const fs::path& file, const DataOptions& options, Wanted wanted) {
  const std::string text = read_text(file);
  std::optional<CsvTable> likeliest;
  std::optional<Error> error;
  for (const char delimiter : {',', ';', '\t'}) {
    try {
      CsvTable table = read_with(text, delimiter, file, options, wanted);
      if (table.file) return table;
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
    throw NoLabels(fmt::format("{}: is empty: it should have a line {} and one for each picture",
                               base::printable(file),
                               wanted == Wanted::kFiles ? "file" : "file,label"));
  }
  if (csv.rows[0].cells.size() < 2 && wanted == Wanted::kLabels) {
    const bool spaces = csv.rows[0].cells[0].find(' ') != std::string::npos;
    throw NoLabels(fmt::format(
        "{}: has one column only ({}): it needs one of files and one of labels, parted by comma, "
        "semicolon or tab{}",
        base::printable(file), base::excerpt(csv.rows[0].cells[0]),
        spaces ? fmt::format(" (of a space: sed 's/ /,/' {} > labels.csv)",
                             base::printable(file.filename()))
               : ""));
  }
  if (holds_pixels(csv.rows[0].cells)) {
    throw NoLabels(fmt::format(
        "{}: holds pixels ({}), not the names of pictures: save each row as a picture, in a folder "
        "for each class",
        base::printable(file), base::examples(csv.rows[0].cells)));
  }
  throw NoLabels(fmt::format(
      "{}: has no column of files (file, file_name, filename, image, path, picture, …), nor is the "
      "first cell a file; its columns are: {}: name one with --file-column",
      base::printable(file),
      base::excerpt(fmt::format("{}", fmt::join(csv.rows[0].cells, ", ")), 600)));
}

}  // namespace

TableRows csv_rows(const fs::path& file, const DataOptions& options, Wanted wanted) {
  CsvTable read = read_table(file, options, wanted);
  Csv& csv = read.csv;
  if (csv.broken) {
    throw Error(fmt::format("{}: {}", at_line(file, csv.broken->line), csv.broken->why));
  }
  Table table{.file = file, .header = {}, .rows = {}};
  if (read.has_header) {
    drop_repeated_headers(csv.rows);
    table.header = std::move(csv.rows[0].cells);
    csv.rows.erase(csv.rows.begin());
  }
  for (CsvRow& row : csv.rows) {
    Table::Row& own = table.rows.emplace_back();
    own.line = row.line;
    for (std::string& cell : row.cells) own.cells.push_back({.text = std::move(cell)});
  }
  TableRows result;
  if (wanted == Wanted::kFiles) {
    result = files_of(table, *read.file);
  } else {
    // Without a header the second column is the label.
    result = interpret(table,
                       read.has_header ? find_columns(table, *read.file, options)
                                       : Columns{.file = *read.file, .labels = {1}, .split = {}},
                       options);
  }
  if (!read.note.empty()) result.notes.insert(result.notes.begin(), read.note);
  return result;
}

}  // namespace oneormany::data
