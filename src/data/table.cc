#include "data/table.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/names.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

// The usual names, most telling first.
constexpr std::array<std::string_view, 6> kFileNames = {"file",  "file_name", "filename",
                                                        "image", "path",      "picture"};
constexpr std::array<std::string_view, 7> kLabelNames = {
    "label", "labels", "class", "classes", "tags", "category", "categories"};
constexpr std::array<std::string_view, 4> kPlurals = {"labels", "classes", "tags", "categories"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

template <std::size_t n>
std::optional<std::size_t> column_of(const std::vector<std::string>& header,
                                     const std::optional<std::string>& wanted,
                                     const std::array<std::string_view, n>& usual,
                                     const fs::path& table, std::string_view option) {
  const auto find = [&](std::string_view name) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (lower(trimmed(header[i])) == name) return i;
    }
    return std::nullopt;
  };
  if (wanted) {
    if (const auto found = find(lower(trimmed(*wanted)))) return found;
    throw Error(fmt::format("{}: has no column {} ({}); its columns are: {}",
                            base::printable(table), base::printable(*wanted), option,
                            base::printable(fmt::format("{}", fmt::join(header, ", ")))));
  }
  for (const std::string_view name : usual) {
    if (const auto found = find(name)) return found;
  }
  return std::nullopt;
}

// The row's file, as a path that can be opened, and its identity.
struct Located {
  fs::path file;
  FileId id;
};

std::optional<Located> locate(const TableRow& row) {
  fs::path file = row.table.parent_path() / row.file;
  std::error_code error;
  if (!fs::exists(file, error)) {
    // Tables written on Windows.
    std::string slashes = row.file.string();
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    file = row.table.parent_path() / slashes;
    if (!fs::exists(file, error)) return std::nullopt;
  }
  if (!fs::is_regular_file(file, error)) {
    throw Error(fmt::format("{}: names {}, which isn't a file", at_line(row.table, row.line),
                            base::printable(row.file)));
  }
  return Located{file, file_id(file)};
}

std::string list_of(const std::set<std::string>& labels) {
  return labels.empty() ? "none" : base::printable(fmt::format("{}", fmt::join(labels, " | ")));
}

}  // namespace

std::string at_line(const fs::path& table, std::size_t line) {
  return fmt::format("{}, line {}", base::printable(table), line);
}

std::optional<Columns> find_columns(const std::vector<std::string>& header,
                                    const DataOptions& options, const fs::path& table) {
  const auto file = column_of(header, options.file_column, kFileNames, table, "--file-column");
  if (!file) return std::nullopt;
  const auto label = find_label_column(header, options, table);
  if (!label) {
    throw Error(fmt::format(
        "{}: has no column of labels ({}); its columns are: {}: name one with --label-column",
        base::printable(table), fmt::join(kLabelNames, ", "),
        base::printable(fmt::format("{}", fmt::join(header, ", ")))));
  }
  return Columns{*file, label->column, label->many};
}

std::optional<LabelColumn> find_label_column(const std::vector<std::string>& header,
                                             const DataOptions& options, const fs::path& table) {
  const auto label = column_of(header, options.label_column, kLabelNames, table, "--label-column");
  if (!label) return std::nullopt;
  return LabelColumn{*label, contains(kPlurals, lower(trimmed(header[*label])))};
}

std::vector<std::string> split_cell(const std::string& cell, std::optional<char> delimiter) {
  std::vector<std::string> parts;
  std::istringstream stream(cell);
  std::string part;
  const auto add = [&] {
    if (std::string text = trimmed(part); !text.empty()) parts.push_back(std::move(text));
  };
  if (delimiter) {
    while (std::getline(stream, part, *delimiter)) add();
  } else {
    part = cell;
    add();
  }
  return parts;
}

DataSet data_of_rows(const std::vector<TableRow>& rows) {
  struct Named {
    const TableRow* row;
    fs::path file;
    std::set<std::string> labels;
  };
  DataSet data;
  std::map<FileId, Named> pictures;
  std::set<std::string> classes;
  const TableRow* missing = nullptr;
  std::size_t missing_rows = 0;
  for (const TableRow& row : rows) {
    if (row.file.empty()) {
      throw Error(fmt::format("{}: names no file: fill the cell in, or remove the line",
                              at_line(row.table, row.line)));
    }
    if (row.file.native().find('\0') != std::string::npos) {
      throw Error(
          fmt::format("{}: the file's name holds a zero byte", at_line(row.table, row.line)));
    }
    const auto located = locate(row);
    if (!located) {
      if (missing_rows++ == 0) missing = &row;
      continue;
    }
    const std::set<std::string> labels(row.labels.begin(), row.labels.end());
    const auto [known, is_new] =
        pictures.try_emplace(located->id, Named{&row, located->file, labels});
    if (is_new) {
      classes.insert(labels.begin(), labels.end());
      continue;
    }
    const Named& first = known->second;
    if (first.labels != labels) {
      throw Error(fmt::format(
          "{}: labels {} as {}, but line {} labels the same file as {}: put all labels of a "
          "picture in one cell of a column `labels`, parted by |",
          at_line(row.table, row.line), base::printable(row.file), list_of(labels), first.row->line,
          list_of(first.labels)));
    }
    if (first.file.lexically_normal() != located->file.lexically_normal()) ++data.extra_names;
  }
  if (missing) {
    throw Error(fmt::format("{}: names {}, which doesn't exist{}: add the file, or remove the line",
                            at_line(missing->table, missing->line), base::printable(missing->file),
                            missing_rows == 1
                                ? ""
                                : fmt::format(" (nor do the files of {} more line{})",
                                              missing_rows - 1, missing_rows == 2 ? "" : "s")));
  }

  data.classes.assign(classes.begin(), classes.end());
  for (const auto& [id, named] : pictures) {
    if (ending_of(named.file) == Ending::kOther) {
      data.skipped.push_back({named.file, not_a_picture(named.file)});
      continue;
    }
    Picture picture{named.file, {}};
    for (const std::string& label : named.labels) {
      const auto place = std::lower_bound(data.classes.begin(), data.classes.end(), label);
      picture.labels.push_back(static_cast<int>(place - data.classes.begin()));
    }
    data.pictures.push_back(std::move(picture));
  }
  return data;
}

void skip_unnamed(DataSet& data, const fs::path& folder, bool deep, const std::string& why) {
  std::set<FileId> known;
  for (const Picture& picture : data.pictures) known.insert(file_id(picture.file));
  for (const FoundFile& found : list_files(folder, deep).files) {
    if (ending_of(found.file) == Ending::kPicture && known.insert(found.id).second) {
      data.skipped.push_back({found.file.lexically_normal(), why});
    }
  }
}

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw Error(fmt::format("{}: can't be read", base::printable(file)));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const auto nul = std::find(text.begin(), text.end(), '\0');
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || nul != text.end()) {
    throw Error(
        fmt::format("{}: isn't UTF-8 text: save it as CSV in UTF-8", base::printable(file)));
  }
  if (is_utf8(text)) return text;
  std::istringstream lines(text);
  std::string line;
  std::size_t number = 1;
  while (std::getline(lines, line) && is_utf8(line)) ++number;
  throw Error(fmt::format("{}: isn't UTF-8 text: save the file as UTF-8", at_line(file, number)));
}

}  // namespace oneormany::data
