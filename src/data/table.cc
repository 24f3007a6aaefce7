#include "data/table.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "arrays/bytes.h"
#include "base/error.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/locate.h"
#include "data/names.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

// A name from a table, which may be anything.
std::string quoted(const fs::path& name) { return base::excerpt(name.native(), 200); }

// The row's file, as a path that can be opened, and its identity.
struct Located {
  fs::path file;
  FileId id;
};

std::optional<Located> locate(const TableRow& row, Locator& locator) {
  const std::string where = at_line(row.table, row.line);
  try {
    const auto file = locator.find(row.file);
    if (!file) return std::nullopt;
    std::error_code error;
    if (!fs::is_regular_file(base::named_page(*file).file, error)) {
      throw Error(fmt::format("names {}, which isn't a file", quoted(row.file)));
    }
    return Located{*file, file_id(*file)};
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", where, error.what()));
  }
}

std::string list_of(const std::set<std::string>& labels) {
  return labels.empty() ? "none" : base::excerpt(fmt::format("{}", fmt::join(labels, " | ")));
}

}  // namespace

std::string at_line(const fs::path& table, std::size_t line) {
  return fmt::format("{}, line {}", base::printable(table), line);
}

fs::path folder_of_names(const fs::path& table, const DataOptions& options) {
  return options.pictures ? *options.pictures : table.parent_path();
}

DataSet data_of_rows(const TableRows& table_rows, const DataOptions& options) {
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
  data.plural_labels = table_rows.many;
  data.notes = table_rows.notes;
  data.predictions = table_rows.predictions;
  if (data.predictions) {
    data.notes.push_back(
        "Rows of `oneormany predict`: labels that nobody looked at are a model's own, and teach "
        "and "
        "test nothing new");
  }
  std::map<fs::path, Locator> locators;  // of each table
  const auto folder_of = [&](const fs::path& table) {
    return table_rows.from_here ? fs::path() : folder_of_names(table, options);
  };
  for (const TableRow& row : table_rows.rows) {
    if (row.file.empty()) {
      throw Error(fmt::format("{}: names no file: fill the cell in, or remove the line",
                              at_line(row.table, row.line)));
    }
    if (row.file.native().find('\0') != std::string::npos) {
      throw Error(
          fmt::format("{}: the file's name holds a zero byte", at_line(row.table, row.line)));
    }
    Locator& locator = locators.try_emplace(row.table, folder_of(row.table)).first->second;
    const auto located = locate(row, locator);
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
          at_line(row.table, row.line), quoted(row.file), list_of(labels), first.row->line,
          list_of(first.labels)));
    }
    if (first.file.lexically_normal() != located->file.lexically_normal()) ++data.extra_names;
  }
  if (missing) {
    throw Error(
        fmt::format("{}: names {}, which doesn't exist{}: add the file, or remove the line; or {}",
                    at_line(missing->table, missing->line), quoted(missing->file),
                    missing_rows == 1 ? ""
                                      : fmt::format(" (nor do the files of {} more line{})",
                                                    missing_rows - 1, missing_rows == 2 ? "" : "s"),
                    table_rows.from_here ? "give whole paths: names count from the current folder"
                    : table_rows.predictions
                        ? "if --move-to moved them, give the folder that it moved them to in the "
                          "table's place"
                        : "say with --pictures in which folder they are"));
  }

  for (const auto& [table, locator] : locators) {
    const auto note = [&, &table = table](const Locator::Found& found, const char* one,
                                          const char* many, const char* what) {
      if (found.count == 0) return;
      data.notes.push_back(
          fmt::format("{}: {} {}: {} is {}", base::printable(table.filename()),
                      base::counted(found.count, one, many), what, quoted(found.name),
                      base::printable(found.file.lexically_proximate(folder_of(table)))));
    };
    note(locator.completed(), "name lacks", "names lack", "the file's folder or ending");
    note(locator.moved(), "name begins", "names begin",
         "with folders that aren't here, found by the rest");
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
  for (const Picture& picture : data.pictures) {
    known.insert(file_id(base::named_page(picture.file).file));
  }
  for (const FoundFile& found : list_files(folder, deep).files) {
    if (ending_of(found.file) == Ending::kPicture && known.insert(found.id).second) {
      data.skipped.push_back({found.file.lexically_normal(), why});
    }
  }
}

namespace {

/// Of text that isn't UTF-8.
std::size_t first_bad_byte(const std::string& text) {
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && !is_utf8(text.substr(i, length))) ++length;
    if (length > 4) break;
    i += length;
  }
  return std::min(i, text.size() - 1);
}

}  // namespace

std::string read_text(const fs::path& file) {
  constexpr std::size_t kModelMark = 4096;  // before this byte a model file says what it is
  std::string text;
  try {
    text = arrays::read_bytes(file);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(file), error.what()));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const auto nul = std::find(text.begin(), text.end(), '\0');
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || nul != text.end()) {
    if (text.find("oneormany-model-") < kModelMark) {
      throw Error(fmt::format("{}: is a model, and no pictures: predict, evaluate and info read it",
                              base::printable(file)));
    }
    throw Error(fmt::format("{}: isn't UTF-8 text: save it as CSV in UTF-8{}",
                            base::printable(file),
                            text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")
                                ? fmt::format(" (iconv -f UTF-16 -t UTF-8 {} > utf8.csv)",
                                              base::printable(file.filename()))
                                : ""));
  }
  if (is_utf8(text)) return text;
  std::istringstream lines(text);
  std::string line;
  std::size_t number = 1;
  while (std::getline(lines, line) && is_utf8(line)) ++number;
  const std::size_t bad = first_bad_byte(line);
  throw Error(fmt::format(
      "{}, byte {} (0x{:02X}): isn't UTF-8 text: save the file as UTF-8 (in Excel “CSV UTF-8”; or "
      "iconv -f WINDOWS-1252 -t UTF-8 {} > utf8.csv)",
      at_line(file, number), bad + 1, static_cast<unsigned char>(line[bad]),
      base::printable(file.filename())));
}

}  // namespace oneormany::data
