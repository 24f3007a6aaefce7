// A data set that is one table: a CSV or JSON lines file.

#include <fmt/core.h>

#include <set>

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

bool is_jsonl(const fs::path& file) { return lower(file.extension().string()) == ".jsonl"; }

}  // namespace

std::vector<TableRow> table_rows(const fs::path& file, const DataOptions& options) {
  return is_jsonl(file) ? jsonl_rows(file, options) : csv_rows(file, options);
}

DataSet read_table_file(const fs::path& file, const DataOptions& options) {
  DataSet data = data_of_rows(table_rows(file, options));
  data.layout = is_jsonl(file) ? "JSON lines file" : "CSV file";
  data.root = file;
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
