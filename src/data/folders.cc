// A folder of class folders.

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/layouts.h"
#include "data/names.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

const std::set<std::string> kSplitNames = {"train", "training", "val",     "valid", "validation",
                                           "dev",   "test",     "testing", "eval"};

// A table that lies in the folder is what the user may have meant: say so.
std::string hint_at_table(const fs::path& folder) {
  for (const fs::path& entry : entries_of(folder)) {
    const std::string ending = lower(entry.extension().string());
    if (ending == ".csv" || ending == ".tsv" || ending == ".jsonl") {
      return fmt::format("; if the labels are in {}, name that file instead of the folder",
                         base::printable(entry));
    }
  }
  return "";
}

bool has_folders(const fs::path& folder) {
  const auto entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(),
                     [](const fs::path& entry) { return fs::is_directory(entry); });
}

// train/ and test/ full of class folders would pass for two classes, and nobody would notice.
void refuse_splits(const std::vector<fs::path>& class_folders) {
  for (const fs::path& folder : class_folders) {
    if (!kSplitNames.contains(lower(folder.filename().string())) || !has_folders(folder)) return;
  }
  const fs::path& first = class_folders.front();
  throw Error(
      fmt::format("{}: its folders are splits ({}, …), not classes: name one of them, such as {}",
                  base::printable(first.parent_path()), base::printable(first.filename()),
                  base::printable(first)));
}

}  // namespace

DataSet read_class_folders(const fs::path& folder) {
  DataSet data;
  data.root = folder;
  data.layout = "class folders";

  // What lies in the folder itself: class folders, and files that belong to no class.
  Listing beside = list_files(folder, false);
  std::vector<fs::path> class_folders;
  for (const fs::path& entry : entries_of(folder)) {
    std::error_code error;
    if (fs::is_directory(entry, error)) class_folders.push_back(entry);
  }
  if (class_folders.empty()) {
    throw Error(fmt::format(
        "{}: holds {} and no class folders: make a folder for each class and put its pictures in, "
        "or name a CSV file (file,label), or add a metadata.csv or metadata.jsonl (file_name, "
        "label){}",
        base::printable(folder), beside.files.empty() ? "no pictures" : "pictures",
        hint_at_table(folder)));
  }
  refuse_splits(class_folders);
  if (class_folders.size() == 1) {
    throw Error(fmt::format(
        "{}: one class only ({}), and there is nothing to tell it from: add a folder for each "
        "further class{}",
        base::printable(folder), base::printable(class_folders[0].filename()),
        hint_at_table(folder)));
  }
  for (const FoundFile& found : beside.files) {
    data.skipped.push_back({found.file, "lies beside the class folders, not in one"});
  }
  data.skipped.insert(data.skipped.end(), beside.skipped.begin(), beside.skipped.end());

  struct Names {
    FoundFile best;
    std::set<int> labels;
  };
  std::map<FileId, Names> pictures;
  for (const fs::path& class_folder : class_folders) {
    const int label = static_cast<int>(data.classes.size());
    data.classes.push_back(class_folder.filename().string());
    const Listing listing = list_files(class_folder, true);
    if (listing.files.empty()) {
      throw Error(
          fmt::format("{}: a class without a picture: put pictures in, or remove the folder",
                      base::printable(class_folder)));
    }
    const bool class_linked = fs::is_symlink(class_folder);
    for (FoundFile found : listing.files) {
      found.linked = found.linked || class_linked;
      const auto [known, is_new] = pictures.try_emplace(found.id, Names{found, {}});
      Names& names = known->second;
      names.labels.insert(label);
      if (is_new) continue;
      ++data.extra_names;
      if (names.best.linked && !found.linked) names.best = found;
    }
    data.skipped.insert(data.skipped.end(), listing.skipped.begin(), listing.skipped.end());
  }
  for (const auto& [id, names] : pictures) {
    data.pictures.push_back({names.best.file, {names.labels.begin(), names.labels.end()}});
  }
  return data;
}

}  // namespace oneormany::data
