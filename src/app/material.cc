#include "app/material.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "app/feature_files.h"
#include "app/suspicious.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/printable.h"
#include "data/duplicates.h"
#include "data/folds.h"
#include "features/features.h"
#include "image/image.h"
#include "train/background.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

/// How messages speak of what was given: pictures, or features of them.
struct Wording {
  const char* same = "the same pixels are";
  const char* give_another = "give another folder";
  std::string background, unseen;  ///< the first that was given
};

/// Every picture that can be used.
struct Gathered {
  data::DataSet data;       ///< its pictures are those of `own`
  data::DataSet test_data;  ///< of `test` those that can be read, and others
  Pictures own, background, test, unseen;
  std::vector<int> groups;  ///< of `own`, what belongs together beside copies; or none
  bool named = true;        ///< false: the classes are numbers
  Wording wording;
  train::FoundBank bank;
  std::string backbone;
  evaluate::DataSummary summary;  ///< so far what was left out, and notes
};

Pictures keep(const Pictures& from, const std::vector<Index>& rows) {
  Pictures kept;
  kept.features = from.features(rows, Eigen::all);
  for (const Index row : rows) {
    if (!from.files.empty()) kept.files.push_back(from.files[static_cast<std::size_t>(row)]);
    kept.pixels.push_back(from.pixels[static_cast<std::size_t>(row)]);
  }
  return kept;
}

/// Takes the last n rows of the features that are left, and of them those that are usable. Of the
/// last to be taken, which are the user's own and the most, no copy is made.
Pictures take_last(features::FeatureSet& left, const std::vector<fs::path>& files, std::size_t n) {
  const auto end = static_cast<std::size_t>(left.features.rows()), first = end - n;
  Pictures pictures;
  std::vector<Index> rows;
  for (std::size_t i = first; i < end; ++i) {
    if (!left.usable[i]) continue;
    rows.push_back(static_cast<Index>(i));
    pictures.files.push_back(files[i]);
    pictures.pixels.push_back(left.pixels[i]);
  }
  if (first == 0) {
    features::keep_rows(left.features, rows);
    pictures.features = std::move(left.features);
  } else {
    pictures.features = left.features(rows, Eigen::all);
    left.features.conservativeResize(static_cast<Index>(first), Eigen::NoChange);
  }
  return pictures;
}

/// Drops the pictures with such pixels; says how many.
std::size_t drop(Pictures& pictures, const std::function<bool(const base::Sha256&)>& unwanted) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i) {
    if (!unwanted(pictures.pixels[i])) rows.push_back(static_cast<Index>(i));
  }
  const std::size_t dropped = pictures.pixels.size() - rows.size();
  if (dropped > 0) pictures = keep(pictures, rows);
  return dropped;
}

std::size_t drop_taken(Pictures& pictures, const std::set<base::Sha256>& taken) {
  return drop(pictures, [&](const base::Sha256& pixels) { return taken.contains(pixels); });
}

/// Of pictures with the same pixels the first stays.
std::size_t drop_repeats(Pictures& pictures) {
  std::set<base::Sha256> seen;
  return drop(pictures, [&](const base::Sha256& pixels) { return !seen.insert(pixels).second; });
}

void note(evaluate::DataSummary& summary, std::size_t count, const std::string& noun,
          const std::string& what) {
  if (count > 0) summary.notes.push_back(fmt::format("{} {}", base::counted(count, noun), what));
}

std::vector<std::vector<int>> labels_of(const data::DataSet& data) {
  std::vector<std::vector<int>> labels;
  for (const data::Picture& picture : data.pictures) labels.push_back(picture.labels);
  return labels;
}

/// Groups of exact duplicates whose pictures don't all carry the same labels.
std::size_t contradictions(const std::vector<std::vector<int>>& labels,
                           const std::vector<int>& copies) {
  std::map<int, const std::vector<int>*> first;
  std::set<int> contradicting;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto [known, fresh] = first.try_emplace(copies[i], &labels[i]);
    if (!fresh && *known->second != labels[i]) contradicting.insert(copies[i]);
  }
  return contradicting.size();
}

/// Says, for a message, why pictures are missing: the first that can't be read, if there is one.
std::string first_of(const std::vector<data::Skip>& skipped) {
  if (skipped.empty()) return "";
  return fmt::format("; {} can't be used, the first, {}: {}", base::counted(skipped.size(), "file"),
                     base::printable(skipped[0].file), skipped[0].why);
}

/// What can be read may teach less than what was named.
void require_something_left(const data::DataSet& data, const train::LearningData& learning,
                            int folds, const std::vector<data::Skip>& skipped) {
  std::set<int> without_label;
  std::vector<std::size_t> counts(data.classes.size());
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    if (learning.labels[i].empty()) without_label.insert(learning.groups[i]);
    for (const int label : learning.labels[i]) ++counts[static_cast<std::size_t>(label)];
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) continue;
    throw Error(fmt::format("{}: no picture of class {} is left{}", base::printable(data.root),
                            base::excerpt(data.classes[c]), first_of(skipped)));
  }
  if (data.classes.size() == 1 && without_label.size() < static_cast<std::size_t>(folds)) {
    throw Error(fmt::format(
        "{}: one class only ({}), and {} without a label to tell it from, fewer than --folds {}: "
        "add some, or pictures of further classes{}",
        base::printable(data.root), base::excerpt(data.classes[0]),
        base::counted(without_label.size(), "different picture"), folds, first_of(skipped)));
  }
}

/// Puts those rows of the bank that are background to these classes after the user's own.
void add_bank(Gathered& all, const std::set<base::Sha256>& taken) {
  Pictures& background = all.background;
  evaluate::BackgroundSource& from = all.summary.background_source;
  from.own = background.count();
  if (!all.bank.bank) return;
  const features::Bank& bank = *all.bank.bank;
  train::BankRows chosen = train::choose_bank_rows(
      bank,
      {all.own.features, labels_of(all.data), data::groups_of(all.own.pixels), all.data.classes},
      taken);
  note(all.summary, chosen.same_pixels, "picture",
       "of the bank left out of the background: the same pixels are among yours");
  if (chosen.rows.empty()) {
    all.summary.notes.push_back(
        "nothing of the bank is far enough from your classes to be background: give pictures of "
        "none of them with --background");
  }
  from.bank = all.bank.name;
  from.built_in = chosen.rows.size();
  from.left_out = std::move(chosen.left_out);
  from.left_out_for_balance = chosen.left_out_for_balance;
  MatrixF features(background.features.rows() + static_cast<Index>(chosen.rows.size()),
                   bank.features.cols());
  features.topRows(background.features.rows()) = background.features;
  features.bottomRows(static_cast<Index>(chosen.rows.size())) =
      bank.features(chosen.rows, Eigen::all);
  background.features = std::move(features);
  for (const Index row : chosen.rows) {
    background.pixels.push_back(bank.pixels[static_cast<std::size_t>(row)]);
  }
}

/// "a, b, c, d, e and 3 more", of names that the user gave.
std::string first_names(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 5;
  std::string text = base::excerpt(names[0]);
  for (std::size_t i = 1; i < std::min(kNamed, names.size()); ++i) {
    text += ", " + base::excerpt(names[i]);
  }
  return names.size() > kNamed ? text + fmt::format(" and {} more", names.size() - kNamed) : text;
}

/// Lists of tags have a long tail. Where pictures carry several, a label on fewer different
/// pictures than there are folds can't be predicted in every fold: it is left out, and the pictures
/// that carry it stay. (Of classes, each picture has just one: leaving it out is for the user to
/// say.)
void leave_out_rare_labels(data::DataSet& data, const std::vector<int>& groups, int folds,
                           evaluate::DataSummary& summary) {
  if (data::problem_of(data) != data::Problem::kMultiLabel) return;
  const auto counts =
      data::different_pictures(labels_of(data), static_cast<int>(data.classes.size()), groups);
  std::vector<std::string> kept, rare;
  std::vector<int> index;  // of each label among the kept; -1: rare
  for (std::size_t c = 0; c < counts.size(); ++c) {
    index.push_back(counts[c] < folds ? -1 : static_cast<int>(kept.size()));
    (counts[c] < folds ? rare : kept).push_back(data.classes[c]);
  }
  if (rare.empty() || kept.empty()) return;  // if all are rare, the error says what to do
  for (data::Picture& picture : data.pictures) {
    std::vector<int> own;
    for (const int label : picture.labels) {
      if (index[static_cast<std::size_t>(label)] >= 0) {
        own.push_back(index[static_cast<std::size_t>(label)]);
      }
    }
    picture.labels = std::move(own);
  }
  data.classes = std::move(kept);
  summary.notes.push_back(
      fmt::format("{} left out, on fewer different pictures than there are folds ({}): {}",
                  base::counted(rare.size(), "label"), folds, first_names(rare)));
}

/// Reads what is learned from and the test set, which are parts of one data set or two of them.
void read_labelled(const CompareOptions& options, Gathered& all) {
  data::DataOptions own = options.data_options, test = own;
  if (options.test_split && !own.split) own.split = "train";
  test.split = options.test_split;
  all.data = data::read_data(options.data, own);
  all.summary.notes = all.data.notes;
  if (!options.test && !options.test_split) return;
  all.test_data = data::read_data(options.test.value_or(options.data), test);
  for (const std::string& note : all.test_data.notes) {
    if (options.test) all.summary.notes.push_back("test set: " + note);
  }
}

void note_hint(Gathered& all) {
  std::string hint = data::separator_hint(all.data);
  if (!hint.empty()) all.summary.notes.push_back(std::move(hint));
}

/// Features in the place of pictures, each row known by its bytes as a picture is by its pixels.
Pictures pictures_of(data::NumbersF rows) {
  Pictures pictures;
  pictures.files = named_files(rows);
  pictures.features = std::move(rows.values);
  pictures.pixels.resize(static_cast<std::size_t>(pictures.features.rows()));
  const auto bytes = std::as_bytes(
      std::span(pictures.features.data(), static_cast<std::size_t>(pictures.features.size())));
  const std::size_t width = bytes.size() / pictures.pixels.size();
  base::parallel_for(pictures.pixels.size(), [&](std::size_t i) {
    pictures.pixels[i] = base::sha256(bytes.subspan(i * width, width));
  });
  return pictures;
}

Gathered gather_features(const FeatureFiles& files, const data::DataOptions& options) {
  GivenFeatures given = read_given_features(files, options);
  Gathered all;
  all.wording = {"the same features are", "give others", files.background.value_or(""),
                 files.unseen.value_or("")};
  const auto take_notes = [&all](const data::NumbersF& table) {
    all.summary.notes.insert(all.summary.notes.end(), table.notes.begin(), table.notes.end());
  };
  take_notes(given.own);
  if (given.background) take_notes(*given.background);
  if (given.unseen) take_notes(*given.unseen);
  all.data.root = files.targets;
  all.data.classes = std::move(given.classes);
  all.named = given.named;
  for (std::size_t i = 0; i < given.labels.size(); ++i) {
    const std::string place =
        given.own.files.empty() ? given.own.place(static_cast<Index>(i)) : given.own.files[i];
    all.data.pictures.push_back({place, std::move(given.labels[i])});
  }
  note_hint(all);
  all.groups = std::move(given.groups);
  all.own = pictures_of(std::move(given.own));
  if (given.background) all.background = pictures_of(std::move(*given.background));
  if (given.unseen) all.unseen = pictures_of(std::move(*given.unseen));
  return all;
}

Gathered gather_pictures(const CompareOptions& options) {
  Gathered all;
  if (!options.background.empty()) all.wording.background = options.background[0].string();
  if (!options.unseen.empty()) all.wording.unseen = options.unseen[0].string();
  read_labelled(options, all);
  note_hint(all);
  data::DataSet& data = all.data;
  const data::PictureList background = data::list_pictures(options.background);
  const data::PictureList unseen = data::list_pictures(options.unseen);
  // After the folders, which are read in no time: a wrong name is known before the weights are
  // read.
  const backbone::Backbone backbone(options.features.backbone);
  all.backbone = backbone.name();
  all.bank = train::find_bank(options.bank, backbone, options.features.backbone);
  if (!all.bank.note.empty()) all.summary.notes.push_back(all.bank.note);

  // All pictures in one go, so that the cores never wait for the end of a part.
  std::vector<fs::path> files;
  for (const data::Picture& picture : data.pictures) files.push_back(picture.file);
  files.insert(files.end(), background.files.begin(), background.files.end());
  for (const data::Picture& picture : all.test_data.pictures) files.push_back(picture.file);
  files.insert(files.end(), unseen.files.begin(), unseen.files.end());
  features::FeatureSet extracted = features::extract_features(
      files, backbone, options.features.image(), options.features.cache_dir);

  all.summary.skipped = std::move(data.skipped);
  // Of one folder or table both parts skip the same.
  const std::vector<data::Skip> none;
  for (const auto* skips : {&background.skipped, options.test ? &all.test_data.skipped : &none,
                            &unseen.skipped, &std::as_const(extracted).skipped}) {
    all.summary.skipped.insert(all.summary.skipped.end(), skips->begin(), skips->end());
  }
  if (options.strict) data::refuse_skips(all.summary.skipped);
  all.summary.doubts = suspicious_pictures(files, extracted, options.features.backbone.size);

  const std::size_t n = data.pictures.size();
  for (const auto& [role, count] :
       {std::pair(&all.unseen, unseen.files.size()),
        std::pair(&all.test, all.test_data.pictures.size()),
        std::pair(&all.background, background.files.size()), std::pair(&all.own, n)}) {
    *role = take_last(extracted, files, count);
    features::keep_stages(role->features, options.stages, backbone);
  }
  if (all.bank.bank) features::keep_stages(all.bank.bank->features, options.stages, backbone);
  std::vector<data::Picture> usable;
  for (std::size_t i = 0; i < n; ++i) {
    if (extracted.usable[i]) usable.push_back(std::move(data.pictures[i]));
  }
  data.pictures = std::move(usable);
  return all;
}

/// Puts each picture into one role only, and the bank's rows into the background.
void separate_roles(Gathered& all) {
  const auto& own = all.own.pixels;
  const Wording& wording = all.wording;
  std::set<base::Sha256> taken(own.begin(), own.end());
  note(all.summary, drop_taken(all.background, taken), "background picture",
       fmt::format("left out: {} among the classes", wording.same));
  note(all.summary, drop_repeats(all.background), "background picture", "left out: exact repeats");
  if (!wording.background.empty() && all.background.count() == 0) {
    throw Error(fmt::format(
        "{}: no background picture is left that can be used and is none of "
        "the classes: {}{}",
        base::printable(wording.background), wording.give_another, first_of(all.summary.skipped)));
  }
  taken.insert(all.background.pixels.begin(), all.background.pixels.end());
  add_bank(all, taken);
  taken.insert(all.background.pixels.begin(), all.background.pixels.end());
  note(all.summary, drop_taken(all.test, taken), "test picture",
       fmt::format("left out: {} among the pictures that are trained on", wording.same));
  taken.insert(all.test.pixels.begin(), all.test.pixels.end());
  note(all.summary, drop_taken(all.unseen, taken), "unseen picture",
       fmt::format("left out: {} among the classes{} or the background", wording.same,
                   all.test.count() == 0 ? "" : ", the test set"));
  if (!wording.unseen.empty() && all.unseen.count() == 0) {
    throw Error(fmt::format(
        "{}: no unseen picture is left that can be used and that the models "
        "have not seen: {}{}",
        base::printable(wording.unseen), wording.give_another, first_of(all.summary.skipped)));
  }
}

/// The finest groups that part neither what `a` nor what `b` keeps together.
std::vector<int> joined(const std::vector<int>& a, const std::vector<int>& b) {
  std::map<int, std::size_t> first_of_a, first_of_b;
  std::vector<std::size_t> root(a.size());
  const auto find = [&root](std::size_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    root[i] = i;
    root[find(i)] = find(first_of_a.try_emplace(a[i], i).first->second);
    root[find(i)] = find(first_of_b.try_emplace(b[i], i).first->second);
  }
  std::map<std::size_t, int> numbers;
  std::vector<int> groups;
  for (std::size_t i = 0; i < a.size(); ++i) {
    groups.push_back(numbers.try_emplace(find(i), static_cast<int>(numbers.size())).first->second);
  }
  return groups;
}

/// What is learned from, in the order of data.pictures. copies: of these, equal ones share a
/// number.
train::LearningData learning_data(Gathered& all, const std::vector<int>& copies, int folds) {
  data::DataSet& data = all.data;
  train::LearningData learning;
  learning.groups = all.groups.empty() ? copies : joined(copies, all.groups);
  leave_out_rare_labels(data, learning.groups, folds, all.summary);
  learning.features = std::move(all.own.features);
  learning.background = std::move(all.background.features);
  learning.classes = static_cast<int>(data.classes.size());
  learning.labels = labels_of(data);
  require_something_left(data, learning, folds, all.summary.skipped);
  try {
    data::require_enough_pictures(learning.labels, data.classes, learning.groups, folds);
  } catch (const Error& error) {
    // Rare classes may be lists of tags that nothing parted.
    const std::string hint = data::separator_hint(data);
    if (hint.empty()) throw;
    throw Error(fmt::format("{}. {}", error.what(), hint));
  }
  return learning;
}

/// The test set with the labels that are learned. What it has no answer for is left out, with
/// notes.
TestSet test_set(Gathered& all, const train::LearningData& learning, const std::string& name) {
  TestSet test;
  if (name.empty()) return test;
  std::map<std::string, int> known;
  for (const std::string& one : all.data.classes) {
    known.emplace(one, static_cast<int>(known.size()));
  }
  std::map<fs::path, const std::vector<int>*> labels_of_file;
  for (const data::Picture& picture : all.test_data.pictures) {
    labels_of_file[picture.file] = &picture.labels;
  }
  const bool one_class =
      data::problem_of(learning.labels, all.data.classes.size()) == data::Problem::kOneClass;
  std::set<std::string> unknown;
  std::size_t of_unknown = 0, none = 0, several = 0;
  std::vector<Index> rows;
  for (std::size_t i = 0; i < all.test.files.size(); ++i) {
    const std::vector<int>& given = *labels_of_file.at(all.test.files[i]);
    std::vector<int> labels;
    for (const int label : given) {
      const std::string& one = all.test_data.classes[static_cast<std::size_t>(label)];
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
  evaluate::DataSummary& summary = all.summary;
  const std::vector<std::string> others(unknown.begin(), unknown.end());
  if (one_class) {
    note(summary, none, "test picture",
         "without a label left out: give pictures of none of the classes with --unseen");
    note(summary, several, "test picture",
         "with several labels left out: each that is trained on has one");
    if (of_unknown > 0) {
      summary.notes.push_back(fmt::format("{} left out, of classes that aren't trained on: {}",
                                          base::counted(of_unknown, "test picture"),
                                          first_names(others)));
    }
  } else if (!others.empty()) {
    summary.notes.push_back(fmt::format(
        "{} of the test set that {} trained on left out: {}", base::counted(others.size(), "label"),
        others.size() == 1 ? "isn't" : "aren't", first_names(others)));
  }
  if (rows.empty()) {
    throw Error(
        fmt::format("{}: no test picture is left that can be used, has a label that is "
                    "trained on, and isn't trained on itself{}",
                    base::printable(name), first_of(summary.skipped)));
  }
  test.pictures = keep(all.test, rows);
  evaluate::DataSummary::TestSet found{name, rows.size(),
                                       std::vector<std::size_t>(all.data.classes.size())};
  for (const auto& labels : test.labels) {
    for (const int label : labels) ++found.counts[static_cast<std::size_t>(label)];
  }
  std::vector<std::string> missing;
  for (std::size_t c = 0; c < found.counts.size(); ++c) {
    if (found.counts[c] == 0) missing.push_back(all.data.classes[c]);
  }
  if (!missing.empty()) {
    summary.notes.push_back(fmt::format("{} without a test picture: {}",
                                        base::counted(missing.size(), one_class ? "class" : "label",
                                                      one_class ? "classes" : "labels"),
                                        first_names(missing)));
  }
  summary.test = std::move(found);
  return test;
}

void note_doubts(const train::LearningData& learning, const std::vector<int>& copies, bool given,
                 evaluate::DataSummary& summary) {
  constexpr Index kFewBackground = 50;
  if (learning.background.rows() > 0 && learning.background.rows() < kFewBackground) {
    summary.notes.push_back(fmt::format(
        "only {}: too few to learn from what \"none of these\" looks like; give some hundreds",
        base::counted(static_cast<std::size_t>(learning.background.rows()), "background picture")));
  }
  note(summary, contradictions(learning.labels, copies), "group",
       given ? "of equal rows with different labels: no model can get all of them right"
             : "of exact copies with different labels: no model can get all of them right; "
               "`inspect` names them");
}

std::size_t different(const std::vector<int>& groups) {
  return std::set(groups.begin(), groups.end()).size();
}

void count(const data::DataSet& data, bool named, const train::LearningData& learning,
           const std::vector<int>& copies, evaluate::DataSummary& summary) {
  summary.problem = data::problem_of(learning.labels, data.classes.size());
  summary.pictures = learning.labels.size();
  for (const std::string& name : data.classes) {
    summary.classes.push_back({named ? name : "class " + name, 0});
  }
  for (const auto& labels : learning.labels) {
    for (const int label : labels) ++summary.classes[static_cast<std::size_t>(label)].count;
    ++summary.labels_per_picture[static_cast<int>(labels.size())];
  }
  summary.duplicates = summary.pictures - different(copies);
  if (copies != learning.groups) {
    summary.notes.push_back(
        fmt::format("{} in {}: those of a group stay together, in folds and for the intervals",
                    base::counted(summary.pictures, "row"),
                    base::counted(different(learning.groups), "group")));
  }
  summary.background = static_cast<std::size_t>(learning.background.rows());
}

}  // namespace

Material read_material(const CompareOptions& options) {
  Gathered all = options.given ? gather_features(*options.given, options.data_options)
                               : gather_pictures(options);
  separate_roles(all);
  Material material;
  const std::vector<int> copies = data::groups_of(all.own.pixels);
  material.learning = learning_data(all, copies, options.folds);
  material.test = test_set(all, material.learning,
                           options.test ? options.test->string() : options.test_split.value_or(""));
  material.data = std::move(all.data);
  material.files = std::move(all.own.files);
  material.unseen = std::move(all.unseen);
  material.backbone = std::move(all.backbone);
  material.summary = std::move(all.summary);
  evaluate::DataSummary& summary = material.summary;
  summary.name = options.given ? options.given->features : options.data.string();
  summary.unseen = material.unseen.count();
  note_doubts(material.learning, copies, options.given.has_value(), summary);
  count(material.data, all.named, material.learning, copies, summary);
  return material;
}

}  // namespace oneormany::app
