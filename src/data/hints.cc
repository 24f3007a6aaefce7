// Names of classes that look like several in one.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/printable.h"
#include "data/data.h"
#include "data/label_cell.h"

namespace oneormany::data {
namespace {

std::string hint(const std::vector<std::string>& names, char separator) {
  constexpr std::size_t kNamed = 3;
  const std::size_t n = std::min(names.size(), kNamed);
  std::vector<std::string> first;
  for (std::size_t i = 0; i < n; ++i) first.push_back(base::excerpt(names[i]));
  return fmt::format(
      "{} like a list: {}{}. If {}, say what parts the labels: --label-delimiter {}",
      base::counted(names.size(), "label looks", "labels look"), fmt::join(first, ", "),
      names.size() > n ? fmt::format(" and {} more", base::grouped(names.size() - n)) : "",
      names.size() == 1 ? "it is one" : "they are",
      separator == ' ' ? std::string("space") : fmt::format("'{}'", separator));
}

/// Names share their parts as only lists do: there are fewer parts than names (of commas, which few
/// names have, no more), or all parts of one are names as well; where the column is called tags,
/// two names with a part in common are enough.
bool share_parts(const std::vector<std::string>& names, char separator, bool plural) {
  const std::set<std::string> whole(names.begin(), names.end());
  std::set<std::string> parts;
  std::size_t occurrences = 0;
  bool made_of_names = false;
  for (const std::string& name : names) {
    const auto own = split_cell(name, separator);
    parts.insert(own.begin(), own.end());
    occurrences += own.size();
    made_of_names |= own.size() > 1 && std::all_of(own.begin(), own.end(), [&](const auto& part) {
                       return whole.contains(part);
                     });
  }
  return made_of_names || parts.size() < names.size() + (separator == ',' ? 1 : 0) ||
         (plural && parts.size() < occurrences);
}

}  // namespace

std::string separator_hint(const DataSet& data) {
  for (const char separator : {'|', ';', ',', ' ', '/', '+', '&'}) {
    std::vector<std::string> lists;
    for (const std::string& name : data.classes) {
      if (split_cell(name, separator).size() > 1) lists.push_back(name);
    }
    const bool sure = separator == '|' || separator == ';';
    if (lists.empty() || (!sure && data.layout == kClassFolders)) continue;
    if (sure || share_parts(data.classes, separator, data.plural_labels)) {
      return hint(lists, separator);
    }
  }
  return "";
}

}  // namespace oneormany::data
