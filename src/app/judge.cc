#include "app/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "base/progress.h"
#include "evaluate/select.h"
#include "evaluate/per_class.h"
#include "train/cross_scores.h"
#include "evaluate/predictions.h"
#include "train/clusters.h"
#include "evaluate/per_label.h"
#include "app/logit_files.h"
#include "evaluate/holdout.h"
#include "evaluate/trust.h"
#include "report/verdict.h"
#include "data/folds.h"

namespace oneormany::app {
namespace {

using Labels = std::vector<std::vector<int>>;

constexpr std::uint64_t kSeed = 1;  // of the bootstrap

constexpr int kFolds = 5;

/// The first row that softmax can't be right about; -1 if there is none.
Index not_one_class(const Labels& labels) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [](const std::vector<int>& own) { return own.size() != 1; });
  return found == labels.end() ? -1 : static_cast<Index>(found - labels.begin());
}

/// Each model's loss, which brings the activation; says how it was chosen.
std::vector<train::ModelSpec> choose_activations(const std::vector<LogitModel>& models, const Labels& labels,
                                        const JudgeOptions& options, evaluate::Results& result,
                                        const std::function<void(const std::string&)>& warn) {
  std::vector<train::ModelSpec> specs;
  const Index odd = not_one_class(labels);
  const bool several_classes = models[0].logits.values.cols() > 1;
  const bool softmax_fits = odd < 0 && several_classes;
  for (std::size_t m = 0; m < models.size(); ++m) {
    bool softmax = softmax_fits;
    if (!options.activation.empty()) {
      softmax = options.activation[options.activation.size() == 1 ? 0 : m] == "softmax";
    }
    if (softmax && !several_classes) {
      throw UsageError("--activation softmax needs two classes or more: of one it says 1, always");
    }
    if (softmax && odd >= 0) {
      const auto count = labels[static_cast<std::size_t>(odd)].size();
      throw UsageError(fmt::format(
          "--activation softmax needs exactly one class for each row, but {} gives row {} (counted "
          "from 0) {}: use --activation sigmoid, or {}",
          base::printable(options.targets), odd, count == 0 ? "none" : base::counted(count, "class"),
          count == 0 ? "give the logits of such rows as --unseen" : "leave such rows out"));
    }
    specs.push_back({models[m].name, train::standard_losses()[softmax ? 0 : 1]});
  }
  if (!options.activation.empty()) return specs;
  const auto without = static_cast<std::size_t>(std::count_if(
      labels.begin(), labels.end(), [](const std::vector<int>& own) { return own.empty(); }));
  const bool several_labels = std::any_of(
      labels.begin(), labels.end(), [](const std::vector<int>& own) { return own.size() > 1; });
  if (without > 0 && without < labels.size() && !several_labels && several_classes) {
    const std::string warning = fmt::format(
        "{}: {} no class, all others exactly one: judged with sigmoid, as a label problem; if the "
        "model has softmax, give the logits of rows without a class as --unseen",
        base::printable(options.targets), base::counted(without, "row has", "rows have"));
    warn(warning);
    result.data.notes.push_back(warning);
  } else {
    result.data.notes.push_back(fmt::format("{}: judged with {}; --activation overrides",
                                       odd >= 0          ? "some rows have no class or several"
                                       : several_classes ? "every row has exactly one class"
                                                         : "there is one class only",
                                       softmax_fits ? "softmax" : "sigmoid"));
  }
  return specs;
}

/// Probabilities where logits are due would be judged as if they were logits.
bool look_like_probabilities(const Matrix& values) {
  constexpr Index kFew = 10;  // a few logits may lie there by chance
  return values.size() >= kFew && values.minCoeff() >= 0 && values.maxCoeff() <= 1;
}

bool sum_to_1(const Matrix& values) {
  constexpr double kRounding = 1e-2;  // float16, or a few decimals in a CSV
  return (values.rowwise().sum().array() - 1).abs().maxCoeff() <= kRounding;
}

void warn_of_probabilities(const data::Numbers& numbers, const train::ModelSpec& spec, evaluate::Results& result,
                           const std::function<void(const std::string&)>& warn) {
  if (!look_like_probabilities(numbers.values)) return;
  const bool of_softmax = spec.one_class() && sum_to_1(numbers.values);
  const std::string warning = fmt::format(
      "{}: all its numbers are from 0 to 1{}: these look like probabilities, but are judged as "
      "logits, so that the figures are wrong; give logits, or {}",
      base::printable(numbers.file), of_softmax ? " and each row's sum is 1" : "",
      of_softmax ? "the log of the probabilities" : "log(p / (1 - p)) of the probabilities p");
  warn(warning);
  result.data.notes.push_back(warning);
}

void describe(const JudgeOptions& options, const data::LogitRows& rows, const Labels& labels,
              const std::vector<int>& groups, const LogitFiles& files, evaluate::Results& result) {
  for (const std::string& name : rows.classes) {
    result.data.classes.push_back({rows.named ? name : "class " + name, 0});
  }
  for (const auto& own : labels) {
    for (const int label : own) ++result.data.classes[static_cast<std::size_t>(label)].count;
    ++result.data.labels_per_picture[static_cast<int>(own.size())];
  }
  result.from_logits = true;
  result.data.name = fmt::format("{}", fmt::join(options.logits, ", "));
  result.data.pictures = labels.size();
  const auto count = [](const data::Numbers& of) { return static_cast<std::size_t>(of.values.rows()); };
  if (!files.unseen.logits.empty()) result.data.unseen = count(files.unseen.logits[0]);
  if (files.models[0].background) result.data.background = count(*files.models[0].background);
  const auto without = std::count_if(result.data.classes.begin(), result.data.classes.end(),
                                     [](const evaluate::ClassCount& one) { return one.count == 0; });
  if (static_cast<std::size_t>(without) == result.data.classes.size()) {
    throw Error(
        fmt::format("{}: no row has a class, so no answer could be right: give rows of the "
                    "classes, and those of none of them as --unseen",
                    base::printable(options.targets)));
  }
  if (without > 0) {
    const auto first = std::find_if(result.data.classes.begin(), result.data.classes.end(),
                                    [](const evaluate::ClassCount& one) { return one.count == 0; });
    result.data.notes.push_back(
        fmt::format("no row has {}{}: the figures say nothing of {}", base::printable(first->name),
                    without == 1 ? ""
                                 : ", nor " + base::counted(static_cast<std::size_t>(without - 1),
                                                      "more class", "more classes"),
                    without == 1 ? "it" : "them"));
  }
  const auto different = std::set(groups.begin(), groups.end()).size();
  if (different < groups.size()) {
    result.data.notes.push_back(fmt::format("{} in {}: for the intervals those of a group stay together",
                                       base::counted(groups.size(), "row"), base::counted(different, "group")));
  }
}

/// The scores to judge by: those wanted, or all that the files allow; the highest probability
/// first.
std::vector<ood::ScoreKind> kinds_of_scores(const JudgeOptions& options,
                                       const std::vector<int>& background_folds) {
  // In rehearsal a fold's kinds are hidden, and those of two folds must be left to learn from.
  const bool enough = std::set(background_folds.begin(), background_folds.end()).size() >= 3;
  std::vector<ood::ScoreKind> kinds{ood::ScoreKind::kMaxProbability};
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    if (score.kind == ood::ScoreKind::kMaxProbability) continue;
    const auto& wanted = options.scores;
    const bool possible = (!score.features || options.features) &&
                          (!score.background || (!options.background.empty() && enough));
    const bool evaluated = wanted.empty()
                            ? possible
                            : std::find(wanted.begin(), wanted.end(), score.kind) != wanted.end();
    if (evaluated && score.background && !options.background.empty() && !enough) {
      throw Error(fmt::format(
          "{}: too few different pictures to learn the score {} from; leave it out of --scores",
          base::printable(options.background.front()), score.name));
    }
    if (evaluated) kinds.push_back(score.kind);
  }
  return kinds;
}

/// Deals the rows into folds, for what learns from them: calibration, sets, scores of features.
/// None where the rows are too few to learn from.
std::vector<int> repeat(const Labels& labels, const std::vector<int>& groups,
                      const JudgeOptions& options, evaluate::Results& result) {
  constexpr std::size_t kFewest = 2 * kFolds;
  const std::size_t different = std::set(groups.begin(), groups.end()).size();
  if (different >= kFewest) {
    return data::stratified_folds(labels, static_cast<int>(result.data.classes.size()), groups, kFolds, kSeed);
  }
  if (options.features) {
    throw Error(
        fmt::format("{}: only {}, and scores of features need {} or more: leave --features out",
                    base::printable(options.targets), base::counted(different, "different picture"), kFewest));
  }
  result.data.notes.push_back(
      fmt::format("only {}: too few to judge calibration and sets with a promise",
                  base::counted(different, "different picture")));
  return {};
}

evaluate::Predictions predictions(const train::ModelSpec& spec, const Matrix& logits, std::vector<Vector> scores,
          const std::vector<int>& groups) {
  return {logits, evaluate::probabilities_of(spec, static_cast<int>(logits.cols()), logits, groups),
          std::move(scores)};
}

/// Judges the models in domain, chooses, and only then opens what they said to unseen pictures.
void judge(const LogitFiles& files, const evaluate::Holdout<UnseenRows>& holdout,
           const std::vector<train::ModelSpec>& specs, const Labels& labels, const std::vector<int>& groups,
           const JudgeOptions& options, evaluate::Results& result) {
  const auto classes = static_cast<Index>(result.data.classes.size());
  const bool multi_label = classes == 1 || not_one_class(labels) >= 0;
  const std::vector<int> folds = repeat(labels, groups, options, result);
  const std::vector<int> one_fold(labels.size());  // where nothing learns
  std::vector<int> background_clusters, background_folds;
  if (files.background_features.rows() > 0) {
    background_clusters = train::cluster_background(files.background_features, train::kClustersPerFold * kFolds, kSeed);
    background_folds = train::assign_folds(background_clusters, kFolds);
  }
  const std::vector<ood::ScoreKind> kinds = kinds_of_scores(options, background_folds);
  const train::ScoreRows rows{labels, folds.empty() ? one_fold : folds, files.features,
                       files.background_features, background_folds};
  std::vector<train::CrossScores> scores;
  {
    base::Progress progress("scores", specs.size() * train::cross_fits(kinds, kFolds));
    for (std::size_t m = 0; m < specs.size(); ++m) {
      const LogitModel& model = files.models[m];
      scores.emplace_back(specs[m], kinds, rows, model.logits.values,
                          model.background ? &model.background->values : nullptr,
                          [&] { progress.add(); });
    }
  }

  std::vector<evaluate::ModelPredictions> models;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    const train::ModelSpec& spec = specs[m];
    const Matrix& logits = files.models[m].logits.values;
    evaluate::ModelPredictions arm{spec, kinds, predictions(spec, logits, scores[m].own(), groups), std::nullopt};
    if (const auto& background = files.models[m].background) {
      arm.held_out = {
          predictions(spec, logits, scores[m].rehearsed_own(), groups),
          predictions(spec, background->values, scores[m].rehearsed_background(),
               background_clusters.empty() ? evaluate::alone(background->values.rows()) : background_clusters)};
    }
    evaluate::ModelResult found;
    found.name = spec.name;
    found.loss = spec.loss.text();
    found.activation = loss::name_of(spec.activation());
    found.head.clear();
    found.in_domain = evaluate::evaluate_in_domain(spec, multi_label ? data::Problem::kMultiLabel : data::Problem::kOneClass,
                                      arm.own.probabilities, logits, labels, kSeed);
    std::vector<std::vector<int>> repeats;
    if (!folds.empty()) repeats.push_back(folds);
    if (multi_label) {
      found.in_domain.labels = evaluate::evaluate_per_label(arm.own.probabilities.probabilities, groups, labels,
                                            result.data.classes, repeats, options.label_aim, kSeed);
    }
    if (!repeats.empty()) found.calibration = evaluate::evaluate_calibration(arm, labels, repeats, kSeed);
    found.in_domain_max = arm.own.probabilities.highest;
    models.push_back(std::move(arm));
    result.models.push_back(std::move(found));
  }

  const evaluate::Selection selection = evaluate::select(models, result.models, labels, {options.aim, options.alpha, kSeed});
  for (std::size_t m = 0; m < models.size(); ++m) result.models[m].scores = selection.scores()[m];
  const std::size_t chosen = selection.recommended().model;
  // Without background nothing but the order on the command line would tell several models apart.
  if (models.size() == 1 || models[chosen].held_out) result.recommended = selection.recommended();

  if (multi_label && !folds.empty() && result.recommended) {
    result.recommended->labels =
        evaluate::evaluate_given_labels(selection, models[chosen], labels, {folds}, options.label_aim, kSeed);
  }
  const UnseenRows& unseen = holdout.open(selection);
  std::vector<evaluate::Predictions> to_unseen;
  {
    base::Progress progress("scores of unseen pictures", unseen.logits.size() * kinds.size());
    for (std::size_t m = 0; m < unseen.logits.size(); ++m) {
      const Matrix& logits = unseen.logits[m].values;
      to_unseen.push_back(predictions(specs[m], logits,
                               scores[m].of(unseen.features, logits, [&] { progress.add(); }),
                               evaluate::alone(logits.rows())));
    }
  }
  for (std::size_t m = 0; m < to_unseen.size(); ++m) {
    evaluate::ModelResult& found = result.models[m];
    found.unseen = evaluate::evaluate_unseen(models[m].own.probabilities, labels, to_unseen[m].probabilities, kSeed);
    found.unseen_max = to_unseen[m].probabilities.highest;
    found.scores = evaluate::evaluate_scores(selection, m, models[m], to_unseen[m], *found.unseen, labels, kSeed);
  }
  const bool any_unseen = !to_unseen.empty();
  const evaluate::Predictions* chosen_to_unseen = any_unseen ? &to_unseen[chosen] : nullptr;
  if (!multi_label && result.recommended) {
    result.recommended->classes =
        evaluate::evaluate_per_class(selection, models[chosen], chosen_to_unseen, labels, kSeed);
  }
  if (any_unseen && result.recommended) {
    result.recommended->unseen = evaluate::evaluate_recommended(
        selection, result.models[chosen].scores[selection.recommended_score()], to_unseen[chosen], kSeed);
  }
  result.differences = evaluate::compare_models(selection, models, any_unseen ? &to_unseen : nullptr, labels,
                                         multi_label, kSeed);
  if (!folds.empty() && result.recommended) {
    result.prediction_sets = evaluate::evaluate_sets(selection, models[chosen], chosen_to_unseen, labels, folds, result.data.classes,
                             options.alpha, kSeed);
  }
}

}  // namespace

evaluate::Results judge(const JudgeOptions& options,
                        const std::function<void(const std::string&)>& warn) {
  const auto start = std::chrono::steady_clock::now();
  evaluate::Results result;
  LogitFiles files = read_logit_files(options);
  const data::LogitRows rows = describe_rows(files, options.names);
  const Labels labels = data::read_targets(options.targets, rows, options.data_options);
  const std::vector<int> groups = options.groups ? data::read_groups(*options.groups, rows)
                                                 : evaluate::alone(files.models[0].logits.values.rows());
  const auto specs = choose_activations(files.models, labels, options, result, warn);
  for (std::size_t m = 0; m < specs.size(); ++m) {
    const LogitModel& model = files.models[m];
    warn_of_probabilities(model.logits, specs[m], result, warn);
    if (model.background) warn_of_probabilities(*model.background, specs[m], result, warn);
    if (!files.unseen.logits.empty()) {
      warn_of_probabilities(files.unseen.logits[m], specs[m], result, warn);
    }
  }
  describe(options, rows, labels, groups, files, result);
  const evaluate::Holdout<UnseenRows> unseen(std::move(files.unseen));
  judge(files, unseen, specs, labels, groups, options, result);
  result.verdict = report::write_verdict(result);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  result.seconds.total = seconds.count();
  return result;
}

}  // namespace oneormany::app
