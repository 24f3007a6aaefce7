// A folder with metadata.csv or metadata.jsonl, as the Hugging Face imagefolder layout has it.

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/layouts.h"
#include "data/splits.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

// The metadata file right in the folder, if it has one.
std::optional<fs::path> metadata_in(const fs::path& folder) {
  const fs::path csv = folder / "metadata.csv", jsonl = folder / "metadata.jsonl";
  std::error_code error;
  const bool has_csv = fs::exists(csv, error), has_jsonl = fs::exists(jsonl, error);
  if (has_csv && has_jsonl) {
    throw Error(fmt::format("{}: holds metadata.csv and metadata.jsonl: remove one of them",
                            base::printable(folder)));
  }
  if (has_csv) return csv;
  if (has_jsonl) return jsonl;
  return std::nullopt;
}

std::vector<fs::path> metadata_files(const fs::path& folder) {
  constexpr int kLevels = 2;
  if (const auto file = metadata_in(folder)) return {*file};
  std::vector<fs::path> files, here{folder};
  for (int level = 0; level < kLevels && files.empty(); ++level) {
    std::vector<fs::path> below;
    for (const fs::path& one : here) {
      std::vector<fs::path> entries;
      try {
        entries = entries_of(one);
      } catch (const Error&) {
        if (one == folder) throw;
        continue;  // who reads the pictures says so
      }
      for (const fs::path& entry : entries) {
        std::error_code error;
        if (!fs::is_directory(entry, error)) continue;
        below.push_back(entry);
        if (const auto file = metadata_in(entry)) files.push_back(*file);
      }
    }
    here = std::move(below);
  }
  return files;
}

/// Of tables in folders that are splits, the wanted one; a note if all are read.
void take_split(std::vector<fs::path>& files, const fs::path& folder, DataOptions& options,
                std::vector<std::string>& notes) {
  std::vector<std::string> names;
  for (const fs::path& file : files) names.push_back(file.parent_path().filename().string());
  if (files.size() < 2 || !are_splits(names)) return;
  if (!options.split) {
    notes.push_back(fmt::format("it has splits: {}; all are read together: --split {} reads one",
                                list_splits(names), base::excerpt(names.back())));
    return;
  }
  const auto found = find_split(names, *options.split);
  if (!found) {
    throw Error(fmt::format("{}: --split {} names no part of it: there are {}",
                            base::printable(folder), base::excerpt(*options.split),
                            list_splits(names)));
  }
  files = {files[*found]};
  options.split.reset();
}

}  // namespace

bool is_metadata(const fs::path& file) {
  return file.filename() == "metadata.csv" || file.filename() == "metadata.jsonl";
}

bool has_metadata(const fs::path& folder) { return !metadata_files(folder).empty(); }

DataSet read_metadata_folder(const fs::path& folder, const DataOptions& given) {
  DataOptions options = given;
  TableRows all;
  std::vector<fs::path> files = metadata_files(folder);
  take_split(files, folder, options, all.notes);
  for (const fs::path& file : files) {
    TableRows more = table_rows(file, options);
    all.many |= more.many;
    all.rows.insert(all.rows.end(), more.rows.begin(), more.rows.end());
    all.notes.insert(all.notes.end(), more.notes.begin(), more.notes.end());
  }
  DataSet data = data_of_rows(all, options);
  data.layout = "image folder with metadata";
  data.root = folder;
  if (!given.split) skip_unnamed(data, folder, true, "not named in the folder's metadata file");
  return data;
}

}  // namespace oneormany::data
