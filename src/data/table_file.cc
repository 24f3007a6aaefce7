// A data set that is one table: a CSV or JSON lines file.

#include <fmt/core.h>

#include <fstream>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "data/layouts.h"
#include "data/names.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// By its first keys: nobody waits until a file of a gigabyte is read for a hint.
bool is_coco(const fs::path& file) {
  constexpr std::size_t kBeginning = 100'000;
  std::ifstream in(file, std::ios::binary);
  std::string text(kBeginning, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && text[begin] == '{' &&
         (text.find("\"annotations\"") != std::string::npos ||
          text.find("\"images\"") != std::string::npos);
}

/// What is surely no table, though labels may be in it.
void require_table(const fs::path& file) {
  const std::string ending = lower(file.extension().string());
  if (ending == ".json") {
    if (is_coco(file)) {
      throw Error(
          fmt::format("{}: holds COCO's boxes, which are no labels of a picture: make a table "
                      "file,labels of their classes, as docs/formats.md shows, and name it",
                      base::printable(file)));
    }
    throw Error(fmt::format(
        "{}: is one JSON value; write an object {{\"file_name\": …, \"label\": …}} a line, as "
        ".jsonl (of a list: jq -c '.[]' {} > labels.jsonl)",
        base::printable(file), base::printable(file.filename())));
  }
  static const std::set<std::string> kOther = {".xlsx", ".xls", ".ods",    ".parquet", ".feather",
                                               ".pkl",  ".npy", ".sqlite", ".xml",     ".npz"};
  if (kOther.contains(ending)) {
    throw Error(fmt::format("{}: isn't a table that can be read: save it as CSV (UTF-8)",
                            base::printable(file)));
  }
}

bool is_jsonl(const fs::path& file) { return lower(file.extension().string()) == ".jsonl"; }

}  // namespace

TableRows table_rows(const fs::path& file, const DataOptions& options, Wanted wanted) {
  require_table(file);
  return is_jsonl(file) ? jsonl_rows(file, options, wanted) : csv_rows(file, options, wanted);
}

DataSet read_table_file(const fs::path& file, const DataOptions& options) {
  DataSet data = data_of_rows(table_rows(file, options), options);
  data.layout = is_jsonl(file) ? "JSON lines file" : "CSV file";
  data.root = file;
  // Pictures of the other splits, or of other rows of predictions, aren't forgotten.
  if (options.split || data.predictions) return data;
  // Pictures that were forgotten lie beside the table or beside the named ones. Not deeper, and
  // not elsewhere: a table in a home folder may name pictures all over the disk.
  const fs::path base = folder_of(file);
  std::set<fs::path> folders{base};
  for (const Picture& picture : data.pictures) {
    const fs::path inside = folder_of(picture.file).lexically_proximate(base);
    const bool below = !inside.is_absolute() && *inside.begin() != ".." && inside != ".";
    if (below) folders.insert(base / inside);
  }
  for (const fs::path& folder : folders) {
    skip_unnamed(data, folder, false,
                 fmt::format("not named in {}", base::printable(file.filename())));
  }
  return data;
}

}  // namespace oneormany::data
