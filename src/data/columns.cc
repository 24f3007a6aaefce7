// Which columns of a table hold files, labels and splits.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "base/printable.h"
#include "data/layouts.h"
#include "data/names.h"
#include "data/numbers.h"
#include "data/splits.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

// The usual names without spaces, dashes and underscores, most telling first.
constexpr std::array<std::string_view, 19> kFileNames = {
    "file",      "filename",   "image",   "path",    "picture", "imagename", "filepath",
    "imagepath", "imagefile",  "imgname", "imgpath", "img",     "photo",     "imageid",
    "imgid",     "imageindex", "fname",   "idcode",  "id"};
constexpr std::array<std::string_view, 21> kLabelNames = {
    "label",      "labels",      "class",     "classes",        "tags",         "category",
    "categories", "tag",         "labelname", "classname",      "categoryname", "findinglabels",
    "target",     "targets",     "species",   "scientificname", "diagnosis",    "choice",
    "truelabel",  "groundtruth", "choices"};
constexpr std::array<std::string_view, 7> kPlurals = {
    "labels", "classes", "tags", "categories", "findinglabels", "targets", "choices"};
constexpr std::array<std::string_view, 6> kShownLabelNames = {"label",   "labels", "class",
                                                              "classes", "tags",   "category"};
constexpr std::array<std::string_view, 10> kSplitColumns = {
    "split", "splits", "subset", "partition", "fold", "folds", "set", "phase", "usage", "dataset"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "File_Name" as "filename".
std::string plain(const std::string& name) {
  std::string letters = lower(trimmed(name));
  std::erase_if(letters, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return letters;
}

std::optional<std::size_t> column_named(const std::vector<std::string>& header,
                                        const std::string& wanted) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (folded(trimmed(header[i])) == folded(trimmed(wanted))) return i;
  }
  return std::nullopt;
}

std::string names_of(const std::vector<std::string>& header) {
  return base::excerpt(fmt::format("{}", fmt::join(header, ", ")), 600);
}

[[noreturn]] void missing_column(const std::vector<std::string>& header, const std::string& wanted,
                                 std::string_view option, const fs::path& table) {
  throw Error(fmt::format("{}: has no column {} ({}); its columns are: {}", base::printable(table),
                          base::excerpt(wanted), option, names_of(header)));
}

template <std::size_t n>
std::optional<std::size_t> column_of(const std::vector<std::string>& header,
                                     const std::optional<std::string>& wanted,
                                     const std::array<std::string_view, n>& usual,
                                     const fs::path& table, std::string_view option) {
  if (wanted) {
    if (const auto found = column_named(header, *wanted)) return found;
    missing_column(header, *wanted, option, table);
  }
  for (const std::string_view name : usual) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (plain(header[i]) == name) return i;
    }
  }
  return std::nullopt;
}

/// --label-column A,B,C: each is a label.
std::vector<std::size_t> label_columns_named(const Table& table, const std::string& wanted) {
  std::vector<std::size_t> columns;
  std::string_view rest = wanted;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string name = trimmed(rest.substr(0, comma));
    const auto found = column_named(table.header, name);
    if (!found) missing_column(table.header, name, "--label-column", table.file);
    columns.push_back(*found);
    if (comma == std::string_view::npos) return columns;
    rest.remove_prefix(comma + 1);
  }
}

bool holds_yes_or_no(const Table& table, std::size_t column) {
  return !table.rows.empty() &&
         std::all_of(table.rows.begin(), table.rows.end(), [&](const Table::Row& row) {
           const Table::Cell& cell = row.cells[column];
           return !cell.list && cell.wrong.empty() && carries(cell.text).has_value();
         });
}

constexpr std::size_t kMostSplits = 50;

/// A column of split names; or is_valid and the like, which fastai has.
bool is_split_column(const Table& table, std::size_t column) {
  const std::string name = plain(table.header[column]);
  if (is_label_column(name)) return false;
  if (name.starts_with("is") && split_of(name.substr(2))) return holds_yes_or_no(table, column);
  std::set<std::string> values, said;
  bool all_splits = true;
  for (const Table::Row& row : table.rows) {
    const Table::Cell& cell = row.cells[column];
    if (cell.list || !cell.wrong.empty()) return false;
    if (values.insert(cell.text).second && !cell.text.empty()) {
      const auto split = split_of(cell.text);
      all_splits &= split.has_value();
      if (split) said.insert(*split);
    }
    if (values.size() > kMostSplits) return false;
  }
  // Whatever it is called, train and another split, and nothing else, are splits.
  if (all_splits && said.contains("train") && said.size() > 1) return true;
  const bool telling = name.starts_with("split") || name.starts_with("fold");
  return contains(kSplitColumns, name) && (telling || all_splits);
}

/// Whether the values repeat, as those of classes do; captions and the like hardly ever.
bool repeats(const Table& table, std::size_t column) {
  std::set<std::string> values;
  for (const Table::Row& row : table.rows) {
    const Table::Cell& cell = row.cells[column];
    if (cell.list || !cell.wrong.empty()) return false;
    values.insert(cell.text);
  }
  return 2 * values.size() <= table.rows.size();
}

/// Soft labels: from 0 to 1, and not all of them 0 or 1.
bool holds_shares(const Table& table, std::size_t column) {
  return !table.rows.empty() &&
         std::all_of(table.rows.begin(), table.rows.end(), [&](const Table::Row& row) {
           const Table::Cell& cell = row.cells[column];
           const auto number = cell.list ? std::nullopt : to_number(cell.text);
           return number && *number >= 0 && *number <= 1;
         });
}

/// Where kingdom, class, order, family, … are ranks of species: that column.
std::optional<std::size_t> species_in(const std::vector<std::string>& header) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < header.size(); ++i) places.emplace(plain(header[i]), i);
  if (!places.contains("class") || !places.contains("family") || !places.contains("genus"))
    return {};
  for (const char* name : {"species", "scientificname"}) {
    if (const auto found = places.find(name); found != places.end()) return found->second;
  }
  return std::nullopt;
}

/// A column that counts the rows, as pandas writes it.
bool is_index(const Table& table, std::size_t column) {
  const std::string name = lower(trimmed(table.header[column]));
  return name.empty() || name.starts_with("unnamed:");
}

}  // namespace

bool is_file_column(const std::string& name) {
  const std::string letters = plain(name);
  return letters != "id" && contains(kFileNames, letters);
}

bool is_id_column(const std::string& name) { return plain(name) == "id"; }

bool is_label_column(const std::string& name) { return contains(kLabelNames, plain(name)); }

std::optional<std::size_t> find_file_column(const std::vector<std::string>& header,
                                            const DataOptions& options, const fs::path& table) {
  return column_of(header, options.file_column, kFileNames, table, "--file-column");
}

std::optional<LabelColumn> find_label_column(const std::vector<std::string>& header,
                                             const DataOptions& options, const fs::path& table) {
  const auto label = column_of(header, options.label_column, kLabelNames, table, "--label-column");
  if (!label) return std::nullopt;
  return LabelColumn{*label, contains(kPlurals, plain(header[*label]))};
}

Columns find_columns(const Table& table, std::size_t file, const DataOptions& options) {
  const std::vector<std::string>& header = table.header;
  Columns columns{.file = file, .labels = {}, .split = {}};
  for (std::size_t i = 0; i < header.size() && !columns.split; ++i) {
    if (i != file && is_split_column(table, i)) columns.split = i;
  }
  const auto& wanted = options.label_column;
  if (wanted && !column_named(header, *wanted) && wanted->find(',') != std::string::npos) {
    columns.labels = label_columns_named(table, *wanted);
    columns.yes_or_no = true;
    return columns;
  }
  if (const auto label = find_label_column(header, options, table.file)) {
    columns.labels = {label->column};
    columns.many = label->many;
    if (const auto species = species_in(header); species && !wanted) {
      columns.labels = {*species};
      columns.many = false;
      columns.note =
          fmt::format("the column {} is taken for the label: --label-column names another rank",
                      base::excerpt(trimmed(header[*species])));
    }
    return columns;
  }

  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i == file || i == columns.split || is_index(table, i)) continue;
    others.push_back(i);
    if (holds_yes_or_no(table, i)) columns.labels.push_back(i);
  }
  // The only other column of a table that is nothing but labels.
  if (others.size() == 1 && !is_metadata(table.file) && repeats(table, others[0])) {
    columns.labels = others;
    columns.note = fmt::format("the column {} is taken for the label",
                               base::excerpt(trimmed(header[others[0]])));
    return columns;
  }
  columns.yes_or_no = true;
  if (columns.labels.size() > 1 && columns.labels.size() == others.size()) return columns;

  std::vector<std::string> likely;
  for (const std::size_t i : others) {
    if (repeats(table, i)) likely.push_back(base::excerpt(trimmed(header[i])));
  }
  const bool some = !likely.empty() && likely.size() < others.size();
  std::string cure =
      fmt::format(": name one with --label-column{}",
                  some ? fmt::format(" (values repeat in {})", base::examples(likely)) : "");
  std::vector<std::string> shares;
  for (const std::size_t i : others) {
    if (holds_shares(table, i)) shares.push_back(base::excerpt(trimmed(header[i])));
  }
  if (shares.size() > 1 && shares.size() == others.size()) {
    cure = fmt::format(
        "; {} hold shares: a picture has a label or hasn't: write 1 where it applies (above 0.5, "
        "for example), else 0",
        base::examples(shares));
  } else if (others.size() == 1) {
    cure = fmt::format(": say --label-column '{}' if it is that one",
                       base::excerpt(header[others[0]]));
  } else if (columns.labels.size() > 1) {
    std::vector<std::string> names;
    for (const std::size_t i : columns.labels) names.push_back(trimmed(header[i]));
    cure = fmt::format(
        ": name one with --label-column; or several that hold 0 and 1, if each of them is a label: "
        "--label-column '{}'",
        base::excerpt(fmt::format("{}", fmt::join(names, ",")), 2000));
  }
  throw NoLabels(fmt::format("{}: has no column of labels ({}, …); its columns are: {}{}",
                             base::printable(table.file), fmt::join(kShownLabelNames, ", "),
                             names_of(header), cure));
}

std::optional<bool> carries(const std::string& cell) {
  const auto number = to_number(cell);
  return number == -1 ? std::optional(false) : yes_or_no(cell);
}

std::optional<bool> yes_or_no(const std::string& cell) {
  const std::string word = lower(cell);
  if (word == "true" || word == "yes") return true;
  if (word == "false" || word == "no") return false;
  const auto number = to_number(cell);
  if (number && (*number == 0 || *number == 1)) return *number == 1;
  return std::nullopt;
}

}  // namespace oneormany::data
