// A folder of class folders.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/error.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/layouts.h"
#include "data/names.h"
#include "data/splits.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

constexpr int kSplitLevels = 3;  // so deep folders are looked for splits

/// Whether a tab is in the first line: a README has none.
bool has_columns(const fs::path& text) {
  constexpr std::size_t kLongest = 10'000;
  std::ifstream in(text, std::ios::binary);
  std::string line(kLongest, '\0');
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(std::min(static_cast<std::size_t>(in.gcount()), line.find('\n')));
  return line.find('\t') != std::string::npos;
}

// A table that lies in the folder is what the user may have meant: say so.
std::optional<fs::path> table_in(const fs::path& folder) {
  for (const fs::path& entry : entries_of(folder)) {
    const std::string ending = lower(entry.extension().string());
    std::error_code error;
    if (!fs::is_regular_file(entry, error)) continue;
    if (ending == ".csv" || ending == ".tsv" || ending == ".jsonl") return entry;
    if (ending == ".txt" && has_columns(entry)) return entry;
  }
  return std::nullopt;
}

std::string hint_at(const std::optional<fs::path>& table) {
  return table ? fmt::format("; if the labels are in {}, name that file instead of the folder",
                             base::printable(*table))
               : "";
}

/// The same before another cure.
std::string unless_in(const std::optional<fs::path>& table) {
  return table
             ? fmt::format("if the labels are in {}, name that file; or ", base::printable(*table))
             : "";
}

std::string hint_at_table(const fs::path& folder) { return hint_at(table_in(folder)); }

/// What stands before the number in a picture's name: cat of cat.12.jpg.
std::string before_number(const fs::path& file) {
  std::string name = file.stem().string();
  const std::size_t digits = name.find_last_not_of("0123456789()");
  if (digits == std::string::npos || digits + 1 == name.size()) return "";
  name.resize(digits + 1);
  name.erase(name.find_last_not_of("._- ") + 1);
  return name;
}

/// What the names of the pictures seem to begin with, as in cat.0.jpg and dog.0.jpg; or none.
std::vector<std::string> classes_in_names(const fs::path& folder) {
  constexpr std::size_t kFewest = 3, kMost = 300;
  static const std::set<std::string> kCameras = {
      "img",  "dsc",     "dscn", "dscf", "pxl", "p",      "image", "pic",       "photo",
      "scan", "picture", "vid",  "gopr", "dji", "images", "frame", "screenshot"};
  std::map<std::string, std::size_t> counts;
  try {
    for (const FoundFile& found : list_files(folder, true).files)
      ++counts[before_number(found.file)];
  } catch (const Error&) {
    return {};
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) {
    if (count < kFewest || name.empty() || kCameras.contains(lower(name))) return {};
    names.push_back(base::excerpt(name));
  }
  if (names.size() < 2 || names.size() > kMost) return {};
  return names;
}

std::string hint_at_names(const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders) {
    const auto names = classes_in_names(folder);
    if (names.empty()) continue;
    return fmt::format(
        "; if the names of the pictures begin with their class ({}), docs/formats.md shows how to "
        "make a table of them",
        base::examples(names));
  }
  return "";
}

bool has_own_pictures(const fs::path& folder) { return holds_files(folder, false, true); }

/// Somewhere in it. What can't be read is taken to have some, so that reading it says why not.
bool has_pictures(const fs::path& folder) {
  try {
    return holds_files(folder, true, true);
  } catch (const Error&) {
    return true;
  }
}

/// The folders in it that hold pictures: beside them people keep annotations and the like.
std::vector<fs::path> picture_folders_in(const fs::path& folder) {
  std::vector<fs::path> folders = folders_of(folder);
  std::erase_if(folders, [](const fs::path& one) { return !has_pictures(one); });
  return folders;
}

/// None if it can't be read, or holds no pictures in folders.
std::vector<fs::path> readable_picture_folders_in(const fs::path& folder) {
  try {
    return picture_folders_in(folder);
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> names_of(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) names.push_back(folder.filename().string());
  return names;
}

/// A table beside the folders, or in one of them.
std::optional<fs::path> table_near(const fs::path& parent, const std::vector<fs::path>& folders) {
  auto table = table_in(parent);
  for (const fs::path& one : folders) {
    if (table) break;
    try {
      table = table_in(one);
    } catch (const Error&) {
      continue;  // who reads its pictures says why not
    }
  }
  return table;
}

/// Whether the folders are splits, by their names and by what is in them. Classes may be called
/// train (there are such pictures) or test, if only pictures are in them and no table lies beside.
bool hold_splits(const fs::path& parent, const std::vector<fs::path>& folders) {
  const auto names = names_of(folders);
  if (folders.empty() || !are_splits(names)) return false;
  const auto says_so = [](const fs::path& one) {
    return split_of(one.filename().string()).has_value();
  };
  const bool all = std::all_of(folders.begin(), folders.end(), says_so);
  const bool none = std::none_of(folders.begin(), folders.end(), says_so);  // flowers_train, …
  const bool deep = std::any_of(folders.begin(), folders.end(), [&](const fs::path& one) {
    return (none || says_so(one)) && !readable_picture_folders_in(one).empty();
  });
  constexpr std::size_t kMany = 3;
  return deep || (all && (folders.size() >= kMany || table_near(parent, folders) ||
                          !hint_at_names(folders).empty()));
}

/// What is read: classes and their folders, by name.
struct Classes {
  std::map<std::string, std::vector<fs::path>> folders;
  bool splits_within = false;        ///< the folders of a class are splits
  std::optional<std::string> split;  ///< of these, the one to read
  std::vector<fs::path> beside;      ///< folders whose own files belong to no class
  std::vector<std::string> notes;
};

[[noreturn]] void no_split(const fs::path& folder, const std::string& wanted,
                           const std::vector<std::string>& there) {
  throw Error(fmt::format(
      "{}: --split {} names no part of it: {}", base::printable(folder), base::excerpt(wanted),
      there.empty() ? "no folders in its first three levels are called like splits"
                    : "there are " + list_splits(there)));
}

bool is_called(const fs::path& folder, const char* name) {
  return lower(folder.filename().string()) == name;
}

/// Whether it holds .txt files and no pictures, or folders (splits) of such.
bool holds_texts_only(const fs::path& folder) {
  try {
    const Listing listing = list_files(folder, true);
    return listing.files.empty() &&
           std::any_of(listing.skipped.begin(), listing.skipped.end(), [](const Skip& skip) {
             return lower(skip.file.extension().string()) == ".txt";
           });
  } catch (const Error&) {
    return false;
  }
}

/// Whether it holds pictures and no class folders, in splits or not.
bool has_no_classes(const fs::path& folder) {
  const auto folders = readable_picture_folders_in(folder);
  return folders.empty() || (are_splits(names_of(folders)) &&
                             std::all_of(folders.begin(), folders.end(), [](const fs::path& one) {
                               return readable_picture_folders_in(one).empty();
                             }));
}

/// Boxes of YOLO: images/ without classes beside labels/*.txt, in the folder or in each split.
bool holds_boxes(const fs::path& folder) {
  const auto has = [](const fs::path& parent) {
    bool images = false, labels = false;
    for (const fs::path& one : folders_of(parent)) {
      images = images || (is_called(one, "images") && has_no_classes(one));
      labels = labels || (is_called(one, "labels") && holds_texts_only(one));
    }
    return images && labels;
  };
  const std::vector<fs::path> folders = folders_of(folder);
  return has(folder) || std::any_of(folders.begin(), folders.end(), [&](const fs::path& one) {
           return split_of(one.filename().string()) && has(one);
         });
}

[[noreturn]] void told_as_splits(const fs::path& root, const fs::path& parent,
                                 const std::vector<fs::path>& splits) {
  const auto names = names_of(splits);
  const std::string where =
      root == parent ? "its folders" : "the folders in " + base::printable(parent);
  const auto is_flat = [](const fs::path& one) { return readable_picture_folders_in(one).empty(); };
  if (std::all_of(splits.begin(), splits.end(), is_flat)) {
    throw Error(fmt::format(
        "{}: {} are splits, not classes: {}; they hold pictures and no class folders: {}give "
        "the labels in a table (file,label){}",
        base::printable(root), where, list_splits(names), unless_in(table_near(parent, splits)),
        hint_at_names(splits)));
  }
  const auto train = std::find_if(names.begin(), names.end(), [](const std::string& one) {
    return find_split({one}, "train").has_value();
  });
  const std::size_t first =
      train == names.end() ? 0 : static_cast<std::size_t>(train - names.begin());
  // One with labels to judge on.
  const auto test = std::find_if(splits.begin(), splits.end(), [&](const fs::path& one) {
    return &one != &splits[first] && !is_flat(one);
  });
  const std::string judge = train == names.end() || test == splits.end()
                                ? ""
                                : fmt::format(" (and to judge on another, compare --test-split {})",
                                              base::excerpt(test->filename().string()));
  // Together, a split without class folders would become a class.
  const bool together = std::none_of(splits.begin(), splits.end(), is_flat);
  throw Error(fmt::format(
      "{}: {} are splits, not classes: {}; say --split {}{}, or name one of them, such as {}{}{}",
      base::printable(root), where, list_splits(names), base::excerpt(names[first]), judge,
      base::printable(splits[first]),
      together ? "; or say --class-level 2 to read them all together" : "", hint_at_table(parent)));
}

class FindClasses {
 public:
  FindClasses(const fs::path& root, const DataOptions& options) : root_(root), options_(options) {}

  Classes find() {
    if (holds_boxes(root_)) {
      throw Error(fmt::format(
          "{}: looks like YOLO's boxes (images beside labels/*.txt): make a table file,labels of "
          "their classes, as docs/formats.md shows, and name it",
          base::printable(root_)));
    }
    descend(root_, 0);
    if (options_.split && !split_found_) no_split(root_, *options_.split, {});
    return std::move(classes_);
  }

 private:
  /// Follows splits and folders that hold but one folder, to where the class folders are.
  void descend(const fs::path& folder, int level) {
    const std::vector<fs::path> folders = picture_folders_in(folder);
    // Who names a level of classes wants the splits above it read together.
    const bool told = options_.split || options_.class_level == 1;
    if (told && level < kSplitLevels && hold_splits(folder, folders)) {
      const auto names = names_of(folders);
      if (options_.split) {
        const auto chosen = find_split(names, *options_.split);
        if (chosen) {
          split_found_ = true;
          return descend(folders[*chosen], level + 1);
        }
        if (!split_found_) no_split(root_, *options_.split, names);
      }
      if (folders.size() > 1 || !options_.split) {
        // seg_train/seg_train: the same said twice.
        if (folders.size() == 1 && split_of(folder.filename().string()) == split_of(names[0])) {
          return descend(folders[0], level + 1);
        }
        told_as_splits(root_, folder, folders);
      }
    }
    if (level < kSplitLevels && folders.size() == 1 && !has_own_pictures(folder) &&
        !may_be_a_class(folders[0]) && !has_empty_folder(folder)) {
      if (!split_of(names_of(folders)[0])) through_ = folders[0];
      return descend(folders[0], level + 1);
    }
    if (!through_.empty() && folders.size() > 1) {
      classes_.notes.push_back(
          fmt::format("the class folders are those in {}", base::printable(folder)));
    }
    take(folder, level);
  }

  /// With pictures of its own, or nothing but them.
  static bool may_be_a_class(const fs::path& folder) {
    try {
      return has_own_pictures(folder) || picture_folders_in(folder).empty();
    } catch (const Error&) {
      return true;
    }
  }

  /// An empty folder beside the only full one is a class that lacks its pictures.
  static bool has_empty_folder(const fs::path& folder) {
    const auto folders = folders_of(folder);
    return std::any_of(folders.begin(), folders.end(), [](const fs::path& one) {
      return !has_pictures(one) && !holds_files(one, true, false);
    });
  }

  void take(const fs::path& folder, int level) {
    require_class_folders(folder);
    std::vector<fs::path> folders = folders_of(folder);
    leave_out_flat_splits(folder, folders);
    look_for_splits_within(folder, folders, level);
    add_level(folder, folders, 1);
    note_nested(folders);
  }

  /// Splits that are read together: one without class folders would become a class.
  void leave_out_flat_splits(const fs::path& folder, std::vector<fs::path>& folders) {
    const auto with_pictures = readable_picture_folders_in(folder);
    if (options_.class_level == 1 || !hold_splits(folder, with_pictures)) return;
    const auto is_flat = [&](const fs::path& one) {
      const bool has_some =
          std::find(with_pictures.begin(), with_pictures.end(), one) != with_pictures.end();
      return has_some && readable_picture_folders_in(one).empty();
    };
    if (std::all_of(with_pictures.begin(), with_pictures.end(), is_flat)) return;
    std::vector<std::string> left_out;
    std::erase_if(folders, [&](const fs::path& one) {
      if (!is_flat(one)) return false;
      left_out.push_back(
          fmt::format("{} ({})", base::excerpt(one.filename().string()),
                      base::counted(list_files(one, false).files.size(), "picture")));
      return true;
    });
    if (left_out.empty()) return;
    classes_.notes.push_back(fmt::format("left out, for no class folders are in {}: {}",
                                         left_out.size() == 1 ? "it" : "them",
                                         fmt::join(left_out, ", ")));
  }

  [[noreturn]] void no_class_folders(const fs::path& folder) const {
    const std::string holds = has_own_pictures(folder) ? "pictures" : "no pictures";
    if (split_found_) {
      throw Error(
          fmt::format("{}: this split holds {} and no class folders, so nothing says their labels: "
                      "name another split, or give the labels in a table (file,label)",
                      base::printable(folder), holds));
    }
    throw Error(fmt::format(
        "{}: holds {} and no class folders: {}make a folder for each class and put its pictures "
        "in, or name a CSV file (file,label), or add a metadata.csv or metadata.jsonl "
        "(file_name, label){}",
        base::printable(folder), holds, unless_in(table_in(folder)), hint_at_names({folder})));
  }

  void require_class_folders(const fs::path& folder) {
    const std::vector<fs::path> folders = folders_of(folder);
    if (folders.empty()) no_class_folders(folder);
    const std::vector<fs::path> with_pictures = readable_picture_folders_in(folder);
    if (with_pictures.size() != 1 || has_empty_folder(folder)) return;
    std::vector<std::string> others;  // of annotations, say
    for (const fs::path& one : folders) {
      if (one != with_pictures[0]) others.push_back(base::printable(one.filename()));
    }
    if (options_.one_class && others.empty() && !table_in(folder) &&
        hint_at_names(with_pictures).empty()) {
      return;
    }
    throw Error(fmt::format(
        "{}: one class only ({}), and there is nothing to tell it from{}: {}add a folder for each "
        "further class{}{}",
        base::printable(folder), base::printable(with_pictures[0].filename()),
        others.empty() ? "" : fmt::format(" ({} without pictures)", base::examples(others)),
        unless_in(table_in(folder)), options_.one_class ? "" : ", or background (--background)",
        (others.empty() ? "" : ", or give the labels in a table (file,label)") +
            hint_at_names(with_pictures)));
  }

  /// cat/train, cat/test: the classes are on top. a/train/cat, b/train/cat: who knows.
  void look_for_splits_within(const fs::path& folder, const std::vector<fs::path>& folders,
                              int level) {
    if (level + 1 >= kSplitLevels) return;
    std::set<std::string> names;
    std::optional<std::pair<fs::path, fs::path>> deeper;  // of a class and a split with folders
    for (const fs::path& one : folders) {
      for (const fs::path& split : splits_of_class(one)) {
        names.insert(split.filename().string());
        const bool better = !deeper || (find_split({split.filename().string()}, "train") &&
                                        !find_split({deeper->second.filename().string()}, "train"));
        if (better && !readable_picture_folders_in(split).empty()) deeper = {one, split};
      }
    }
    if (options_.class_level > 1 && !options_.split) return;
    if (names.size() < 2) return;  // a lone folder called test may be anything
    if (deeper) {
      throw Error(fmt::format(
          "{}: its folders hold splits of their own ({}): name one of them, such as {}, with "
          "--split {}",
          base::printable(folder), list_splits({names.begin(), names.end()}),
          base::printable(deeper->first), base::excerpt(deeper->second.filename().string())));
    }
    const std::vector<std::string> list(names.begin(), names.end());
    classes_.splits_within = true;
    if (options_.split && !split_found_) {
      const auto chosen = find_split(list, *options_.split);
      if (!chosen) no_split(root_, *options_.split, list);
      classes_.split = list[*chosen];
      split_found_ = true;
    } else {
      classes_.notes.push_back(fmt::format(
          "within the class folders are splits: {}; all are read together: --split {} reads one",
          list_splits(list), base::excerpt(list.back())));
    }
  }

  static std::vector<fs::path> splits_of_class(const fs::path& folder) {
    std::vector<fs::path> folders = readable_picture_folders_in(folder);
    if (folders.empty() || !are_splits(names_of(folders))) folders.clear();
    return folders;
  }

  /// Adds the class folders of `folder`: its folders, or at a deeper level theirs.
  void add_level(const fs::path& folder, const std::vector<fs::path>& folders, int level) {
    classes_.beside.push_back(folder);
    above_.push_back(file_id(folder));
    for (const fs::path& one : folders) {
      // A link back to a folder above it would never end.
      if (std::find(above_.begin(), above_.end(), file_id(one)) != above_.end()) continue;
      auto deeper =
          level < options_.class_level ? picture_folders_in(one) : std::vector<fs::path>();
      leave_out_flat_splits(one, deeper);
      if (!deeper.empty()) {
        add_level(one, deeper, level + 1);
      } else {
        classes_.folders[nfc(one.filename().string())].push_back(one);
      }
    }
    above_.pop_back();
    if (level > 1) return;
    std::vector<std::string> merged;
    for (const auto& [name, same] : classes_.folders) {
      if (same.size() > 1)
        merged.push_back(fmt::format("{} ({})", base::excerpt(name), same.size()));
    }
    if (merged.empty()) return;
    classes_.notes.push_back(
        fmt::format("folders of the same name are one class: {}",
                    base::excerpt(fmt::format("{}", fmt::join(merged, ", ")), 200)));
  }

  /// The pictures of deeper folders count as the class on top: that may not be what is meant.
  void note_nested(const std::vector<fs::path>& folders) {
    if (options_.class_level > 1 || classes_.splits_within) return;
    std::size_t nested = 0;
    int level = 0;
    std::string example;
    for (const fs::path& one : folders) {
      const Inner inner = inner_folders(one);
      if (inner.folders.empty()) continue;
      if (nested++ > 0) continue;
      level = inner.level;
      const std::size_t shown = std::min<std::size_t>(inner.folders.size(), 3);
      std::vector<std::string> names = names_of(inner.folders);
      names.resize(shown);
      for (std::string& name : names) name = base::excerpt(name, 40);
      example = fmt::format("{} ({}{})", base::printable(one.filename()), fmt::join(names, ", "),
                            shown < inner.folders.size() ? ", …" : "");
    }
    if (nested == 0) return;
    classes_.notes.push_back(fmt::format(
        "{} folders of {} own: {}{}; their pictures count as the class on top: "
        "--class-level {} makes each inner folder a class",
        base::counted(nested, "class folder has", "class folders have"),
        nested == 1 ? "its" : "their", example, nested > 1 ? " and others" : "", level));
  }

  /// The first folders in a class folder that are more than one, and at which level; or none.
  struct Inner {
    std::vector<fs::path> folders;
    int level = 1;
  };
  static Inner inner_folders(fs::path folder) {
    Inner inner;
    constexpr int kDeepest = 4;
    for (inner.level = 2; inner.level <= kDeepest; ++inner.level) {
      inner.folders = readable_picture_folders_in(folder);
      if (inner.folders.size() != 1) return inner;
      folder = inner.folders[0];
    }
    return {};
  }

  const fs::path& root_;
  const DataOptions& options_;
  Classes classes_;
  bool split_found_ = false;
  std::vector<FileId> above_;  ///< the folders that add_level() is in
  fs::path through_;           ///< a folder that held nothing but one folder
};

/// "3 files of other kinds (.json, .xml)"
std::string other_files(std::span<const Skip> skipped) {
  std::set<std::string> endings;
  for (const Skip& skip : skipped) endings.insert(base::printable(skip.file.extension()));
  return fmt::format("{} of other kinds ({})", base::counted(skipped.size(), "file"),
                     base::examples({endings.begin(), endings.end()}));
}

/// Whether the picture belongs to the wanted split of its class.
bool is_of_split(const fs::path& file, const fs::path& class_folder, const std::string& split) {
  const fs::path inside = file.lexically_relative(class_folder);
  return std::next(inside.begin()) != inside.end() && find_split({inside.begin()->string()}, split);
}

}  // namespace

bool has_class_folders(const fs::path& folder) {
  return readable_picture_folders_in(folder).size() > 1;
}

DataSet read_class_folders(const fs::path& folder, const DataOptions& options) {
  DataSet data;
  data.root = folder;
  data.layout = kClassFolders;
  Classes classes = FindClasses(folder, options).find();
  data.notes = std::move(classes.notes);

  // Files that belong to no class.
  for (const fs::path& parent : classes.beside) {
    Listing beside = list_files(parent, false);
    for (const FoundFile& found : beside.files) {
      data.skipped.push_back({found.file, "lies beside the class folders, not in one"});
    }
    data.skipped.insert(data.skipped.end(), beside.skipped.begin(), beside.skipped.end());
  }

  struct Names {
    FoundFile best;
    std::set<int> labels;
  };
  std::map<FileId, Names> pictures;
  for (const auto& [name, folders] : classes.folders) {
    const int label = static_cast<int>(data.classes.size());
    data.classes.push_back(name);
    std::size_t found_any = 0;
    const std::size_t skips_before = data.skipped.size();
    for (const fs::path& class_folder : folders) {
      const Listing listing = list_files(class_folder, true);
      std::error_code error;
      const bool class_linked = fs::is_symlink(class_folder, error);
      for (FoundFile found : listing.files) {
        if (classes.split && !is_of_split(found.file, class_folder, *classes.split)) continue;
        ++found_any;
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
    // Of those that `predict --move-to` makes people take pictures out.
    if (found_any == 0 && (lower(name) == kNoneOfThese || name.find(" + ") != std::string::npos)) {
      data.classes.pop_back();
      continue;
    }
    if (found_any == 0) {
      const std::span others = std::span(data.skipped).subspan(skips_before);
      const bool split = classes.split.has_value();
      throw Error(fmt::format(
          "{}: a class without a picture{}{}: {}", base::printable(folders[0]),
          split ? " in its " + base::excerpt(*classes.split) : "",
          others.empty() || split ? "" : ", but " + other_files(others),
          others.empty() || split
              ? "put pictures in, or remove the folder"
              : "if it is no class, move the folder to where the class folders are not"));
    }
  }
  for (const auto& [id, names] : pictures) {
    data.pictures.push_back({names.best.file, {names.labels.begin(), names.labels.end()}});
  }
  // Two classes that are called like splits: hardly, but there is no other way to read them.
  if (options.class_level == 1 && are_splits(data.classes)) {
    data.notes.push_back(fmt::format(
        "its folders are called like splits ({}), but hold pictures and no folders: they are taken "
        "for the classes; if they are splits, give the labels in a table (file,label)",
        list_splits(data.classes)));
  }
  return data;
}

}  // namespace oneormany::data
