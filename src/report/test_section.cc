// The test set: what the models are on pictures that nothing was trained on or chosen by.

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/sections.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

using evaluate::InDomain;
using evaluate::Measured;
using evaluate::ModelResult;
using OfClass = evaluate::Recommendation::PerClass;
using Found = std::optional<Measured>;

template <typename Read>
auto of_test(Read read) {
  return [read](const ModelResult& model) {
    return model.test ? Found(read(*model.test)) : std::nullopt;
  };
}

std::vector<Measure<ModelResult>> test_measures(const evaluate::Results& results) {
  const bool one_class = results.data.problem == data::Problem::kOneClass;
  const Unit unit = one_class ? Unit::kShare : Unit::kNumber;
  const std::string name = one_class ? "accuracy" : "macro mAP";
  std::vector<Measure<ModelResult>> measures{
      {.name = name,
       .meaning = one_class
                      ? "share of the test pictures whose most probable class is the right one"
                      : "how well each label ranks its own test pictures above the others",
       .unit = unit,
       .better = Better::kHigher,
       .headline = true,
       .with_interval = true,
       .read = of_test([](const InDomain& in) { return figure_of(in); })},
      {.name = "out of fold",
       .meaning = fmt::format(
           "{} on the pictures that are trained on, each by models that never saw it", name),
       .unit = unit,
       .better = Better::kHigher,
       .with_interval = true,
       .read = [](const ModelResult& model) { return Found(figure_of(model.in_domain)); }},
      {.name = "macro F1",
       .meaning = fmt::format("on the test set: precision and recall{} in one number, every {} "
                              "counting the same",
                              one_class ? "" : " at 0.5", one_class ? "class" : "label"),
       .better = Better::kHigher,
       .read = of_test([](const InDomain& in) { return in.macro_f1; })},
      {.name = "log-loss",
       .meaning = "on the test set. Compare it only among models of one activation",
       .level = Level::kFull,
       .read = of_test([](const InDomain& in) { return point(in.log_loss); })},
      {.name = "ECE",
       .meaning = "on the test set: how far probabilities are from how often they are right",
       .better = Better::kLower,
       .read = of_test([](const InDomain& in) { return point(in.ece); })}};
  return measures;
}

Table models_table(const evaluate::Results& results) {
  std::vector<const ModelResult*> models;
  for (const ModelResult& model : results.models) models.push_back(&model);
  Table table = table_of(test_measures(results), models);
  table.meanings = Table::Meanings::kFolded;
  table.what = "model";
  for (std::size_t i = 0; i < models.size(); ++i) table.rows[i].name = models[i]->name;
  if (results.recommended) {
    Row& row = table.rows.at(results.recommended->model);
    row.marked = true;
    row.note = "recommended";
  }
  return table;
}

/// Of the recommended model, the classes that are recognised worst first; those without a test
/// picture are left out.
Table classes_table(const evaluate::Results& results) {
  const auto& classes = results.recommended->test->classes;
  std::vector<const OfClass*> order;
  const auto place = [&](const OfClass* one) {
    return static_cast<std::size_t>(one - classes.data());
  };
  for (const OfClass& one : classes) {
    if (results.data.test->counts[place(&one)] > 0) order.push_back(&one);
  }
  std::stable_sort(order.begin(), order.end(), [](const OfClass* a, const OfClass* b) {
    return a->recall.value < b->recall.value;
  });
  const std::vector<Measure<OfClass>> measures{
      {.name = "recall",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = [](const OfClass& one) { return Found(one.recall); }},
      {.name = "precision",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = [](const OfClass& one) { return one.precision; }},
      {.name = "given",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = [](const OfClass& one) { return Found(one.given); }}};
  Table table = table_of(measures, order);
  table.what = "class";
  std::vector<std::size_t> counts;
  for (std::size_t i = 0; i < order.size(); ++i) {
    table.rows[i].name = results.data.classes[place(order[i])].name;
    counts.push_back(results.data.test->counts[place(order[i])]);
  }
  insert_pictures(table, counts);
  return table;
}

Table labels_table(const evaluate::LabelResults& labels) {
  std::vector<const evaluate::LabelResult*> order;
  for (const evaluate::LabelResult* one : worst_first(labels)) {
    if (one->count > 0) order.push_back(one);
  }
  const std::vector<Measure<evaluate::LabelResult>> measures{
      {.name = "avg. precision",
       .with_interval = true,
       .read = [](const evaluate::LabelResult& one) { return Found(one.average_precision); }},
      {.name = "F1 at 0.5",
       .read = [](const evaluate::LabelResult& one) { return Found(point(one.f1)); }}};
  Table table = table_of(measures, order);
  table.what = "label";
  std::vector<std::size_t> counts;
  for (std::size_t i = 0; i < order.size(); ++i) {
    table.rows[i].name = order[i]->name;
    counts.push_back(order[i]->count);
  }
  insert_pictures(table, counts);
  return table;
}

}  // namespace

Section test_section(const evaluate::Results& results) {
  Section section{.id = "test-set", .title = "Test set"};
  if (!results.data.test || results.models.empty()) return section;
  section.note = fmt::format(
      "{} of \"{}\", which had no part in training or in any choice. Each is predicted by the "
      "models of all folds; figures are means over these. Out of fold: {} on the pictures that are "
      "trained on, for comparison.",
      base::counted(results.data.test->pictures, "picture"), results.data.test->name,
      results.data.problem == data::Problem::kOneClass ? "accuracy" : "macro mAP");
  section.parts = {{models_table(results), Level::kBrief}};
  if (!results.recommended || !results.recommended->test) return section;
  const ModelResult& model = results.models.at(results.recommended->model);
  section.parts.push_back({Heading{fmt::format("\"{}\" on the test set", model.name), true}});
  if (model.test->labels) {
    section.parts.push_back({labels_table(*model.test->labels)});
  } else {
    section.parts.push_back({classes_table(results)});
  }
  return section;
}

}  // namespace oneormany::report
