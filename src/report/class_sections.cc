// What becomes of each class, or of each label.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "base/printable.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/sections.h"

namespace oneormany::report {
namespace {

using evaluate::LabelResult;
using evaluate::Measured;
using OfClass = evaluate::Recommendation::PerClass;
using Found = std::optional<Measured>;

/// Fewer pictures than this say little: the share that is found of 30 has an interval of ± 18 %.
constexpr std::size_t kFewLabelled = 30;
constexpr std::size_t kBriefRows = 5;  // in a terminal that shows only those with trouble

/// How many pictures are of a class: of one without, nothing can be said.
std::size_t count_of(const OfClass& one, const evaluate::Results& results) {
  return results.data.classes
      .at(static_cast<std::size_t>(&one - results.recommended->classes.data()))
      .count;
}

std::vector<Measure<OfClass>> class_measures(const evaluate::Results& results) {
  const auto of = [&results](auto read) {
    return [&results, read](const OfClass& one) {
      return count_of(one, results) > 0 ? Found(read(one)) : Found();
    };
  };
  std::vector<Measure<OfClass>> measures{
      {.name = "recall",
       .meaning = "of its pictures those that are recognised: it is their most probable class",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = of([](const OfClass& one) { return Found(one.recall); })},
      {.name = "precision",
       .meaning = "of the pictures that are taken for it those that are its own",
       .unit = Unit::kShare,
       .level = Level::kFull,
       .read = of([](const OfClass& one) { return one.precision; })},
      {.name = "given",
       .meaning = "of its pictures those that get it as their label, at the recommended threshold",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = of([](const OfClass& one) { return Found(one.given); })},
      {.name = "unseen",
       .meaning = "of the unseen pictures those that get it as their label",
       .unit = Unit::kShare,
       .level = Level::kFull,
       .read = [](const OfClass& one) { return one.unseen; }},
  };
  const auto& each = results.recommended->each_class;
  if (each.empty()) return measures;
  const auto own = [&results, &each ](const OfClass& one) -> const auto& {
    return each.at(static_cast<std::size_t>(&one - results.recommended->classes.data()));
  };
  measures.push_back({.name = "kept",
                      .meaning = "of its correct answers those that reach its own threshold",
                      .unit = Unit::kShare,
                      .with_interval = true,
                      .read = [own](const OfClass& one) { return Found(own(one).kept); }});
  if (!each.front().gates) {
    measures.push_back({.name = "threshold",
                        .meaning = "on the recommended score, for pictures whose most probable "
                                   "class it is",
                        .unit = Unit::kThreshold,
                        .with_interval = true,
                        .read = [own](const OfClass& one) { return Found(own(one).threshold); }});
    return measures;
  }
  measures.push_back(
      {.name = "probability from",
       .meaning = "what it takes for pictures whose most probable class it is",
       .unit = Unit::kThreshold,
       .read = [own](const OfClass& one) { return Found(point(own(one).gates->probability)); }});
  measures.push_back(
      {.name = "distance up to",
       .meaning = "to your pictures: 0 is the same, 1.4 nothing in common",
       .unit = Unit::kThreshold,
       .read = [own](const OfClass& one) { return Found(point(-own(one).gates->nearness)); }});
  return measures;
}

/// Significantly less of its pictures than of all is recognised, or of its correct answers less is
/// accepted.
bool has_trouble(const OfClass& one, const evaluate::Results& results) {
  if (count_of(one, results) == 0) return false;
  const evaluate::Recommendation& use = *results.recommended;
  return one.recall.high < results.models.at(use.model).in_domain.accuracy.low ||
         one.kept.high < use.kept.low;
}

std::vector<Measure<LabelResult>> label_measures(const evaluate::LabelResults& labels) {
  // What no picture carries has no figures.
  const auto of = [](auto read) {
    return [read](const LabelResult& label) { return label.count > 0 ? read(label) : Found(); };
  };
  const auto tuned = [&](auto read) {
    return of([read](const LabelResult& label) {
      return label.tuned ? Found(read(*label.tuned)) : Found();
    });
  };
  using Tuned = LabelResult::Tuned;
  const std::string aim = !labels.tuned ? ""
                          : labels.tuned->aim.kind == metrics::Aim::Kind::kF1
                              ? "the best F1"
                              : labels.tuned->aim.text();
  return {
      {.name = "avg. precision",
       .meaning = "how well the label's own pictures are ranked above the others",
       .read = of([](const LabelResult& label) { return Found(label.average_precision); })},
      {.name = "F1 at 0.5",
       .meaning = "precision and recall in one number, the label given from 0.5",
       .read = of([](const LabelResult& label) { return Found(point(label.f1)); })},
      {.name = "F1 tuned",
       .meaning = "each picture at the threshold that the other folds chose",
       .read = tuned([](const Tuned& one) { return point(one.f1); })},
      {.name = "threshold",
       .meaning = fmt::format("the one to use, chosen on all folds for {}; small: its 95 % "
                              "interval, over redrawn pictures",
                              aim),
       .unit = Unit::kThreshold,
       .read = tuned([](const Tuned& one) { return one.threshold; })},
      {.name = "kept",
       .meaning =
           "share of the label's pictures that get it at that threshold (recall); small: the "
           "95 % interval for pictures to come",
       .unit = Unit::kShare,
       .level = Level::kFull,
       .read = tuned([](const Tuned& one) { return one.kept; })},
      {.name = "precision",
       .meaning = "share of the pictures that get the label at that threshold which carry it; "
                  "small: the same",
       .unit = Unit::kShare,
       .level = Level::kFull,
       .read = tuned([](const Tuned& one) { return one.precision; })},
      {.name = "ECE",
       .meaning = "how far the label's probabilities are from how often it is carried; small where "
                  "nearly every prediction is a sure no",
       .level = Level::kFull,
       .read = of([](const LabelResult& label) { return Found(point(label.ece)); })},
  };
}

/// Some picture carries the label, and no threshold on these pictures meets the aim.
bool out_of_reach(const LabelResult& label) {
  return label.count > 0 && label.tuned && !label.tuned->reachable;
}

/// A sentence on the labels with few pictures; empty if there are none.
std::string few_labelled(const evaluate::LabelResults& labels) {
  std::vector<std::string> names;
  for (const LabelResult& label : labels.each) {
    if (label.count >= kFewLabelled) continue;
    names.push_back(fmt::format("{} ({})", label.name, label.count));
  }
  if (names.empty()) return "";
  return fmt::format("{} on fewer than {} pictures, too few for figures to rely on: {}.",
                     base::counted(names.size(), "label is", "labels are"), kFewLabelled,
                     first_few(names));
}

/// A sentence on the labels whose aim is out of reach; empty if there are none.
std::string labels_out_of_reach(const evaluate::LabelResults& labels) {
  std::vector<std::string> names;
  for (const LabelResult& label : labels.each) {
    if (out_of_reach(label)) names.push_back(label.name);
  }
  if (names.empty() || !labels.tuned) return "";
  return fmt::format(
      "{} is out of reach on these pictures for {}, whose threshold comes nearest to it: {}.",
      labels.tuned->aim.text(), base::counted(names.size(), "label"), first_few(names));
}

Table labels_table(const evaluate::LabelResults& labels) {
  const auto order = worst_first(labels);
  Table table = table_of(label_measures(labels), order);
  table.what = "label";
  std::vector<std::size_t> counts;
  std::size_t troubled = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const LabelResult& label = *order[i];
    Row& row = table.rows[i];
    row.name = label.name;
    row.pale = label.count < kFewLabelled;
    row.warning = out_of_reach(label);
    if (row.warning) row.note = "aim out of reach";
    const bool trouble = label.count > 0 && label.average_precision.high < labels.macro_map.low;
    if (!trouble || ++troubled > kBriefRows) row.level = Level::kFull;
    counts.push_back(label.count);
  }
  insert_pictures(table, counts);
  return table;
}

}  // namespace

void insert_pictures(Table& table, const std::vector<std::size_t>& counts) {
  table.columns.insert(table.columns.begin(), Column{.name = "pictures"});
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto& cells = table.rows[i].cells;
    cells.insert(cells.begin(), Cell{.text = base::grouped(counts[i])});
  }
}

std::string first_few(std::vector<std::string> names) {
  constexpr std::size_t kNamed = 5;
  if (names.size() <= kNamed) return fmt::format("{}", fmt::join(names, ", "));
  const std::size_t more = names.size() - kNamed;
  names.resize(kNamed);
  return fmt::format("{}, {} more", fmt::join(names, ", "), more);
}

std::vector<const LabelResult*> worst_first(const evaluate::LabelResults& labels) {
  std::vector<const LabelResult*> order;
  for (const LabelResult& label : labels.each) order.push_back(&label);
  std::stable_sort(order.begin(), order.end(), [](const LabelResult* a, const LabelResult* b) {
    if ((a->count == 0) != (b->count == 0)) return b->count == 0;
    return a->average_precision.value < b->average_precision.value;
  });
  return order;
}

Section classes_section(const evaluate::Results& results) {
  Section section{
      .id = "classes",
      .title = "Class by class",
      .brief_title = "Classes with trouble",
      .brief_note =
          "Recall: share of its pictures recognised. Given: share that also reaches the "
          "threshold."};
  if (!results.recommended || results.recommended->classes.empty()) return section;
  const evaluate::Recommendation& use = *results.recommended;
  section.note =
      fmt::format("Of \"{}\"{}; the classes that are recognised worst come first.",
                  results.models.at(use.model).name, results.from_logits() ? "" : ", out of fold");
  std::vector<const OfClass*> order;
  for (const OfClass& one : use.classes) order.push_back(&one);
  std::stable_sort(order.begin(), order.end(), [&](const OfClass* a, const OfClass* b) {
    const bool a_empty = count_of(*a, results) == 0, b_empty = count_of(*b, results) == 0;
    if (a_empty != b_empty) return b_empty;
    if (a_empty) return false;
    return a->recall.value < b->recall.value;
  });

  Table table = table_of(class_measures(results), order);
  table.what = "class";
  table.meanings = Table::Meanings::kOpen;
  table.columns.push_back({.name = "mistaken for", .words = true});
  std::vector<std::size_t> counts;
  std::size_t troubled = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const OfClass& one = *order[i];
    const auto& own = results.data.classes.at(static_cast<std::size_t>(&one - use.classes.data()));
    Row& row = table.rows[i];
    row.name = own.name;
    if (!has_trouble(one, results) || ++troubled > kBriefRows) row.level = Level::kFull;
    row.cells.push_back(
        one.mistaken_for
            ? Cell{.text = fmt::format("{} ({})", results.data.classes.at(*one.mistaken_for).name,
                                       percent_text(one.mistaken))}
            : Cell{});
    counts.push_back(own.count);
  }
  insert_pictures(table, counts);
  section.parts = {{std::move(table), Level::kBrief}};
  return section;
}

Section labels_section(const evaluate::Results& results) {
  Section section{.id = "labels",
                  .title = "Label by label",
                  .brief_title = "Labels with trouble",
                  .brief_note = "Their own pictures are ranked worse than those of most labels."};
  if (results.models.empty()) return section;
  const std::size_t shown = shown_model(results);
  const auto& found = results.models[shown].in_domain.labels;
  if (!found) return section;
  section.note = fmt::format(
      "What \"{}\" makes of each label; those that it ranks worst come first. A picture that shows "
      "what a label says but doesn't carry it counts against the model: look at such pictures "
      "before you blame it.",
      results.models[shown].name);
  for (const std::string& sentence : {few_labelled(*found), labels_out_of_reach(*found)}) {
    if (!sentence.empty()) section.parts.push_back({Text{sentence}});
  }
  auto parts = by_model(results, [&](std::size_t i) {
    const auto& labels = results.models[i].in_domain.labels;
    std::vector<Part> own;
    if (!labels) return own;
    own.push_back({labels_table(*labels)});
    if (i == shown) {
      std::get<Table>(own[0].content).meanings = Table::Meanings::kOpen;
      own[0].level = Level::kBrief;
    }
    own.push_back({Heading{"Do the probabilities hold?", true}, Level::kPage});
    if (i == shown) {
      own.push_back({Text{"A dot for each fifteenth of the probabilities: how often its pictures "
                          "carry the label. On the dashed line a probability is what it says; "
                          "below it the model is too sure, above it too cautious. Larger dots hold "
                          "more pictures, pale ones fewer than ten.",
                          true},
                     Level::kPage});
    }
    own.push_back(
        {Charts{{{.id = fmt::format("labels-{}", i), .style = "reliability"}}}, Level::kPage});
    return own;
  });
  std::move(parts.begin(), parts.end(), std::back_inserter(section.parts));
  return section;
}

}  // namespace oneormany::report
