// What is said of whole models: measures in domain and on unseen pictures, scores, calibration.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/sections.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

using evaluate::Measured;
using evaluate::ModelResult;
using evaluate::ScoreResult;
using Found = std::optional<Measured>;
using OfModel = Measure<ModelResult>;
using OfScore = Measure<ScoreResult>;

constexpr std::size_t kFewCharts = 6;     // more models than these, and most charts are folded away
constexpr double kWellCalibrated = 0.05;  // ECE: probabilities are off by 5 points on average

/// Of a part of the results that a model may not have.
template <typename Read>
auto of_unseen(Read read) {
  return [read](const ModelResult& model) {
    return model.unseen ? Found(read(*model.unseen)) : std::nullopt;
  };
}

template <typename Read>
auto of_labels(Read read) {
  return [read](const ModelResult& model) {
    const auto& labels = model.in_domain.labels;
    return labels ? Found(read(*labels)) : std::nullopt;
  };
}

template <typename Read>
auto of_tuned(Read read) {
  return [read](const ModelResult& model) {
    const auto& labels = model.in_domain.labels;
    return labels && labels->tuned ? Found(read(*labels->tuned)) : std::nullopt;
  };
}

OfModel accuracy(const evaluate::Results& results) {
  const bool one_class = results.data.problem == data::Problem::kOneClass;
  return {.name = one_class ? "accuracy" : "exact match",
          .meaning = one_class ? "share of the pictures whose most probable class is the right one"
                               : "share of the pictures whose labels at 0.5 are exactly the right "
                                 "ones",
          .unit = Unit::kShare,
          .better = Better::kHigher,
          .read = [](const ModelResult& model) { return Found(model.in_domain.accuracy); }};
}

OfModel ece() {
  return {.name = "ECE",
          .meaning =
              "expected calibration error: how far probabilities are from how often they "
              "are right; 0 is perfect",
          .better = Better::kLower,
          .read = [](const ModelResult& model) { return Found(point(model.in_domain.ece)); }};
}

OfModel mean_average_precision(const std::string& name) {
  return {.name = name,
          .meaning = "how well each class ranks its own pictures above the others",
          .better = Better::kHigher,
          .read = [](const ModelResult& model) {
            const evaluate::InDomain& in = model.in_domain;
            return Found(in.labels ? in.labels->macro_map : point(in.map));
          }};
}

OfModel macro_f1(const evaluate::Results& results) {
  const bool one_class = results.data.problem == data::Problem::kOneClass;
  return {.name = "macro F1",
          .meaning = fmt::format("precision and recall{} in one number, every {} counting the same",
                                 one_class ? "" : " at 0.5", one_class ? "class" : "label"),
          .better = Better::kHigher,
          .read = [](const ModelResult& model) { return Found(model.in_domain.macro_f1); }};
}

OfModel tuned_macro_f1() {
  return {.name = "macro F1, tuned",
          .meaning =
              "each label at a threshold of its own, chosen on other folds than the one it "
              "is measured on",
          .better = Better::kHigher,
          .read = of_tuned([](const auto& tuned) { return tuned.macro_f1; })};
}

std::vector<OfModel> in_domain_measures(const evaluate::Results& results) {
  return {
      accuracy(results),
      macro_f1(results),
      {.name = "micro F1",
       .meaning = "the same over all decisions together: frequent labels count more",
       .better = Better::kHigher,
       .read = of_labels([](const auto& labels) { return labels.micro_f1; })},
      tuned_macro_f1(),
      {.name = "micro F1, tuned",
       .better = Better::kHigher,
       .read = of_tuned([](const auto& tuned) { return tuned.micro_f1; })},
      mean_average_precision("mean average precision"),
      {.name = "micro average precision",
       .meaning = "how well all predictions, of every label together, are ranked",
       .better = Better::kHigher,
       .read = of_labels([](const auto& labels) { return labels.micro_map; })},
      {.name = "log-loss",
       .meaning = "softmax: over the classes; sigmoid: mean over the labels. Compare it only among "
                  "models of one activation",
       .read = [](const ModelResult& model) { return Found(point(model.in_domain.log_loss)); }},
      {.name = "Brier score",
       .meaning = "squared distance of the probabilities from the truth; 0 is perfect",
       .better = Better::kLower,
       .read = [](const ModelResult& model) { return Found(point(model.in_domain.brier)); }},
      ece(),
      {.name = "highest probability, mean",
       .meaning = "how sure the model is of its most probable class",
       .unit = Unit::kProbability,
       .read =
           [](const ModelResult& model) {
             return Found(point(model.in_domain.max_probability.mean));
           }},
      {.name = "sum of probabilities, min",
       .meaning =
           "what all classes get together: always 1 with softmax, less if \"none\" takes its "
           "part, anything with sigmoid",
       .read =
           [](const ModelResult& model) {
             return Found(point(model.in_domain.sum_of_probabilities.min));
           }},
      {.name = "sum of probabilities, max",
       .read =
           [](const ModelResult& model) {
             return Found(point(model.in_domain.sum_of_probabilities.max));
           }},
  };
}

OfModel auroc() {
  return {.name = "AUROC",
          .meaning =
              "how often a picture of the classes gets a higher probability than an unseen "
              "one; 0.5 is chance, 1 is perfect",
          .better = Better::kHigher,
          .read = of_unseen([](const auto& unseen) { return unseen.auroc; })};
}

std::vector<OfModel> unseen_measures() {
  return {
      {.name = "highest probability, min",
       .meaning = "how sure the model is of a class, although none is right",
       .unit = Unit::kProbability,
       .read = of_unseen([](const auto& unseen) { return point(unseen.max_probability.min); })},
      {.name = "highest probability, median",
       .unit = Unit::kProbability,
       .better = Better::kLower,
       .read = of_unseen([](const auto& unseen) { return point(unseen.max_probability.median); })},
      {.name = "highest probability, max",
       .unit = Unit::kProbability,
       .read = of_unseen([](const auto& unseen) { return point(unseen.max_probability.max); })},
      {.name = "labelled at argmax",
       .meaning = "share of the unseen pictures that get a label when the most probable class is "
                  "always taken",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = of_unseen([](const auto& unseen) { return unseen.at_argmax; })},
      {.name = "labelled at 0.5",
       .meaning = "the same when a label needs a probability of 0.5",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = of_unseen([](const auto& unseen) { return unseen.at_05; })},
      {.name = "labelled at 0.9",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = of_unseen([](const auto& unseen) { return unseen.at_09; })},
      {.name = "labelled keeping 95 %",
       .meaning = "the same at the threshold that accepts 95 % of the correct answers in domain: "
                  "the figure to compare",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .headline = true,
       .read = of_unseen([](const auto& unseen) { return unseen.keeping_95; })},
      {.name = "threshold keeping 95 %",
       .meaning = "chosen on pictures of the classes alone",
       .unit = Unit::kThreshold,
       .read = of_unseen([](const auto& unseen) { return point(unseen.threshold); })},
      auroc(),
      {.name = "FPR95",
       .meaning = "share of the unseen pictures above the probability that 95 % of the pictures of "
                  "the classes reach, right or not",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = of_unseen([](const auto& unseen) { return unseen.fpr95; })},
  };
}

bool has_related(const evaluate::Results& results) {
  return std::any_of(results.models.begin(), results.models.end(), [](const ModelResult& model) {
    return !model.scores.empty() && model.scores[0].related;
  });
}

std::string name_of_related(const evaluate::Results& results) {
  return results.data.unlabelled.estimates() ? "expected, like unlabelled" : "expected, related";
}

std::string meaning_of_related(const evaluate::Results& results) {
  return results.data.unlabelled.estimates()
             ? "share of pictures like your unlabelled ones that get a label: a part of them held "
               "out at a time"
             : "share of pictures like yours, but of other classes, that get a label: each of your "
               "classes hidden in turn";
}

/// The score that the model is used with; null where none was measured.
const ScoreResult* used_score(const ModelResult& model) {
  return model.scores.empty() ? nullptr : &model.scores.at(model.used);
}

/// One of the estimates.
OfModel expected(std::string name, std::string meaning, Found ScoreResult::*share) {
  return {.name = std::move(name),
          .meaning = std::move(meaning),
          .unit = Unit::kShare,
          .better = Better::kLower,
          .with_interval = true,
          .read = [share](const ModelResult& model) {
            const ScoreResult* const used = used_score(model);
            return used ? used->*share : Found();
          }};
}

/// Those that tell the models apart at a glance.
std::vector<OfModel> brief_measures(const evaluate::Results& results) {
  std::vector<OfModel> measures;
  if (!results.models.empty() && results.models[0].in_domain.labels) {
    measures.push_back(mean_average_precision("macro mAP"));
    const bool tuned = results.models[0].in_domain.labels->tuned.has_value();
    measures.push_back(tuned ? tuned_macro_f1() : macro_f1(results));
  } else {
    measures.push_back(accuracy(results));
    if (!has_related(results)) measures.push_back(ece());
  }
  measures.push_back(
      expected(name_of_related(results), meaning_of_related(results), &ScoreResult::related));
  measures.push_back(expected("expected, unrelated",
                              "share of background pictures that get a label, estimated with "
                              "background that was held out from the model",
                              &ScoreResult::estimate));
  measures.push_back({.name = "unseen",
                      .meaning = "share of the unseen pictures that get a label",
                      .unit = Unit::kShare,
                      .better = Better::kLower,
                      .headline = true,
                      .with_interval = true,
                      .read = [](const ModelResult& model) {
                        if (!model.unseen) return Found();
                        const ScoreResult* const used = used_score(model);
                        return used && used->labelled ? used->labelled
                                                      : Found(model.unseen->keeping_95);
                      }});
  OfModel ranks = auroc();
  ranks.read = [](const ModelResult& model) {
    if (!model.unseen) return Found();
    return model.used == 0 ? Found(model.unseen->auroc) : used_score(model)->auroc;
  };
  measures.push_back(std::move(ranks));
  return measures;
}

std::vector<OfScore> score_measures(const evaluate::Results& results) {
  return {
      {.name = "threshold",
       .meaning = "chosen on pictures of the classes alone",
       .unit = Unit::kThreshold,
       .read = [](const ScoreResult& score) { return Found(point(score.threshold)); }},
      {.name = name_of_related(results),
       .meaning = meaning_of_related(results),
       .unit = Unit::kShare,
       .better = Better::kLower,
       .with_interval = true,
       .read = [](const ScoreResult& score) { return score.related; }},
      {.name = "expected, unrelated",
       .meaning =
           "share of background pictures that get a label, each cluster of them predicted by "
           "heads from which it was held out",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .with_interval = true,
       .read = [](const ScoreResult& score) { return score.estimate; }},
      {.name = "unseen",
       .meaning = "share of the unseen pictures that get a label",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .with_interval = true,
       .read = [](const ScoreResult& score) { return score.labelled; }},
      {.name = "AUROC",
       .meaning = "how often a picture of the classes scores higher than an unseen one; 0.5 is "
                  "chance",
       .better = Better::kHigher,
       .read = [](const ScoreResult& score) { return score.auroc; }},
      {.name = "FPR95",
       .meaning = "share of the unseen pictures above the score that 95 % of the pictures of the "
                  "classes reach",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = [](const ScoreResult& score) { return score.fpr95; }},
  };
}

std::vector<const ModelResult*> all_models(const evaluate::Results& results) {
  std::vector<const ModelResult*> models;
  for (const ModelResult& model : results.models) models.push_back(&model);
  return models;
}

Table models_table(std::vector<OfModel> measures, const std::vector<const ModelResult*>& models,
                   Table::Style style) {
  // One below the other they are compared by the first column.
  if (models.size() > kSideBySide && style == Table::Style::kMeasures) {
    std::stable_partition(measures.begin(), measures.end(),
                          [](const OfModel& measure) { return measure.headline; });
  }
  Table table = table_of(measures, models);
  table.style = style;
  table.meanings = Table::Meanings::kFolded;
  table.what = "model";
  for (std::size_t i = 0; i < models.size(); ++i) table.rows[i].name = models[i]->name;
  return table;
}

std::string small_print(std::size_t models) {
  return fmt::format(" Small figures are 95 % intervals; the best of a {} is bold.",
                     models > kSideBySide ? "column" : "row");
}

std::vector<Part> scores_of(const evaluate::Results& results, std::size_t model) {
  const auto scores = best_estimate_first(results.models[model].scores);
  if (scores.empty()) return {};
  Table table = table_of(score_measures(results), scores);
  const auto& use = results.recommended;
  table.what = "score";
  for (std::size_t i = 0; i < scores.size(); ++i) {
    Row& row = table.rows[i];
    row.name = ood::name_of(scores[i]->kind);
    row.marked = use && use->model == model && use->score == scores[i]->kind;
    if (row.marked) row.note = "recommended";
  }
  if (model == shown_model(results)) table.meanings = Table::Meanings::kFolded;
  return {{std::move(table)}};
}

std::vector<Part> calibration_of(const evaluate::Results& results, std::size_t model) {
  const auto& calibration = results.models[model].calibration;
  if (!calibration) return {};
  using Method = evaluate::CalibrationResult::Method;
  const std::vector<Measure<Method>> measures{
      {.name = "log-loss", .read = [](const Method& one) { return Found(point(one.log_loss)); }},
      {.name = "ECE", .with_interval = true, .read = [](const Method& one) {
         return Found(one.ece);
       }}};
  std::vector<const Method*> methods;
  for (const Method& one : calibration->methods) methods.push_back(&one);
  Table table = table_of(measures, methods);
  table.style = Table::Style::kSlim;
  table.what = "method";
  for (std::size_t i = 0; i < methods.size(); ++i) {
    Row& row = table.rows[i];
    row.name = metrics::name_of(methods[i]->method);
    row.marked = methods[i]->method == calibration->chosen;
    if (row.marked) row.note = "chosen";
  }
  return {{std::move(table)}};
}

/// "platt: log-loss 0.188 → 0.092, ECE 0.127 → 0.034 (0.020–0.043)"
std::string calibration_found(const ModelResult& model) {
  if (!model.calibration || model.calibration->methods.empty()) return "";
  const auto& methods = model.calibration->methods;
  const auto chosen = std::find_if(methods.begin(), methods.end(), [&](const auto& one) {
    return one.method == model.calibration->chosen;
  });
  const auto& before = methods.front();
  if (chosen == methods.end() || chosen == methods.begin()) {
    const bool well = before.ece.value < kWellCalibrated;
    return fmt::format("{}: log-loss {:.3f}, ECE {}{}",
                       well ? "not needed" : "none of the methods helped", before.log_loss,
                       well ? "" : "stays ", format_measured(Unit::kNumber, before.ece));
  }
  return fmt::format("{}: log-loss {:.3f} → {:.3f}, ECE {} → {}", metrics::name_of(chosen->method),
                     before.log_loss, chosen->log_loss,
                     format_value(Unit::kNumber, before.ece.value),
                     format_measured(Unit::kNumber, chosen->ece));
}

Cell difference_cell(const Measured& m, bool share, bool significant) {
  const auto text = [&](double value) {
    return share ? fmt::format("{:+.1f} %", 100 * value) : fmt::format("{:+.3f}", value);
  };
  return {.text = text(m.value),
          .interval = fmt::format("{} to {}", text(m.low), text(m.high)),
          .brief = fmt::format("{} ({} to {})", text(m.value), text(m.low), text(m.high)),
          .best = significant};
}

/// The models whose charts aren't folded away: all where they are few; else the recommended one and
/// the plain ones that it is measured against.
bool is_main(const evaluate::Results& results, std::size_t i) {
  const ModelResult* model = &results.models[i];
  return results.models.size() <= kFewCharts || i == shown_model(results) ||
         model == plain_model(results, loss::Activation::kSoftmax) ||
         model == plain_model(results, loss::Activation::kSigmoid);
}

Charts::One chart_of(const ModelResult& model, std::size_t i) {
  Charts::One chart{.id = fmt::format("chart-{}", i), .title = model.name};
  if (model.unseen) {
    const Measured& keeping = model.unseen->keeping_95;
    chart.figure = format_value(Unit::kShare, keeping.value);
    chart.caption =
        fmt::format("of the unseen pictures get a label (95 % interval {}), threshold {}",
                    format_interval(Unit::kShare, keeping.low, keeping.high),
                    format_value(Unit::kThreshold, model.unseen->threshold));
  }
  return chart;
}

bool has_unseen(const evaluate::Results& results) {
  return std::any_of(results.models.begin(), results.models.end(),
                     [](const ModelResult& model) { return bool(model.unseen); });
}

}  // namespace

std::size_t shown_model(const evaluate::Results& results) {
  return results.recommended ? results.recommended->model : 0;
}

std::string compared_at(const evaluate::Results& results) {
  const metrics::Aim aim = results.recommended ? results.recommended->aim : metrics::Aim{};
  return percent_text(aim.compared_at().share);
}

std::vector<const ScoreResult*> best_estimate_first(const std::vector<ScoreResult>& scores) {
  std::vector<const ScoreResult*> order;
  for (const ScoreResult& score : scores) order.push_back(&score);
  const auto rank = [](const ScoreResult* score) {
    return std::pair(!score->estimate, score->estimate ? score->estimate->value : 0);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return order;
}

std::vector<Part> by_model(const evaluate::Results& results,
                           const std::function<std::vector<Part>(std::size_t)>& parts) {
  if (results.models.empty()) return {};
  const std::size_t shown = shown_model(results);
  std::vector<Part> all = parts(shown);
  const auto add_folded = [&](Part&& part) {
    part.fold = "The other models";
    all.push_back(std::move(part));
  };
  for (std::size_t i = 0; i < results.models.size(); ++i) {
    if (i == shown) continue;
    std::vector<Part> others = parts(i);
    if (others.empty()) continue;
    add_folded(Part{Heading{results.models[i].name}});
    for (Part& part : others) add_folded(std::move(part));
  }
  return all;
}

Section models_section(const evaluate::Results& results) {
  Section section{.id = "models", .title = "Models"};
  if (results.models.empty()) return section;
  Table table = models_table(brief_measures(results), all_models(results), Table::Style::kList);
  if (results.recommended) {
    Row& row = table.rows.at(results.recommended->model);
    row.marked = true;
    row.note = "recommended";
  }
  std::vector<std::string> note;
  const auto explain = [&](const char* column, std::string words) {
    const auto named = [&](const Column& one) {
      return one.name.find(column) != std::string::npos;
    };
    if (std::any_of(table.columns.begin(), table.columns.end(), named)) {
      note.push_back(std::move(words));
    }
  };
  explain(
      "unrelated",
      fmt::format("Pictures of none of the classes that get a label when {} of "
                  "correct answers are accepted{}: expected of {}unrelated ones{}.",
                  compared_at(results),
                  results.recommended && results.recommended->aim.kind != metrics::Aim::Kind::kKeep
                      ? " (not at the recommended threshold)"
                      : "",
                  !has_related(results)                 ? ""
                  : results.data.unlabelled.estimates() ? "those like your unlabelled and "
                                                        : "related (like yours) and ",
                  results.data.unseen > 0 ? ", and your unseen ones" : ""));
  std::vector<std::string> by_both;
  for (const ModelResult& model : results.models) {
    const ScoreResult* const used = used_score(model);
    if (used && used->kind == ood::ScoreKind::kBothGates) by_both.push_back(model.name);
  }
  if (!by_both.empty()) {
    explain("unrelated", fmt::format("By both gates (probable enough and near enough): {}.",
                                     by_both.size() == results.models.size()
                                         ? "all models"
                                         : fmt::format("{}; the others by the highest probability",
                                                       fmt::join(by_both, ", "))));
  }
  explain("ECE", "ECE: how far probabilities are off on average.");
  explain("AUROC", "AUROC: 1 if every unseen picture scores below yours.");
  section.note = fmt::format("{}", fmt::join(note, " "));
  section.parts.push_back({std::move(table), Level::kBrief});
  return section;
}

Section charts_section(const evaluate::Results& results) {
  const bool unseen = has_unseen(results);
  Section section{.id = "distributions",
                  .title = "How sure is each model?",
                  .note = fmt::format(
                      "The highest probability that each picture gets. A model that knows its "
                      "limits puts pictures of the classes on the right{}.",
                      unseen ? " and unseen ones on the left. The scales above and below the line "
                               "differ"
                             : "")};
  if (results.models.empty()) return section;
  Key key{{{"seen", "pictures of the classes"}}};
  if (unseen) {
    key.marks.emplace_back("unseen", "unseen pictures, of none of the classes");
    key.marks.emplace_back("threshold",
                           "threshold that accepts 95 % of the correct answers; pale: below it");
  }
  Charts shown, others;
  for (std::size_t i = 0; i < results.models.size(); ++i) {
    (is_main(results, i) ? shown : others).all.push_back(chart_of(results.models[i], i));
  }
  const std::string fold = fmt::format("The other {} models", others.all.size());
  section.parts = {{std::move(key), Level::kPage}, {std::move(shown), Level::kPage}};
  if (!others.all.empty()) section.parts.push_back({std::move(others), Level::kPage, fold});
  if (!unseen) {
    section.parts.push_back({Text{
        fmt::format("No unseen pictures were given{}. Give {}.",
                    results.recommended && results.recommended->estimate
                        ? ": nothing tests what is expected of pictures of none of the classes"
                        : ", so nothing is known about what these models do with pictures of "
                          "none of the classes",
                    results.from_features() ? "the features of such pictures with "
                                              "--unseen-features"
                    : results.from_logits() ? "their logits of such pictures with --unseen"
                                            : "a folder of such pictures with --unseen")}});
  }
  return section;
}

Section scores_section(const evaluate::Results& results) {
  Section section{.id = "ood", .title = "OOD scores"};
  auto tables = by_model(results, [&](std::size_t i) { return scores_of(results, i); });
  if (tables.empty()) return section;
  section.note = fmt::format(
      "Ways to tell a picture of the classes from any other (out-of-distribution scores), of {}; "
      "each at the threshold that accepts {} of the correct answers.{}",
      results.models[shown_model(results)].name, compared_at(results),
      results.data.background == 0 ? ""
      : results.from_logits()
          ? " Scores are chosen by the expected false accepts, on the background."
          : " Scores are chosen by the expected false accepts: on clusters of background, each "
            "held out from the model.");
  if (has_unseen(results)) section.note += " Beside them stands what unseen pictures show.";
  Key key{{{"seen dot", "expected"}}};
  if (has_unseen(results)) key.marks.emplace_back("unseen dot", "on unseen pictures");
  section.parts = {{std::move(key), Level::kPage}, {Charts{{{.id = "scores"}}}, Level::kPage}};
  std::move(tables.begin(), tables.end(), std::back_inserter(section.parts));
  return section;
}

Section unseen_section(const evaluate::Results& results) {
  Section section{.id = "unseen-measures", .title = "Unseen pictures"};
  std::vector<const ModelResult*> models;
  for (const ModelResult& model : results.models) {
    if (model.unseen) models.push_back(&model);
  }
  if (models.empty()) return section;
  section.note =
      "Pictures of none of the classes, which had no part in any choice: the right "
      "answer is no label." +
      small_print(models.size());
  section.parts = {{models_table(unseen_measures(), models, Table::Style::kMeasures)}};
  return section;
}

Section in_domain_section(const evaluate::Results& results) {
  Section section{.id = "in-domain", .title = "In domain"};
  if (results.models.empty()) return section;
  section.note =
      (results.from_logits()
           ? "Pictures of the classes. A model that was trained on any of them is flattered."
           : "Pictures of the classes, each predicted by models that never saw it.") +
      small_print(results.models.size());
  section.parts = {
      {models_table(in_domain_measures(results), all_models(results), Table::Style::kMeasures)}};
  return section;
}

Section differences_section(const evaluate::Results& results) {
  Section section{.id = "differences"};
  if (results.differences.empty()) return section;
  const ModelResult& shown = results.models.at(shown_model(results));
  const bool share = !shown.in_domain.labels;
  Table table{.style = Table::Style::kSlim,
              .what = "model",
              .columns = {{.name = share ? "accuracy" : "macro mAP"},
                          {.name = "p"},
                          {.name = "false accepts, unseen"}}};
  for (const evaluate::ModelDifference& one : results.differences) {
    table.rows.push_back(
        {.name = results.models.at(one.model).name,
         .cells = {
             difference_cell(one.score, share, one.score_significant),
             share ? Cell{.text = fmt::format("{:.3f}", one.p)} : Cell{},
             one.unseen ? difference_cell(*one.unseen, true, one.unseen_significant) : Cell{}}});
  }
  const std::string fold = "Is another model as good?";
  section.parts = {
      {Text{fmt::format("\"{}\" minus each other model, on the same pictures, with 95 % intervals. "
                        "Bold: statistically significant.",
                        shown.name),
            true},
       Level::kFull, fold},
      {std::move(table), Level::kFull, fold}};
  return section;
}

Section calibration_section(const evaluate::Results& results) {
  Section section{.id = "calibrations", .title = "Calibration"};
  auto tables = by_model(results, [&](std::size_t i) { return calibration_of(results, i); });
  if (tables.empty()) return section;
  const ModelResult& shown = results.models[shown_model(results)];
  const std::string found = calibration_found(shown);
  section.note = fmt::format(
      "Whether answers given with 80 % are right 8 times in 10: on the dashed line they are. Each "
      "method was fitted out of fold to \"{}\" and measured on pictures that it didn't see; the "
      "simplest whose log-loss is within one standard error of the lowest is chosen.{}",
      shown.name, found.empty() ? "" : fmt::format(" Here: {}.", found));
  if (shown.calibration) {
    section.parts = {{Charts{{{.id = "calibration", .style = "calibration"}}}, Level::kPage}};
  }
  std::move(tables.begin(), tables.end(), std::back_inserter(section.parts));
  return section;
}

}  // namespace oneormany::report
