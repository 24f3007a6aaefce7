// A folder with metadata.csv or metadata.jsonl, as the Hugging Face imagefolder layout has it.

#include <fmt/core.h>

#include <optional>

#include "base/error.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/layouts.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

// The metadata file right in the folder, if it has one.
std::optional<fs::path> metadata_in(const fs::path& folder) {
  const fs::path csv = folder / "metadata.csv", jsonl = folder / "metadata.jsonl";
  const bool has_csv = fs::exists(csv), has_jsonl = fs::exists(jsonl);
  if (has_csv && has_jsonl) {
    throw Error(fmt::format("{}: holds metadata.csv and metadata.jsonl: remove one of them",
                            base::printable(folder)));
  }
  if (has_csv) return csv;
  if (has_jsonl) return jsonl;
  return std::nullopt;
}

std::vector<fs::path> metadata_files(const fs::path& folder) {
  if (const auto file = metadata_in(folder)) return {*file};
  std::vector<fs::path> files;
  for (const fs::path& entry : entries_of(folder)) {
    std::error_code error;
    if (!fs::is_directory(entry, error)) continue;
    if (const auto file = metadata_in(entry)) files.push_back(*file);
  }
  return files;
}

}  // namespace

bool has_metadata(const fs::path& folder) { return !metadata_files(folder).empty(); }

DataSet read_metadata_folder(const fs::path& folder, const DataOptions& options) {
  std::vector<TableRow> rows;
  for (const fs::path& file : metadata_files(folder)) {
    const auto more = table_rows(file, options);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  DataSet data = data_of_rows(rows);
  data.layout = "image folder with metadata";
  data.root = folder;
  skip_unnamed(data, folder, true, "not named in the folder's metadata file");
  return data;
}

}  // namespace oneormany::data
