#include "data/data.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/layouts.h"
#include "data/names.h"
#include "data/table.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

DataSet read_layout(const fs::path& path, const DataOptions& options) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    if (!has_metadata(path)) return read_class_folders(path, options);
    try {
      return read_metadata_folder(path, options);
    } catch (const NoLabels&) {
      if (options.label_column || !has_class_folders(path)) throw;
      DataSet data = read_class_folders(path, options);
      // It was read, and is no picture that somebody misses.
      std::erase_if(data.skipped, [](const Skip& skip) { return is_metadata(skip.file); });
      data.notes.push_back("the folders are the classes, for the metadata says nothing of labels");
      return data;
    }
  }
  if (!fs::is_regular_file(path, error) || ending_of(path) == Ending::kPicture) {
    throw Error(
        fmt::format("{}: isn't a data set: name a folder of class folders, a CSV file, or a "
                    "folder with metadata.csv or metadata.jsonl",
                    base::printable(path)));
  }
  return read_table_file(path, options);
}

void require_something_to_learn(const DataSet& data, bool one_class) {
  if (data.pictures.empty())
    throw Error(fmt::format("{}: names no picture", base::printable(data.root)));
  if (data.classes.empty()) {
    throw Error(fmt::format("{}: no picture carries a label: fill in the labels",
                            base::printable(data.root)));
  }
  const bool all_labelled =
      std::none_of(data.pictures.begin(), data.pictures.end(),
                   [](const Picture& picture) { return picture.labels.empty(); });
  if (data.classes.size() == 1 && all_labelled && !one_class) {
    throw Error(fmt::format(
        "{}: one class only ({}), and there is nothing to tell it from: add pictures of further "
        "classes, pictures without a label, or background (--background)",
        base::printable(data.root), base::excerpt(data.classes[0])));
  }
}

}  // namespace

namespace {

/// A class that says that there is none becomes no label: the folder that `predict --move-to`
/// makes, and what people write into a table of predictions. files: gets the pictures.
void take_none_class(DataSet& data, std::set<fs::path>& files) {
  const auto says_none = [&data](const std::string& name) {
    const std::string low = lower(name);
    return low == kNoneOfThese || (data.predictions && (low == "none" || low == "-"));
  };
  std::vector<int> numbers;  // new ones; −1: none
  std::vector<std::string> classes;
  for (const std::string& name : data.classes) {
    numbers.push_back(says_none(name) ? -1 : static_cast<int>(classes.size()));
    if (!says_none(name)) classes.push_back(name);
  }
  if (classes.size() == data.classes.size()) return;
  for (Picture& picture : data.pictures) {
    std::vector<int> labels;
    for (const int label : picture.labels) {
      const int number = numbers[static_cast<std::size_t>(label)];
      if (number >= 0) labels.push_back(number);
    }
    if (labels.size() < picture.labels.size()) files.insert(picture.file);
    picture.labels = std::move(labels);
  }
  data.classes = std::move(classes);
}

/// What `predict --move-to` makes of a label that can't be a folder's name: %2F is a slash.
std::string without_percents(const std::string& name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    unsigned byte = 0;
    const char* const end = name.data() + std::min(i + 3, name.size());
    const bool is_code = name[i] == '%' && name.data() + i + 3 == end &&
                         std::from_chars(name.data() + i + 1, end, byte, 16).ptr == end;
    text += is_code ? static_cast<char>(byte) : name[i];
    if (is_code) i += 2;
  }
  return text;
}

/// The folder "a + b" that `predict --move-to` makes is of both labels, if one of them is known: by
/// a folder or another such folder, or from `known`. So is a%2Fb the label a/b, if that is known.
void take_several_labels(DataSet& data, const std::vector<std::string>& known) {
  constexpr std::string_view kPlus = " + ";
  if (data.layout != kClassFolders) return;
  std::map<std::string, int> times;
  for (const std::string& name : known) ++times[name];
  std::vector<std::vector<std::string>> parts_of;
  for (const std::string& name : data.classes) {
    std::vector<std::string>& parts = parts_of.emplace_back();
    for (std::size_t begin = 0; begin <= name.size();) {
      const std::size_t end = std::min(name.find(kPlus, begin), name.size());
      const std::string part = name.substr(begin, end - begin), label = without_percents(part);
      const bool is_known = std::find(known.begin(), known.end(), label) != known.end();
      parts.push_back(is_known ? label : part);
      begin = end + kPlus.size();
    }
    for (const std::string& part : std::set<std::string>(parts.begin(), parts.end())) ++times[part];
  }
  std::set<std::string> names;
  std::size_t pictures = 0;
  std::string example;
  for (std::size_t c = 0; c < parts_of.size(); ++c) {
    std::vector<std::string>& parts = parts_of[c];
    const bool several = std::any_of(parts.begin(), parts.end(),
                                     [&](const std::string& part) { return times.at(part) > 1; });
    const bool empty = std::find(parts.begin(), parts.end(), "") != parts.end();
    if (parts.size() > 1 && (!several || empty)) parts = {data.classes[c]};
    names.insert(parts.begin(), parts.end());
    if (parts.size() > 1 && example.empty()) example = data.classes[c];
  }
  for (Picture& picture : data.pictures) {
    std::set<int> labels;
    bool several = false;
    for (const int label : picture.labels) {
      const auto& parts = parts_of[static_cast<std::size_t>(label)];
      several |= parts.size() > 1;
      for (const std::string& part : parts) {
        labels.insert(static_cast<int>(std::distance(names.begin(), names.find(part))));
      }
    }
    picture.labels.assign(labels.begin(), labels.end());
    pictures += several;
  }
  data.classes.assign(names.begin(), names.end());
  if (pictures == 0) return;
  data.notes.push_back(fmt::format("{} in folders of several labels, such as {}",
                                   base::counted(pictures, "picture"), base::excerpt(example)));
}

/// Sorted, but whether there is anything to learn is not asked. known: labels of sources before it.
/// none: gets the pictures that it says are of none of the classes.
DataSet read_source(const fs::path& path, const DataOptions& options,
                    const std::vector<std::string>& known, std::set<fs::path>& none) {
  std::error_code error;
  if (const fs::file_status status = fs::status(path, error); !fs::exists(status)) {
    throw Error(fmt::format("{}: {}: name a folder of class folders, or a CSV file",
                            base::printable(path), why_not_there(status, error)));
  }
  if (options.pictures && !fs::is_directory(*options.pictures, error)) {
    throw Error(fmt::format("{}: isn't a folder: --pictures is where the files of the table are",
                            base::printable(*options.pictures)));
  }
  DataSet data = read_layout(path, options);
  std::sort(data.pictures.begin(), data.pictures.end(),
            [](const Picture& a, const Picture& b) { return a.file.native() < b.file.native(); });
  sort_by_name(data.skipped);
  take_several_labels(data, known);
  take_none_class(data, none);
  for (const Picture& picture : data.pictures) {
    // Behind other sources a picture without a label is a correction, whatever columns are left.
    const bool corrects = data.predictions || !known.empty();
    if (corrects && picture.labels.empty()) none.insert(picture.file);
  }
  return data;
}

/// A label of a few corrected rows that is nearly a class of before is a slip of the pen.
void require_no_slip(const DataSet& more, const DataSet& all) {
  constexpr std::ptrdiff_t kFew = 3;
  if (!more.predictions) return;
  for (std::size_t c = 0; c < more.classes.size(); ++c) {
    const std::string& name = more.classes[c];
    if (std::find(all.classes.begin(), all.classes.end(), name) != all.classes.end()) continue;
    const auto carries = [c](const Picture& picture) {
      return std::count(picture.labels.begin(), picture.labels.end(), static_cast<int>(c)) > 0;
    };
    const std::vector<std::string> meant = base::likely(name, all.classes);
    if (meant.empty() ||
        std::count_if(more.pictures.begin(), more.pictures.end(), carries) > kFew) {
      continue;
    }
    const auto first = std::find_if(more.pictures.begin(), more.pictures.end(), carries);
    throw Error(fmt::format("{}: {} is '{}', which is no class of {}{}", base::printable(more.root),
                            base::printable(first->file), base::excerpt(name),
                            base::printable(all.root), base::did_you_mean(meant)));
  }
}

/// Adds a source; its labels are those that count.
void add_source(DataSet more, DataSet& all) {
  std::map<std::string, int> numbers;
  for (const auto* names : {&all.classes, &more.classes}) {
    for (const std::string& name : *names) numbers.emplace(name, 0);
  }
  std::vector<std::string> classes;
  for (auto& [name, number] : numbers) {
    number = static_cast<int>(classes.size());
    classes.push_back(name);
  }
  std::map<FileId, Picture> pictures;
  std::size_t replaced = 0;
  for (DataSet* const set : {&all, &more}) {
    for (Picture& picture : set->pictures) {
      for (int& label : picture.labels) {
        label = numbers.at(set->classes[static_cast<std::size_t>(label)]);
      }
      const auto [known, is_new] = pictures.try_emplace(file_id(picture.file), picture);
      if (is_new) continue;
      replaced += known->second.labels != picture.labels;
      known->second.labels = std::move(picture.labels);
    }
  }
  all.classes = std::move(classes);
  all.pictures.clear();
  for (auto& [id, picture] : pictures) all.pictures.push_back(std::move(picture));
  std::sort(all.pictures.begin(), all.pictures.end(),
            [](const Picture& a, const Picture& b) { return a.file.native() < b.file.native(); });
  all.skipped.insert(all.skipped.end(), more.skipped.begin(), more.skipped.end());
  sort_by_name(all.skipped);
  all.extra_names += more.extra_names;
  all.plural_labels |= more.plural_labels;
  for (const std::string& note : more.notes) {
    all.notes.push_back(base::printable(more.root) + ": " + note);
  }
  if (replaced > 0) {
    all.notes.push_back(fmt::format("{} in several sources: the labels of {} count",
                                    base::counted(replaced, "picture"),
                                    base::printable(more.root)));
  }
}

/// Takes the pictures out that are said to be of none of the classes. files: which these are.
void take_none(const std::set<fs::path>& files, DataSet& data) {
  const bool one_each =
      std::all_of(data.pictures.begin(), data.pictures.end(), [&](const Picture& picture) {
        return picture.labels.size() == 1 ||
               (picture.labels.empty() && files.contains(picture.file));
      });
  if (!one_each) return;
  std::erase_if(data.pictures, [&](const Picture& picture) {
    if (!picture.labels.empty()) return false;
    data.none.push_back(picture.file);
    return true;
  });
  if (data.none.empty()) return;
  data.notes.push_back(fmt::format("{} {} none of these, by what you give",
                                   base::counted(data.none.size(), "picture"),
                                   data.none.size() == 1 ? "is" : "are"));
}

}  // namespace

DataSet read_data(const fs::path& path, const DataOptions& options) {
  std::set<fs::path> none;
  DataSet data = read_source(path, options, {}, none);
  require_something_to_learn(data, options.one_class);
  return data;
}

DataSet read_data(const std::vector<fs::path>& sources, const DataOptions& options) {
  std::set<fs::path> none;
  DataSet all = read_source(sources.at(0), options, {}, none);
  for (std::size_t i = 1; i < sources.size(); ++i) {
    DataSet more = read_source(sources[i], options, all.classes, none);
    require_no_slip(more, all);
    add_source(std::move(more), all);
  }
  take_none(none, all);
  require_something_to_learn(all, options.one_class || !all.none.empty());
  return all;
}

void refuse_skips(const std::vector<Skip>& skipped) {
  constexpr std::size_t kNamed = 3;
  if (skipped.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(skipped.size(), kNamed); ++i) {
    names += fmt::format("{}{} ({})", i > 0 ? "; " : "", base::printable(skipped[i].file),
                         skipped[i].why);
  }
  if (skipped.size() > kNamed) names += fmt::format("; and {} more", skipped.size() - kNamed);
  throw Error(fmt::format("--strict: {} can't be used: {}",
                          skipped.size() == 1 ? "a file" : fmt::format("{} files", skipped.size()),
                          names));
}

Problem problem_of(const std::vector<std::vector<int>>& labels) {
  const bool one_each = std::all_of(labels.begin(), labels.end(),
                                    [](const std::vector<int>& own) { return own.size() == 1; });
  return one_each ? Problem::kOneClass : Problem::kMultiLabel;
}

Problem problem_of(const DataSet& data) {
  std::vector<std::vector<int>> labels;
  for (const Picture& picture : data.pictures) labels.push_back(picture.labels);
  return problem_of(labels);
}

}  // namespace oneormany::data
