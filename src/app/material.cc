#include "app/material.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "app/ask.h"
#include "app/gather.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/duplicates.h"
#include "data/folds.h"
#include "train/background.h"
#include "train/unlabelled.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

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

/// How many different pictures carry no label.
std::size_t without_label(const train::LearningData& learning) {
  std::set<int> groups;
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    if (learning.labels[i].empty()) groups.insert(learning.groups[i]);
  }
  return groups.size();
}

/// What can be read may teach less than what was named. Of one class only, so few other pictures
/// are an error where there is no background.
void require_something_left(const data::DataSet& data, const train::LearningData& learning,
                            bool background, int folds, const std::vector<data::Skip>& skipped) {
  std::vector<std::size_t> counts(data.classes.size());
  for (const auto& labels : learning.labels) {
    for (const int label : labels) ++counts[static_cast<std::size_t>(label)];
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) continue;
    throw Error(fmt::format("{}: no picture of class {} is left{}", base::printable(data.root),
                            base::excerpt(data.classes[c]), first_of(skipped)));
  }
  const std::size_t others = without_label(learning);
  if (data.classes.size() == 1 && others < static_cast<std::size_t>(folds) && !background) {
    throw Error(fmt::format(
        "{}: one class only ({}), and {} without a label to tell it from, fewer than --folds {}: "
        "give background, add some, or add pictures of further classes{}",
        base::printable(data.root), base::excerpt(data.classes[0]),
        base::counted(others, "different picture"), folds, first_of(skipped)));
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

/// Puts each picture into one role only, and the bank's rows into the background.
void separate_roles(Gathered& all) {
  const auto& own = all.own.pixels;
  const Wording& wording = all.wording;
  std::set<base::Sha256> taken(own.begin(), own.end());
  const auto note_copies = [&](std::size_t count, const char* noun, const std::string& what) {
    note(all.summary, count, noun, what);
    all.summary.copies_left_out += count;
  };
  note_copies(drop_taken(all.background, taken), "background picture",
              fmt::format("left out: {} among the classes", wording.same));
  note_copies(drop_repeats(all.background), "background picture", "left out: exact repeats");
  if (!wording.background.empty() && all.background.count() == 0) {
    throw Error(
        fmt::format("{}: no background picture is left that can be used and is none of "
                    "the classes: give others{}",
                    base::printable(wording.background), first_of(all.summary.skipped)));
  }
  taken.insert(all.background.pixels.begin(), all.background.pixels.end());
  note_copies(drop_taken(all.unlabelled, taken), "unlabelled picture",
              fmt::format("left out: {} among the classes or the background", wording.same));
  note_copies(drop_repeats(all.unlabelled), "unlabelled picture", "left out: exact repeats");
  if (!wording.unlabelled.empty() && all.unlabelled.count() == 0) {
    throw Error(
        fmt::format("{}: no unlabelled picture is left that can be used and is none of the others: "
                    "give others{}",
                    base::printable(wording.unlabelled), first_of(all.summary.skipped)));
  }
  taken.insert(all.unlabelled.pixels.begin(), all.unlabelled.pixels.end());
  add_bank(all, taken);
  taken.insert(all.background.pixels.begin(), all.background.pixels.end());
  note_copies(drop_taken(all.test, taken), "test picture",
              fmt::format("left out: {} among the pictures that are trained on", wording.same));
  taken.insert(all.test.pixels.begin(), all.test.pixels.end());
  note_copies(drop_taken(all.unseen, taken), "unseen picture",
              fmt::format("left out: {} among the classes{}{} or the background", wording.same,
                          all.unlabelled.count() > 0 ? ", the unlabelled pictures" : "",
                          all.test.count() == 0 ? "" : ", the test set"));
  if (!wording.unseen.empty() && all.unseen.count() == 0) {
    throw Error(
        fmt::format("{}: no unseen picture is left that can be used and that the models "
                    "have not seen: give others{}",
                    base::printable(wording.unseen), first_of(all.summary.skipped)));
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
  require_something_left(data, learning,
                         learning.background.rows() + all.unlabelled.features.rows() > 0, folds,
                         all.summary.skipped);
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
  if (name.empty()) return {};
  const bool one_class = data::problem_of(learning.labels) == data::Problem::kOneClass;
  evaluate::DataSummary& summary = all.summary;
  TestSet test =
      known_labels(all.test, all.test_data, all.data.classes, one_class, "test picture", summary);
  if (test.labels.empty()) {
    throw Error(
        fmt::format("{}: no test picture is left that can be used, has a label that is "
                    "trained on, and isn't trained on itself{}",
                    base::printable(name), first_of(summary.skipped)));
  }
  evaluate::DataSummary::TestSet found{name, test.labels.size(),
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

/// files: of all unlabelled pictures, or none.
void note_unlabelled(const train::SortedUnlabelled& sorted, const std::vector<fs::path>& files,
                     evaluate::DataSummary& summary) {
  evaluate::DataSummary::Unlabelled& own = summary.unlabelled;
  own.background = sorted.kept.size();
  own.of_classes = sorted.left_out.size();
  for (const train::SortedUnlabelled::LeftOut& one : sorted.left_out) {
    if (files.empty()) break;
    own.left_out.push_back({files[static_cast<std::size_t>(one.row)], one.label, one.probability});
  }
  if (!own.mostly_of_classes()) return;
  summary.notes.push_back(fmt::format(
      "{} of {} look like your classes and are left out; what is left of them as background may "
      "hold some of your classes too: give more pictures of others",
      base::grouped(own.of_classes), base::counted(own.used(), "unlabelled picture")));
}

std::size_t different(const std::vector<int>& groups) {
  return std::set(groups.begin(), groups.end()).size();
}

void count(const data::DataSet& data, bool named, const train::LearningData& learning,
           const std::vector<int>& copies, evaluate::DataSummary& summary) {
  summary.problem = data::problem_of(learning.labels);
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

/// To the background, but for those that are of the classes.
/// none: of these files it is known.
void add_unlabelled(const Pictures& unlabelled, const std::vector<fs::path>& none,
                    const CompareOptions& options, Material& material) {
  std::vector<evaluate::Answer> answers;
  std::vector<train::Said> said;
  if (!none.empty()) {
    const std::set<fs::path> known(none.begin(), none.end());
    for (const fs::path& file : unlabelled.files) {
      said.push_back(known.contains(file) ? train::Said::kNone : train::Said::kNothing);
    }
  }
  if (options.ask > 0 || options.answers) require_names(unlabelled.files);
  if (options.answers) {
    answers = read_answers(*options.answers, unlabelled.files, material.data.classes,
                           options.data_options.delimiter);
    said.resize(unlabelled.count(), train::Said::kNothing);
    for (const evaluate::Answer& one : answers) {
      if (!one.labels) continue;
      said[one.picture] = one.labels->empty() ? train::Said::kNone : train::Said::kClass;
    }
  }
  const train::SortedUnlabelled sorted =
      train::add_unlabelled(material.learning, unlabelled.features, options.seeds.front(), said);
  note_unlabelled(sorted, unlabelled.files, material.summary);
  if (options.ask == 0 && !options.answers) return;
  std::vector<std::size_t> number(unlabelled.count());
  for (std::size_t i = 0; i < sorted.kept.size(); ++i) {
    number[static_cast<std::size_t>(sorted.kept[i])] = i;
    material.unlabelled.background.push_back(
        unlabelled.files[static_cast<std::size_t>(sorted.kept[i])]);
  }
  std::vector<Index> left_out;
  for (const train::SortedUnlabelled::LeftOut& one : sorted.left_out) {
    number[static_cast<std::size_t>(one.row)] = sorted.kept.size() + left_out.size();
    left_out.push_back(one.row);
  }
  for (evaluate::Answer& one : answers) one.picture = number[one.picture];
  material.unlabelled.left_out = keep(unlabelled, left_out);
  material.unlabelled.answers = std::move(answers);
}

}  // namespace

Material read_material(const CompareOptions& options) {
  Gathered all = gather(options);
  separate_roles(all);
  Material material;
  const std::vector<int> copies = data::groups_of(all.own.pixels);
  for (const Pictures* const pictures : {&all.own, &all.background, &all.unlabelled}) {
    material.pixels.insert(material.pixels.end(), pictures->pixels.begin(), pictures->pixels.end());
  }
  material.learning = learning_data(all, copies, options.folds);
  material.test = test_set(all, material.learning,
                           options.test ? options.test->string() : options.test_split.value_or(""));
  const std::vector<fs::path> none = std::move(all.data.none);
  material.data = std::move(all.data);
  material.files = std::move(all.own.files);
  material.unseen = std::move(all.unseen);
  material.backbone = std::move(all.backbone);
  material.size = all.size;
  material.summary = std::move(all.summary);
  evaluate::DataSummary& summary = material.summary;
  summary.name = options.given ? options.given->features : name_of_sources(options.data);
  summary.unseen = material.unseen.count();
  if (all.unlabelled.count() > 0) add_unlabelled(all.unlabelled, none, options, material);
  material.only_background_tells =
      material.data.classes.size() == 1 &&
      without_label(material.learning) < static_cast<std::size_t>(options.folds);
  if (material.only_background_tells) {
    if (material.learning.background.rows() == 0) {
      throw Error(fmt::format(
          "{}: one class only ({}), and all unlabelled pictures look like it, so there is nothing "
          "to tell it from: give others, or background",
          base::printable(summary.name), base::excerpt(material.data.classes[0])));
    }
    summary.notes.push_back(fmt::format(
        "one class only ({}), told from background alone: if the pictures are of several, give "
        "each a folder, or name the column that says so with --label-column",
        base::excerpt(material.data.classes[0])));
  }
  note_doubts(material.learning, copies, options.given.has_value(), summary);
  count(material.data, all.named, material.learning, copies, summary);
  return material;
}

}  // namespace oneormany::app
