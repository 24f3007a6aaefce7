#include "app/feature_files.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "data/names.h"
#include "data/targets.h"

namespace oneormany::app {
namespace {

void require_same_columns(const data::NumbersF& features, const data::NumbersF& first) {
  if (features.values.cols() != first.values.cols()) {
    const auto count = [](Index n) { return static_cast<std::size_t>(n); };
    throw Error(fmt::format(
        "{}: has {}, but {} has {}: both need the same features", base::printable(features.file),
        base::counted(count(features.values.cols()), "column"), base::printable(first.file),
        base::grouped(count(first.values.cols()))));
  }
  if (features.columns.empty() || first.columns.empty()) return;
  for (std::size_t j = 0; j < first.columns.size(); ++j) {
    if (features.columns[j] == first.columns[j]) continue;
    throw Error(fmt::format(
        "{}: column {} is called {}, but in {} {}: both need the same features, in the same order",
        base::printable(features.file), j + 1, base::excerpt(features.columns[j]),
        base::printable(first.file), base::excerpt(first.columns[j])));
  }
}

/// Another role's features. Throws Error if they are the file of the classes: no row has two roles.
data::NumbersF read_others(const char* option, const std::string& file,
                           const data::NumbersF& first) {
  std::error_code missing;  // of files that are not there reading tells
  if (file == first.file || std::filesystem::equivalent(file, first.file, missing)) {
    throw UsageError(
        fmt::format("{} {} is the file of --features: give features of pictures of "
                    "none of the classes",
                    option, base::printable(file)));
  }
  data::NumbersF others = read_features(file);
  require_features(others, first);
  return others;
}

/// Takes the names that the user gives; of them each needs a row.
void take_names(const FeatureFiles& files, data::TargetRows& rows) {
  rows.of_features = rows.named = true;
  for (const std::string& name : files.names) rows.classes.push_back(data::nfc(name));
  if (std::set(rows.classes.begin(), rows.classes.end()).size() != rows.classes.size()) {
    throw UsageError("--names gives two classes the same name");
  }
}

/// Leaves out the classes that no row has: of numbers not all need be used.
void leave_out_unused(GivenFeatures& given) {
  std::vector<int> index(given.classes.size(), -1);
  for (const auto& own : given.labels) {
    for (const int label : own) index[static_cast<std::size_t>(label)] = 0;
  }
  std::vector<std::string> used;
  for (std::size_t c = 0; c < index.size(); ++c) {
    if (index[c] < 0) continue;
    index[c] = static_cast<int>(used.size());
    used.push_back(std::move(given.classes[c]));
  }
  for (auto& own : given.labels) {
    for (int& label : own) label = index[static_cast<std::size_t>(label)];
  }
  given.classes = std::move(used);
}

}  // namespace

data::NumbersF read_features(const std::string& file) {
  data::NumbersF features = data::read_numbers_f(file);
  if (features.dimensions != 2) {
    throw Error(
        fmt::format("{}: has one dimension; features are a table with a row for each picture: of "
                    "one feature save x.reshape(-1, 1)",
                    base::printable(file)));
  }
  return features;
}

void require_features(const data::NumbersF& features, const data::NumbersF& first) {
  if (&features != &first) require_same_columns(features, first);
  if (features.values.allFinite()) return;
  for (Index i = 0; i < features.values.rows(); ++i) {
    for (Index j = 0; j < features.values.cols(); ++j) {
      if (std::isfinite(features.values(i, j))) continue;
      throw Error(
          fmt::format("{}: {} is no feature (or too large for float32): mend the row, or "
                      "leave it out of all files",
                      features.place(i, j), features.values(i, j)));
    }
  }
}

std::vector<std::filesystem::path> named_files(const data::NumbersInfo& table) {
  std::vector<std::filesystem::path> paths;
  const auto folder = std::filesystem::path(table.file).parent_path();
  for (const std::string& file : table.files) {
    std::error_code error;
    const bool beside = std::filesystem::exists(folder / file, error);
    paths.push_back(beside ? folder / file : std::filesystem::path(file));
  }
  return paths;
}

GivenFeatures read_given_features(const FeatureFiles& files, const data::DataOptions& options) {
  GivenFeatures given;
  given.own = read_features(files.features);
  require_features(given.own, given.own);
  data::TargetRows rows{.file = files.features,
                        .rows = static_cast<std::size_t>(given.own.values.rows()),
                        .classes = {},
                        .files = given.own.files};
  if (files.names.empty()) {
    data::find_classes(files.targets, rows, options);
  } else {
    take_names(files, rows);
  }
  given.labels = data::read_targets(files.targets, rows, options);
  given.classes = rows.classes;
  given.named = rows.named;
  if (!given.named) leave_out_unused(given);
  if (files.groups) given.groups = data::read_groups(*files.groups, rows);
  if (files.background) {
    given.background = read_others("--background-features", *files.background, given.own);
  }
  if (files.unlabelled) {
    given.unlabelled = read_others("--unlabelled-features", *files.unlabelled, given.own);
  }
  if (files.unseen) given.unseen = read_others("--unseen-features", *files.unseen, given.own);
  return given;
}

}  // namespace oneormany::app
