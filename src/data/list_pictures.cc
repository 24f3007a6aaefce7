// Pictures without labels: from folders, single files, tables and standard input.

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "data/data.h"
#include "data/files.h"
#include "data/names.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

/// Whether a file's first line is the name of a file.
bool begins_with_name(const fs::path& list) {
  constexpr std::size_t kLongest = 4096;
  std::error_code ignored;
  if (!fs::is_regular_file(list, ignored)) return false;
  std::string line(kLongest, '\0');
  std::ifstream in(list, std::ios::binary);
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(std::min(static_cast<std::size_t>(in.gcount()), line.find_first_of("\r\n")));
  if (line.empty() || line.find('\0') != std::string::npos) return false;
  return fs::is_regular_file(base::named_page(list.parent_path() / line).file, ignored);
}

}  // namespace

bool is_table(const fs::path& source) {
  static const std::set<std::string> kTables = {".csv", ".tsv", ".txt", ".jsonl"};
  return kTables.contains(lower(source.extension().string())) ||
         (ending_of(source) == Ending::kUnknown && begins_with_name(source));
}

namespace {

/// Names may hold any byte but these two: nothing else of a line is touched.
TableRows rows_of_input() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const char end = text.find('\0') != std::string::npos ? '\0' : '\n';
  TableRows rows;
  rows.from_here = true;
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t stop = std::min(text.find(end, begin), text.size());
    std::string name = text.substr(begin, stop - begin);
    begin = stop + 1;
    ++line;
    if (end == '\n' && name.ends_with('\r')) name.pop_back();
    if (!name.empty()) rows.rows.push_back({source_name(kStandardInput), line, name, {}});
  }
  return rows;
}

void add_listed(const TableRows& rows, const DataOptions& options, PictureList& list,
                std::vector<FoundFile>& found) {
  DataSet named = data_of_rows(rows, options);
  for (const Picture& picture : named.pictures) {
    found.push_back({picture.file, file_id(picture.file)});
  }
  list.skipped.insert(list.skipped.end(), named.skipped.begin(), named.skipped.end());
  list.notes.insert(list.notes.end(), named.notes.begin(), named.notes.end());
}

std::vector<FoundFile> files_of_source(const fs::path& source, const DataOptions& options,
                                       PictureList& list) {
  constexpr const char* kCure = "name a folder of pictures, a picture, or a table of file names";
  std::vector<FoundFile> found;
  std::error_code error;
  const fs::path file = base::named_page(source).file;
  if (source == kStandardInput) {
    add_listed(rows_of_input(), options, list, found);
  } else if (const fs::file_status status = fs::status(file, error); !fs::exists(status)) {
    throw Error(
        fmt::format("{}: {}: {}", base::printable(source), why_not_there(status, error), kCure));
  } else if (fs::is_directory(status)) {
    Listing listing = list_files(source, true);
    list.skipped.insert(list.skipped.end(), listing.skipped.begin(), listing.skipped.end());
    found = std::move(listing.files);
  } else if (is_table(source)) {
    add_listed(table_rows(source, options, Wanted::kFiles), options, list, found);
  } else if (!fs::is_regular_file(status) || ending_of(source) == Ending::kOther) {
    throw Error(fmt::format(
        "{}: {}: {}", base::printable(source),
        fs::is_regular_file(status) ? not_a_picture(source) : "is neither a file nor a folder",
        kCure));
  } else {
    found.push_back({source, file_id(source), fs::is_symlink(file, error)});
  }
  if (found.empty()) {
    throw Error(fmt::format("{}: {}", source_name(source),
                            fs::is_directory(source, error)
                                ? "holds no picture: put pictures in, or name another folder"
                                : "names no picture: a file name a line is needed"));
  }
  return found;
}

}  // namespace

std::string source_name(const fs::path& source) {
  return source == kStandardInput ? "standard input" : base::printable(source);
}

bool names_pictures(const fs::path& source) {
  return source == kStandardInput || is_table(source) || ending_of(source) == Ending::kPicture;
}

PictureList list_pictures(const std::vector<fs::path>& sources, const DataOptions& options) {
  PictureList list;
  std::map<FileId, FoundFile> files;
  for (const fs::path& source : sources) {
    for (const FoundFile& found : files_of_source(source, options, list)) {
      const auto [known, is_new] = files.try_emplace(found.id, found);
      if (!is_new && known->second.linked && !found.linked) known->second = found;
    }
  }
  for (const auto& [id, found] : files) list.files.push_back(found.file);
  std::sort(list.files.begin(), list.files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return list;
}

}  // namespace oneormany::data
