// What the user is asked about the unsorted pictures, and what the answers tell.

#include <fmt/format.h>

#include "base/printable.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/sections.h"

namespace oneormany::report {
namespace {

using AtThreshold = evaluate::Answers::AtThreshold;
using Found = std::optional<evaluate::Measured>;

std::string row_name(const evaluate::Answers& answers, const AtThreshold& at) {
  if (&at == &answers.recommended) return "recommended";
  if (answers.few_wrong && &at == &*answers.few_wrong) return "5 % wrong";
  return fmt::format("keeps {}", percent_text(at.kept));
}

Table table_of_thresholds(const evaluate::Answers& answers) {
  const auto read = [](auto member) {
    return
        [member](const AtThreshold& at) { return std::optional<evaluate::Measured>(at.*member); };
  };
  const auto number = [](auto member) {
    return [member](const AtThreshold& at) { return std::optional(point(at.*member)); };
  };
  std::vector<Measure<AtThreshold>> measures;
  if (answers.recommended.gates) {
    measures = {{.name = "probability",
                 .meaning = "The highest of a picture must be as high,",
                 .unit = Unit::kThreshold,
                 .read = [](const AtThreshold& at) { return Found(point(at.gates->probability)); }},
                {.name = "distance",
                 .meaning = "and its distance to your pictures no greater.",
                 .unit = Unit::kThreshold,
                 .read = [](const AtThreshold& at) { return Found(point(-at.gates->nearness)); }}};
  } else {
    measures = {{.name = "threshold",
                 .meaning = "On the recommended score.",
                 .unit = Unit::kThreshold,
                 .read = number(&AtThreshold::threshold)}};
  }
  const std::vector<Measure<AtThreshold>> others{
      {.name = "labelled",
       .meaning = "Share of the unlabelled pictures that get a label: counted.",
       .unit = Unit::kShare,
       .read = number(&AtThreshold::given)},
      {.name = "wrong",
       .meaning = "Share of the labels given that are wrong, to pictures of none or of another "
                  "class.",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .headline = true,
       .with_interval = true,
       .read = read(&AtThreshold::wrong)},
      {.name = "of none",
       .meaning = "Share of the pictures of none of the classes that get a label.",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = read(&AtThreshold::none_given)},
      {.name = "of classes",
       .meaning = "Share of the pictures of the classes that get a right label.",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = read(&AtThreshold::right_given)}};
  measures.insert(measures.end(), others.begin(), others.end());
  std::vector<const AtThreshold*> rows{&answers.recommended};
  for (const AtThreshold& one : answers.thresholds) rows.push_back(&one);
  if (answers.few_wrong) rows.push_back(&*answers.few_wrong);
  Table table = table_of(measures, rows);
  table.style = Table::Style::kSlim;
  table.meanings = Table::Meanings::kFolded;
  table.what = "";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    table.rows[i].name = row_name(answers, *rows[i]);
    for (Cell& cell : table.rows[i].cells) cell.best = false;  // a trade, not a contest
  }
  return table;
}

}  // namespace

Section asked_section(const evaluate::Results& results) {
  Section section{.id = "asked", .title = "Pictures to answer about"};
  if (results.asked.empty()) return section;
  const bool labels = results.data.problem == data::Problem::kMultiLabel;
  section.parts.push_back(
      {Text{fmt::format(
           "ask.csv, beside report.html, names {} drawn from your unlabelled ones. Write of each, "
           "in the column {}, {}, or none if it is of none of them; leave empty what you can't "
           "tell. Then run the same command with --answers and that file in place of --ask.",
           base::counted(results.asked.size(), "picture"), labels ? "labels" : "label",
           labels ? "its labels (parted by |)" : "its class")},
       Level::kBrief});
  section.parts.push_back(
      {Text{"They are in the order of the table, which is random: if you stop half way, you have "
            "answered a random half. A struck-through prediction does not reach the threshold.",
            true},
       Level::kPage});
  Gallery gallery;
  for (std::size_t i = 0; i < results.asked.size(); ++i) {
    const evaluate::AskedPicture& one = results.asked[i];
    gallery.pictures.push_back({one.file,
                                {{.who = fmt::format("line {}; predicted", i + 2),
                                  .label = one.prediction,
                                  .probability = format_value(Unit::kProbability, one.probability),
                                  .accepted = one.labelled}}});
  }
  section.parts.push_back({std::move(gallery), Level::kPage});
  return section;
}

Section answers_section(const evaluate::Results& results) {
  Section section{.id = "answers", .title = "What your answers tell of the unlabelled pictures"};
  if (!results.answers) return section;
  const evaluate::Answers& answers = *results.answers;
  const std::size_t missing = answers.asked - answers.answered;
  section.parts.push_back(
      {Text{
           fmt::format("{} of {} are of none of the {}, by your {}{}.",
                       format_measured(Unit::kShare, answers.none),
                       base::counted(answers.pile, "unlabelled picture"),
                       results.data.problem == data::Problem::kOneClass ? "classes" : "labels",
                       base::counted(answers.answered, "answer"),
                       missing == 0 ? "" : fmt::format(" ({} left open)", base::grouped(missing)))},
       Level::kBrief});
  section.parts.push_back({table_of_thresholds(answers), Level::kBrief});
  if (!answers.few_wrong) {
    section.parts.push_back(
        {Text{"At no threshold that labels any of the pictures you answered about are 5 % of the "
              "labels given wrong, or fewer."},
         Level::kBrief});
  }
  section.parts.push_back(
      {Text{"Each picture stands for those of its stratum (of similar scores) that were not drawn; "
            "all are predicted by heads that did not learn them. \"Keeps\" is the share of the "
            "right answers to your own pictures that reach the threshold; \"5 % wrong\" the lowest "
            "threshold at which, as estimated, no more of the labels given are wrong.",
            true},
       Level::kFull});
  return section;
}

}  // namespace oneormany::report
