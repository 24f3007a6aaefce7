#include "app/test_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/printable.h"

namespace oneormany::app {

TestSet known_labels(const Pictures& pictures, const data::DataSet& data,
                     const std::vector<std::string>& classes, bool one_class,
                     const std::string& noun, evaluate::DataSummary& summary) {
  std::map<std::string, int> known;
  for (const std::string& one : classes) known.emplace(one, static_cast<int>(known.size()));
  std::map<std::filesystem::path, const std::vector<int>*> labels_of_file;
  for (const data::Picture& picture : data.pictures) labels_of_file[picture.file] = &picture.labels;
  TestSet test;
  std::set<std::string> unknown;
  std::size_t of_unknown = 0, none = 0, several = 0;
  std::vector<Index> rows;
  for (std::size_t i = 0; i < pictures.files.size(); ++i) {
    const std::vector<int>& given = *labels_of_file.at(pictures.files[i]);
    std::vector<int> labels;
    for (const int label : given) {
      const std::string& one = data.classes[static_cast<std::size_t>(label)];
      const auto found = known.find(one);
      if (found == known.end()) {
        unknown.insert(one);
      } else {
        labels.push_back(found->second);
      }
    }
    std::sort(labels.begin(), labels.end());
    if (one_class && (given.size() != 1 || labels.size() != 1)) {
      ++(given.empty() ? none : given.size() > 1 ? several : of_unknown);
      continue;
    }
    rows.push_back(static_cast<Index>(i));
    test.labels.push_back(std::move(labels));
  }
  const std::vector<std::string> others(unknown.begin(), unknown.end());
  if (one_class) {
    note(summary, none, noun,
         "without a label left out: give pictures of none of the classes with --unseen");
    note(summary, several, noun, "with several labels left out: each that is trained on has one");
    if (of_unknown > 0) {
      note(summary, of_unknown, noun,
           "left out, of classes that aren't trained on: " + first_names(others));
    }
  } else if (!others.empty()) {
    summary.notes.push_back(fmt::format(
        "{} of the {}s that {} trained on left out: {}", base::counted(others.size(), "label"),
        noun, others.size() == 1 ? "isn't" : "aren't", first_names(others)));
  }
  test.pictures = keep(pictures, rows);
  return test;
}

}  // namespace oneormany::app
