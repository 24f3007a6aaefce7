#include "app/inspect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

#include "app/suspicious.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/duplicates.h"
#include "data/files.h"
#include "data/folds.h"
#include "data/names.h"
#include "image/image.h"

namespace oneormany::app {
namespace {

constexpr int kUsualFolds = 5;          // what compare does unless told otherwise
constexpr double kImbalance = 5;        // from here on accuracy says little
constexpr std::size_t kException = 50;  // one picture in so many may be a slip

// "a, b, c and 4 more"
// The pictures that could be read: everything else is about these.
struct Readable {
  std::vector<data::Picture> pictures;
  std::vector<std::vector<int>> labels;
  std::vector<int> groups;
};

Readable readable(const data::DataSet& data, const features::FeatureSet& decoded) {
  Readable result;
  std::vector<base::Sha256> pixels;
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    if (!decoded.usable[i]) continue;
    result.pictures.push_back(data.pictures[i]);
    result.labels.push_back(data.pictures[i].labels);
    pixels.push_back(decoded.pixels[i]);
  }
  result.groups = data::groups_of(pixels);
  return result;
}

std::vector<DuplicateGroup> duplicate_groups(const data::DataSet& data, const Readable& readable) {
  std::map<int, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < readable.groups.size(); ++i) {
    members[readable.groups[i]].push_back(i);
  }
  std::vector<DuplicateGroup> groups;
  for (const auto& [number, pictures] : members) {
    if (pictures.size() < 2) continue;
    DuplicateGroup group;
    for (const std::size_t i : pictures) {
      DuplicateGroup::Copy copy{readable.pictures[i].file, {}};
      for (const int label : readable.labels[i]) copy.labels.push_back(data.classes[label]);
      group.copies.push_back(std::move(copy));
      group.conflicting |= readable.labels[i] != readable.labels[pictures[0]];
    }
    groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const DuplicateGroup& a, const DuplicateGroup& b) {
                     return a.conflicting > b.conflicting;
                   });
  return groups;
}

std::size_t number_with(const Inspection& inspection, int fewest, int most) {
  std::size_t sum = 0;
  for (const auto& [labels, pictures] : inspection.labels_per_picture) {
    if (labels >= fewest && labels <= most) sum += pictures;
  }
  return sum;
}

/// Which pictures don't carry exactly one label: "2 pictures carry several labels and 1 carries
/// none".
std::string exceptions(const Inspection& inspection) {
  const std::size_t none = number_with(inspection, 0, 0);
  const std::size_t several = number_with(inspection, 2, std::numeric_limits<int>::max());
  if (several == 0) {
    return base::counted(none, "picture carries no label", "pictures carry no label");
  }
  std::string text =
      base::counted(several, "picture carries several labels", "pictures carry several labels");
  if (none > 0) text += " and " + base::counted(none, "carries none", "carry none");
  return text;
}

std::string why(const Inspection& inspection) {
  if (inspection.problem == data::Problem::kOneClass && inspection.classes.size() == 1) {
    return "Every picture carries the same label, so only background tells what it is not, and of "
           "one class softmax says 1, always; `oneormany compare` brings background, or takes "
           "yours.";
  }
  if (inspection.problem == data::Problem::kOneClass) {
    return "Every picture carries exactly one label. Such a model always names a class, even for a "
           "picture of none of them; `oneormany compare` shows how it can say “none of these”.";
  }
  const std::string reason =
      number_with(inspection, 1, 1) == inspection.pictures
          ? "There is only one label, and of one class softmax says 1, always"
          : exceptions(inspection) + "; softmax needs exactly one";
  return reason + ". Each label is a yes-or-no question of its own, which a sigmoid answers.";
}

void warn_of_exceptions(const Readable& readable, Inspection& inspection) {
  std::vector<std::string> names;
  for (const data::Picture& picture : readable.pictures) {
    if (picture.labels.size() != 1) names.push_back(base::printable(picture.file));
  }
  if (names.empty() || names.size() * kException > readable.pictures.size()) return;
  inspection.warnings.push_back(
      fmt::format("All but {} carry exactly one label. If that is a slip, mend it, and it is "
                  "classification: {}",
                  base::counted(names.size(), "picture", "pictures"), base::examples(names)));
}

void warn_of_duplicates(Inspection& inspection) {
  const auto conflicts =
      std::count_if(inspection.duplicate_groups.begin(), inspection.duplicate_groups.end(),
                    [](const DuplicateGroup& g) { return g.conflicting; });
  if (conflicts == 0) return;
  inspection.warnings.push_back(
      fmt::format("{} the same pixels but not the same labels, so one of the labels is wrong or "
                  "missing: label the copies alike, or remove all but one",
                  base::counted(static_cast<std::size_t>(conflicts), "group of pictures has",
                                "groups of pictures have")));
}

void warn_of_small_classes(const data::DataSet& data, const Readable& readable,
                           Inspection& inspection) {
  const auto different = data::different_pictures(
      readable.labels, static_cast<int>(data.classes.size()), readable.groups);
  std::vector<std::string> unread, small;
  int fewest = kUsualFolds;
  for (std::size_t c = 0; c < data.classes.size(); ++c) {
    if (different[c] == 0) {
      unread.push_back(base::excerpt(data.classes[c]));
    } else if (different[c] < kUsualFolds) {
      small.push_back(fmt::format("{} ({})", base::excerpt(data.classes[c]), different[c]));
      fewest = std::min(fewest, different[c]);
    }
  }
  if (!unread.empty()) {
    inspection.warnings.push_back(fmt::format("No picture can be read of {}: {}",
                                              unread.size() == 1 ? "the class" : "the classes",
                                              base::examples(unread)));
  }
  if (small.empty()) return;
  if (inspection.problem == data::Problem::kMultiLabel && small.size() < data.classes.size()) {
    inspection.warnings.push_back(fmt::format(
        "{} fewer different pictures than `oneormany compare` has folds ({}), and it will leave {} "
        "out: {}",
        base::counted(small.size(), "label has", "labels have"), kUsualFolds,
        small.size() == 1 ? "it" : "them", base::examples(small)));
    return;
  }
  const std::string cure =
      fewest >= data::kFewestFolds && unread.empty()
          ? fmt::format("add pictures, or say --folds {}", fewest)
          : std::string("add pictures, or leave ") + (small.size() == 1 ? "it" : "them") + " out";
  inspection.warnings.push_back(fmt::format(
      "{} fewer different pictures than `oneormany compare` has folds ({}), and it will refuse: "
      "{}: "
      "{}",
      base::counted(small.size(), "class has", "classes have"), kUsualFolds, cure,
      base::examples(small)));
}

void warn_of_imbalance(Inspection& inspection) {
  const auto less = [](const evaluate::ClassCount& a, const evaluate::ClassCount& b) {
    return a.count < b.count;
  };
  const auto [small, large] =
      std::minmax_element(inspection.classes.begin(), inspection.classes.end(), less);
  if (small->count == 0) return;
  const double ratio = static_cast<double>(large->count) / static_cast<double>(small->count);
  if (ratio < kImbalance) return;
  std::string text =
      fmt::format("{} has {:.{}f} times as many pictures as {}", base::excerpt(large->name), ratio,
                  ratio < 10 ? 1 : 0, base::excerpt(small->name));
  if (inspection.problem == data::Problem::kOneClass) {
    text += fmt::format(
        ": always predicting {} would be right for {:.0f} % of the pictures",
        base::excerpt(large->name),
        100.0 * static_cast<double>(large->count) / static_cast<double>(inspection.pictures));
  }
  inspection.warnings.push_back(text + ". Look at macro F1, which counts every class alike");
}

void warn_of_names(const data::DataSet& data, Inspection& inspection) {
  std::map<std::string, std::vector<std::string>> alike;
  for (const std::string& name : data.classes) {
    alike[data::lower(name)].push_back(base::excerpt(name));
  }
  for (const auto& [key, names] : alike) {
    if (names.size() < 2) continue;
    inspection.warnings.push_back(
        fmt::format("Classes that differ only in capitals: {}. If they are one, name them alike",
                    fmt::join(names, ", ")));
  }
  static const std::set<std::string> kMissing{"nan", "n/a", "na", "null", "none", "nil", "-", "?"};
  for (const std::string& name : data.classes) {
    if (!kMissing.contains(data::lower(name))) continue;
    inspection.warnings.push_back(fmt::format(
        "The class {} may be how a program writes an empty cell. If it is, leave the cell empty "
        "where no label applies, and the row out where nobody looked",
        base::excerpt(name)));
  }
  if (std::string hint = data::separator_hint(data); !hint.empty()) {
    // First: if they are lists, all else is about the wrong classes.
    inspection.warnings.insert(inspection.warnings.begin(), std::move(hint));
  }
}

}  // namespace

Inspection inspect(const InspectOptions& options) {
  image::start_image_library();
  data::DataOptions reading = options.data_options;
  reading.one_class = true;
  const data::DataSet data = data::read_data(options.data, reading);
  std::vector<std::filesystem::path> files;
  for (const data::Picture& picture : data.pictures) files.push_back(picture.file);
  const features::FeatureSet decoded = features::decode_only(files, options.reading);
  Inspection found = inspect(data, decoded);
  for (const evaluate::Doubt& doubt : suspicious_pictures(files, decoded, options.reading.size)) {
    found.warnings.push_back(doubt.text());
  }
  if (options.strict) data::refuse_skips(found.skipped);
  return found;
}

Inspection inspect(const data::DataSet& data, const features::FeatureSet& decoded) {
  const Readable usable = readable(data, decoded);
  if (usable.pictures.empty()) {
    throw Error(fmt::format("{}: none of its {} can be read; the first, {}: {}",
                            base::printable(data.root),
                            base::counted(data.pictures.size(), "picture", "pictures"),
                            base::printable(decoded.skipped.at(0).file), decoded.skipped[0].why));
  }
  Inspection inspection;
  inspection.data_name = data.root.string();
  inspection.layout = data.layout;
  inspection.notes = data.notes;
  inspection.pictures = usable.pictures.size();
  for (const std::string& name : data.classes) inspection.classes.push_back({name, 0});
  for (const auto& labels : usable.labels) {
    for (const int label : labels) ++inspection.classes[label].count;
    ++inspection.labels_per_picture[static_cast<int>(labels.size())];
  }
  inspection.duplicate_groups = duplicate_groups(data, usable);
  for (const DuplicateGroup& group : inspection.duplicate_groups) {
    inspection.duplicates += group.copies.size() - 1;
  }
  inspection.extra_names = data.extra_names;
  inspection.skipped = data.skipped;
  inspection.skipped.insert(inspection.skipped.end(), decoded.skipped.begin(),
                            decoded.skipped.end());
  data::sort_by_name(inspection.skipped);
  inspection.problem = data::problem_of(usable.labels);
  inspection.why = why(inspection);
  warn_of_exceptions(usable, inspection);
  warn_of_duplicates(inspection);
  warn_of_small_classes(data, usable, inspection);
  warn_of_imbalance(inspection);
  warn_of_names(data, inspection);
  return inspection;
}

}  // namespace oneormany::app
