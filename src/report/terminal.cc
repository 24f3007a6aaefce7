// The comparison for a terminal: one screen that says it all, and the verdict. The full tables are
// in the page.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/classes.h"
#include "report/describe.h"
#include "report/finite.h"
#include "report/labels.h"
#include "report/measures.h"
#include "report/report.h"
#include "report/terminal_page.h"
#include "report/text.h"
#include "report/verdict.h"

namespace oneormany::report {
namespace {

constexpr int kGap = 2;
constexpr std::size_t kShown = 3;  // skipped files and the like; the rest is in the report
constexpr const char* kUnknown = "–";

void recommendation(Page& page, const evaluate::Results& comparison) {
  const auto lines = describe_recommendation(comparison);
  if (lines.empty()) return;
  page.line();
  for (const auto& [key, words] : lines) {
    constexpr int kKey = 8;
    page.flow(words, "  " + key + blanks(kKey - display_width(key)),
              key == "Use" ? Page::kBold : "", Page::kBold);
  }
}

/// Where no arm or score has a value there is none to be the best.
std::vector<bool> best_known(Better better, Unit unit,
                             const std::vector<std::optional<double>>& values) {
  std::vector<Reading> known;
  for (const auto& value : values) {
    if (value) known.push_back({*value});
  }
  const std::vector<bool> best = best_of({.name = "", .unit = unit, .better = better}, known);
  std::vector<bool> all;
  std::size_t next = 0;
  for (const auto& value : values) all.push_back(value && best[next++]);
  return all;
}

void models(Page& page, const evaluate::Results& comparison) {
  if (comparison.models.empty()) return;
  std::vector<std::string> names;
  std::vector<bool> marked;
  for (std::size_t i = 0; i < comparison.models.size(); ++i) {
    names.push_back(base::printable(comparison.models[i].name));
    if (comparison.recommended) marked.push_back(i == comparison.recommended->model);
  }
  const auto measures = brief_measures(comparison);
  std::vector<Column> columns;
  bool others = false;
  for (const Measure& measure : measures) {
    Column column{.heading = measure.name, .cells = {}, .headline = measure.headline};
    std::vector<std::optional<double>> values;
    for (const evaluate::ModelResult& model : comparison.models) {
      const bool known = !measure.known || measure.known(model);
      values.push_back(known ? std::optional(measure.read(model).value) : std::nullopt);
      if (!known) {
        column.cells.emplace_back(kUnknown);
        continue;
      }
      const Reading reading = measure.read(model);
      const bool share_of_others = measure.known && reading.ci95;
      others = others || share_of_others;
      column.cells.push_back(
          share_of_others ? format_measured(measure.unit, {reading.value, reading.ci95->first,
                                                           reading.ci95->second})
                          : format_value(measure.unit, reading.value));
    }
    column.best = best_known(measure.better, measure.unit, values);
    columns.push_back(std::move(column));
  }
  page.line();
  page.flow("Models", "", Page::kBold);
  if (others) {
    page.flow(
        fmt::format("How many pictures of something else get a label, where the highest "
                    "probability {}{}",
                    describe_compared(comparison), comparison.recommended ? "; * recommended" : ""),
        "", Page::kDim);
  }
  print_table(page, names, columns, marked);
}

/// The scores of an arm: the chosen one, then the others by the rehearsal.
void scores(Page& page, const evaluate::Results& comparison, std::size_t model) {
  const evaluate::ModelResult& shown = comparison.models[model];
  if (shown.scores.size() < 2) return;
  const auto& use = comparison.recommended;
  const auto is_chosen = [&](const evaluate::ScoreResult* score) {
    return use && use->model == model && use->score == score->kind;
  };
  auto order = best_estimate_first(shown.scores);
  const auto chosen = std::find_if(order.begin(), order.end(), is_chosen);
  if (chosen != order.end()) std::rotate(order.begin(), chosen, chosen + 1);

  std::vector<std::string> names;
  std::vector<bool> marked;
  for (const evaluate::ScoreResult* score : order) {
    names.emplace_back(ood::name_of(score->kind));
    marked.push_back(is_chosen(score));
  }
  std::vector<Column> columns;
  for (const ScoreColumn& one : score_columns(order)) {
    Column column{.heading = one.name, .cells = {}};
    std::vector<std::optional<double>> values;
    for (const evaluate::ScoreResult* score : order) {
      const auto found = one.read(*score);
      values.push_back(found ? std::optional(found->value) : std::nullopt);
      const bool brief = one.name == "AUROC" || one.name == "FPR95";
      column.cells.push_back(!found  ? kUnknown
                             : brief ? format_value(one.unit, found->value)
                                     : format_measured(one.unit, *found));
    }
    column.best = best_known(one.better, one.unit, values);
    columns.push_back(std::move(column));
  }
  page.line();
  page.flow(fmt::format("Scores of {}", shown.name), "", Page::kBold);
  print_table(page, names, columns, marked);
}

void promises(Page& page, const evaluate::Results& comparison) {
  if (comparison.models.empty()) return;
  const std::string sets = describe_sets(comparison);
  const std::string calibration = describe_calibration(comparison.models[shown_model(comparison)]);
  if (!sets.empty() || !calibration.empty()) page.line();
  if (!sets.empty()) page.flow(sets, "Sets         ", "", Page::kBold);
  if (!calibration.empty()) page.flow(calibration, "Calibration  ", "", Page::kBold);
  if (!comparison.label_errors.empty()) {
    page.flow(fmt::format("{} in the report whose label the model contradicts most",
                          base::counted(comparison.label_errors.size(), "picture")),
              "Look at      ", "", Page::kBold);
  }
}

/// The classes that the recommended arm recognises worst.
void classes(Page& page, const evaluate::Results& comparison) {
  if (!comparison.recommended || comparison.recommended->classes.empty()) return;
  constexpr std::size_t kClasses = 6;
  const evaluate::Recommendation& use = *comparison.recommended;
  auto worst = worst_classes_first(use);
  const std::size_t all = worst.size();
  worst.resize(std::min(kClasses, all));

  std::vector<std::string> names;
  Column pictures{.heading = "pictures", .cells = {}};
  for (const std::size_t number : worst) {
    const evaluate::ClassCount& own = comparison.data.classes.at(number);
    names.push_back(base::printable(own.name));
    pictures.cells.push_back(base::grouped(own.count));
  }
  std::vector<Column> columns{pictures};
  for (const ClassColumn& one : class_columns(use)) {
    Column column{.heading = one.name, .cells = {}};
    for (const std::size_t number : worst) {
      const auto found = one.read(use.classes[number]);
      const bool brief = one.name == "precision" || one.name == "unseen";
      column.cells.push_back(!found  ? kUnknown
                             : brief ? format_value(Unit::kShare, found->value)
                                     : format_measured(Unit::kShare, *found));
    }
    columns.push_back(std::move(column));
  }
  page.line();
  page.flow(all > kClasses ? fmt::format("Class by class, the {} of {} that are recognised worst",
                                         kClasses, all)
                           : "Class by class",
            "", Page::kBold);
  page.flow(use.unseen ? "Given: of its pictures those that get it as their label; unseen: of the "
                         "unseen ones"
                       : "Given: of its pictures those that get it as their label",
            "", Page::kDim);
  print_table(page, names, columns);
}

/// The labels that the shown arm ranks worst, in as many columns as there is room for.
void labels(Page& page, const evaluate::Results& comparison) {
  if (comparison.models.empty() || !comparison.models[shown_model(comparison)].in_domain.labels)
    return;
  constexpr std::size_t kLabels = 5;
  constexpr int kShortest = 12, kLongest = 32;  // of a label's name
  const evaluate::ModelResult& model = comparison.models[shown_model(comparison)];
  const evaluate::LabelResults& found = *model.in_domain.labels;
  auto worst = worst_first(found);
  const std::size_t all = worst.size();
  worst.resize(std::min(kLabels, all));

  page.line();
  page.flow("Label by label", "", Page::kBold);
  page.flow(all > kLabels
                ? fmt::format("The {} of {} labels that \"{}\" ranks worst; all are in the report, "
                              "with their reliability diagrams",
                              kLabels, all, model.name)
                : fmt::format("What \"{}\" makes of each; reliability diagrams are in the report",
                              model.name),
            "", Page::kDim);
  page.line();

  // The columns: heading and cells, as wide as the widest.
  std::vector<std::vector<std::string>> columns{{"pictures"}};
  for (const evaluate::LabelResult* label : worst)
    columns[0].push_back(base::grouped(label->count));
  for (const LabelColumn& column : label_columns(found)) {
    if (column.page_only) continue;
    columns.push_back({column.name});
    for (const evaluate::LabelResult* label : worst) {
      columns.back().push_back(
          label->count == 0 ? "–" : format_value(column.unit, column.read(*label).value));
    }
  }
  int first = kShortest;
  for (const evaluate::LabelResult* label : worst)
    first = std::max(first, display_width(base::printable(label->name)));
  int room = page.width() - kShortest;
  std::size_t shown = 0;
  while (shown < columns.size() && kGap + widest(columns[shown]) <= room) {
    room -= kGap + widest(columns[shown++]);
  }
  first = std::min({first, kLongest, kShortest + room});
  for (std::size_t y = 0; y <= worst.size(); ++y) {
    const std::string name = y == 0 ? "" : elided(worst[y - 1]->name, first);
    std::string line = name + blanks(first - display_width(name));
    for (std::size_t c = 0; c < shown; ++c) {
      const std::string& cell = columns[c][y];
      line += blanks(kGap + widest(columns[c]) - display_width(cell)) + cell;
    }
    page.line(page.styled(line, y == 0 ? Page::kBold : ""));
    if (y == 0) page.line(page.styled(repeated("─", display_width(line)), Page::kDim));
  }
  for (const std::string& predictions : {few_labelled(found), labels_out_of_reach(found)}) {
    if (predictions.empty()) continue;
    page.line();
    page.flow(predictions);
  }
}

}  // namespace

std::string terminal_report(const evaluate::Results& comparison, int width, bool colour,
                            bool all_scores) {
  require_finite(comparison);
  Page page(width, colour);
  page.flow(comparison.data.name, "", Page::kBold);
  page.flow(describe_data(comparison));
  page.flow(describe_protocol(comparison), "", Page::kDim);

  recommendation(page, comparison);
  models(page, comparison);
  if (all_scores) {
    for (std::size_t i = 0; i < comparison.models.size(); ++i) scores(page, comparison, i);
  }
  classes(page, comparison);
  labels(page, comparison);
  promises(page, comparison);

  std::vector<std::string> untrained, skipped;
  for (const auto& [names, why] : untrained_by_reason(comparison)) {
    untrained.push_back(fmt::format("{}: {}", fmt::join(names, ", "), why));
  }
  for (const data::Skip& skip : comparison.data.skipped) {
    skipped.push_back(skip.file.string() + ": " + skip.why);
  }
  page.list("Not trained", untrained, untrained.size());
  page.list("Worth knowing", comparison.data.notes, kShown);
  if (const std::string bank = describe_left_out(comparison); !bank.empty()) {
    page.line();
    page.flow(bank);
  }
  page.list(fmt::format("Left out: {}", base::counted(skipped.size(), "file")), skipped, kShown);

  if (const auto text = verdict(comparison).paragraphs(); !text.empty()) {
    page.line();
    page.flow("Verdict", "", Page::kBold);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i > 0) page.line();
      page.flow(text[i]);
    }
  }
  return page.text();
}

}  // namespace oneormany::report
