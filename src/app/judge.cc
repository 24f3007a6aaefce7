#include "app/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

#include "app/feature_files.h"
#include "app/logit_files.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/progress.h"
#include "data/folds.h"
#include "evaluate/evaluate.h"
#include "train/clusters.h"
#include "train/cross_scores.h"

namespace oneormany::app {
namespace {

using Labels = std::vector<std::vector<int>>;

constexpr std::uint64_t kSeed = 1;  // of folds, clusters and bootstrap
constexpr int kFolds = 5;

/// What a user is told at once as well.
struct Notes {
  const std::function<void(const std::string&)>& warn;
  std::vector<std::string> notes{};

  void warning(const std::string& text) {
    warn(text);
    notes.push_back(text);
  }
};

/// The first row that softmax can't be right about; -1 if there is none.
Index not_one_class(const Labels& labels) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [](const std::vector<int>& own) { return own.size() != 1; });
  return found == labels.end() ? -1 : static_cast<Index>(found - labels.begin());
}

/// Throws UsageError if softmax can't be right about these targets.
void require_softmax_fits(const Labels& labels, std::size_t classes, const std::string& targets) {
  if (classes < 2) {
    throw UsageError("--activation softmax needs two classes or more: of one it says 1, always");
  }
  const Index odd = not_one_class(labels);
  if (odd < 0) return;
  const auto count = labels[static_cast<std::size_t>(odd)].size();
  throw UsageError(fmt::format(
      "--activation softmax needs exactly one class for each row, but {} gives row {} (counted "
      "from 0) {}: use --activation sigmoid, or {}",
      base::printable(targets), odd, count == 0 ? "none" : base::counted(count, "class"),
      count == 0 ? "give the logits of such rows as --unseen" : "leave such rows out"));
}

/// Of one class softmax says 1, always.
bool takes_softmax(const Labels& labels, std::size_t classes) {
  return classes > 1 && data::problem_of(labels) == data::Problem::kOneClass;
}

/// How the activation was chosen where the user named none.
void note_activation(const Labels& labels, std::size_t classes, const std::string& targets,
                     Notes& notes) {
  const auto without = static_cast<std::size_t>(std::count_if(
      labels.begin(), labels.end(), [](const std::vector<int>& own) { return own.empty(); }));
  const bool several_labels = std::any_of(
      labels.begin(), labels.end(), [](const std::vector<int>& own) { return own.size() > 1; });
  if (without > 0 && without < labels.size() && !several_labels && classes > 1) {
    notes.warning(fmt::format(
        "{}: {} no class, all others exactly one: evaluated with sigmoid, as multi-label; if the "
        "model has softmax, give the logits of rows without a class as --unseen",
        base::printable(targets), base::counted(without, "row has", "rows have")));
    return;
  }
  const bool softmax = takes_softmax(labels, classes);
  notes.notes.push_back(fmt::format(
      "{}: evaluated with {}; --activation overrides",
      softmax                      ? "every row has exactly one class"
      : not_one_class(labels) >= 0 ? "some rows have no class or several"
                                   : "there is one class only",
      loss::name_of(softmax ? loss::Activation::kSoftmax : loss::Activation::kSigmoid)));
}

/// Each model's loss, which brings the activation.
std::vector<train::ModelSpec> specs_of(const std::vector<LogitModel>& models, const Labels& labels,
                                       const JudgeOptions& options, Notes& notes) {
  const auto classes = static_cast<std::size_t>(models[0].logits.values.cols());
  const auto& given = options.activation;
  if (given.empty()) note_activation(labels, classes, options.targets, notes);
  std::vector<train::ModelSpec> specs;
  for (std::size_t m = 0; m < models.size(); ++m) {
    bool softmax = takes_softmax(labels, classes);
    if (!given.empty()) {
      softmax = given[given.size() == 1 ? 0 : m] == loss::Activation::kSoftmax;
      if (softmax) require_softmax_fits(labels, classes, options.targets);
    }
    specs.push_back({.name = models[m].name,
                     .loss = train::standard_losses()[softmax ? 0 : 1],
                     .head = std::nullopt});
  }
  return specs;
}

/// Throws Error where numbers look like probabilities, which taken for logits give wrong figures.
void require_no_probabilities(const data::Numbers& numbers, bool all_alike) {
  const Scale scale = scale_of(numbers.values);
  if (scale == Scale::kLogits) return;
  const bool per_cent = scale == Scale::kPercent;
  throw Error(
      fmt::format("{}: all its numbers are from 0 to {}{}: these look like {}{}; or, if they are "
                  "logits indeed, --no-probabilities",
                  base::printable(numbers.file), per_cent ? 100 : 1,
                  sum_to_whole(numbers.values, scale)
                      ? fmt::format(" and each row's sum is {}", per_cent ? 100 : 1)
                      : "",
                  per_cent ? "per cent" : "probabilities",
                  all_alike ? ": say --probabilities"
                            : ", but the model's other files hold logits: give logits of all"));
}

void require_no_probabilities(const LogitFiles& files) {
  for (std::size_t m = 0; m < files.models.size(); ++m) {
    std::vector<const data::Numbers*> all{&files.models[m].logits};
    if (files.models[m].background) all.push_back(&*files.models[m].background);
    if (!files.unseen.logits.empty()) all.push_back(&files.unseen.logits[m]);
    const bool all_alike = std::all_of(all.begin(), all.end(), [](const data::Numbers* one) {
      return scale_of(one->values) != Scale::kLogits;
    });
    for (const data::Numbers* one : all) require_no_probabilities(*one, all_alike);
  }
}

void note_classes_without_rows(const std::vector<evaluate::ClassCount>& classes,
                               const std::string& targets, Notes& notes) {
  std::vector<std::string> without;
  for (const evaluate::ClassCount& one : classes) {
    if (one.count == 0) without.push_back(base::excerpt(one.name));
  }
  if (without.size() == classes.size()) {
    throw Error(
        fmt::format("{}: no row has a class, so no prediction could be right: give rows of the "
                    "classes, and those of none of them as --unseen",
                    base::printable(targets)));
  }
  if (without.empty()) return;
  notes.notes.push_back(fmt::format("{} no row, so the figures say nothing of {}: {}",
                                    base::counted(without.size(), "class has", "classes have"),
                                    without.size() == 1 ? "it" : "them", base::examples(without)));
}

evaluate::DataSummary summary_of(const JudgeOptions& options, const data::TargetRows& rows,
                                 const Labels& labels, const std::vector<int>& groups,
                                 const LogitFiles& files, Notes& notes) {
  evaluate::DataSummary summary;
  for (const std::string& name : rows.classes) {
    summary.classes.push_back({rows.named ? name : "class " + name, 0});
  }
  for (const auto& own : labels) {
    for (const int label : own) ++summary.classes[static_cast<std::size_t>(label)].count;
    ++summary.labels_per_picture[static_cast<int>(own.size())];
  }
  summary.name = fmt::format("{}", fmt::join(options.logits, ", "));
  summary.problem = data::problem_of(labels);
  summary.pictures = labels.size();
  const auto count = [](const data::Numbers& of) {
    return static_cast<std::size_t>(of.values.rows());
  };
  if (!files.unseen.logits.empty()) summary.unseen = count(files.unseen.logits[0]);
  if (files.models[0].background) summary.background = count(*files.models[0].background);
  note_classes_without_rows(summary.classes, options.targets, notes);
  const auto different = std::set(groups.begin(), groups.end()).size();
  if (different < groups.size()) {
    notes.notes.push_back(fmt::format("{} in {}: for the intervals those of a group stay together",
                                      base::counted(groups.size(), "row"),
                                      base::counted(different, "group")));
  }
  return summary;
}

/// What is held out together, for what learns from rows: scores, calibration, prediction sets.
struct HeldOut {
  std::vector<int> folds;  ///< of each row; none where the rows are too few to learn from
  /// Of each background row; none where there are no features of them.
  std::vector<int> clusters, background_folds;
};

/// Assigns the rows to folds, for what learns from them: calibration, prediction sets, scores of
/// features. None where the rows are too few to learn from.
std::vector<int> folds_for(const Labels& labels, std::size_t classes,
                           const std::vector<int>& groups, const JudgeOptions& options,
                           Notes& notes) {
  constexpr std::size_t kFewest = 2 * kFolds;
  const std::size_t different = std::set(groups.begin(), groups.end()).size();
  if (different >= kFewest) {
    return data::stratified_folds(labels, static_cast<int>(classes), groups, kFolds, kSeed);
  }
  if (options.features) {
    throw Error(fmt::format(
        "{}: only {}, and scores of features need {} or more: leave --features out",
        base::printable(options.targets), base::counted(different, "different picture"), kFewest));
  }
  notes.notes.push_back(fmt::format("only {}: too few for calibration and prediction sets",
                                    base::counted(different, "different picture")));
  return {};
}

HeldOut hold_out(const LogitFiles& files, const Labels& labels, std::size_t classes,
                 const std::vector<int>& groups, const JudgeOptions& options, Notes& notes) {
  HeldOut held_out{folds_for(labels, classes, groups, options, notes), {}, {}};
  if (files.background_features.rows() > 0) {
    held_out.clusters = train::cluster_background(files.background_features,
                                                  train::kClustersPerFold * kFolds, kSeed);
    held_out.background_folds = train::assign_folds(held_out.clusters, kFolds);
  }
  return held_out;
}

/// The scores to evaluate: those wanted, or all that the files allow; the highest probability
/// first.
std::vector<ood::ScoreKind> scores_for(const JudgeOptions& options, const HeldOut& held_out,
                                       bool log_probabilities) {
  // A fold's clusters are held out in turn, and those of two folds must be left to learn from.
  const bool enough =
      std::set(held_out.background_folds.begin(), held_out.background_folds.end()).size() >= 3;
  std::vector<ood::ScoreKind> kinds{ood::ScoreKind::kMaxProbability};
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    if (score.kind == ood::ScoreKind::kMaxProbability) continue;
    const auto& wanted = options.scoring.scores;
    // The log of probabilities that sum to 1 has the energy 0, always.
    const bool constant = log_probabilities && score.kind == ood::ScoreKind::kEnergy;
    const bool possible = !constant && (!score.features || options.features) &&
                          (!score.background || (!options.background.empty() && enough));
    const bool asked = wanted.empty()
                           ? possible
                           : std::find(wanted.begin(), wanted.end(), score.kind) != wanted.end();
    if (asked && constant) {
      throw UsageError(
          "the score energy needs logits: of softmax's probabilities it is always the same; "
          "leave it out of --scores");
    }
    if (asked && score.background && !options.background.empty() && !enough) {
      throw Error(fmt::format(
          "{}: too few different pictures to learn the score {} from; leave it out of --scores",
          base::printable(options.background.front()), score.name));
    }
    if (asked) kinds.push_back(score.kind);
  }
  return kinds;
}

/// All scores of all models, cross-fitted.
std::vector<train::CrossScores> fit_scores(const std::vector<train::ModelSpec>& specs,
                                           const std::vector<ood::ScoreKind>& kinds,
                                           const Labels& labels, const HeldOut& held_out,
                                           const LogitFiles& files) {
  const std::vector<int> one_fold(labels.size());  // where nothing learns
  const train::ScoreRows rows{labels, held_out.folds.empty() ? one_fold : held_out.folds,
                              files.features, files.background_features, held_out.background_folds};
  base::Progress progress("scores", specs.size() * train::cross_fits(kinds, kFolds));
  std::vector<train::CrossScores> scores;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    const LogitModel& model = files.models[m];
    scores.emplace_back(specs[m], kinds, rows, model.logits.values,
                        model.background ? &model.background->values : nullptr,
                        [&] { progress.add(); });
  }
  return scores;
}

evaluate::Predictions predictions_of(const train::ModelSpec& spec, Matrix logits,
                                     std::vector<Vector> scores, const std::vector<int>& groups) {
  const auto classes = static_cast<int>(logits.cols());
  return evaluate::predictions_of(spec, classes, std::move(logits), std::move(scores), groups);
}

/// The logits of the models move from the files to their predictions.
evaluate::Evidence evidence_of(const std::vector<train::ModelSpec>& specs,
                               const std::vector<ood::ScoreKind>& kinds,
                               const std::vector<train::CrossScores>& scores, const Labels& labels,
                               const std::vector<int>& groups, const HeldOut& held_out,
                               LogitFiles& files) {
  evaluate::Evidence evidence;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    Matrix& logits = files.models[m].logits.values;
    evaluate::ModelPredictions model{specs[m], kinds, {}};
    if (const auto& background = files.models[m].background) {
      model.held_out = {
          predictions_of(specs[m], logits, scores[m].held_out_own(), groups),
          predictions_of(specs[m], background->values, scores[m].held_out_background(),
                         held_out.clusters.empty() ? evaluate::alone(background->values.rows())
                                                   : held_out.clusters)};
    }
    model.own = predictions_of(specs[m], std::move(logits), scores[m].own(), groups);
    evidence.models.push_back(std::move(model));
  }
  evidence.labels = labels;
  evidence.files = named_files(files.models[0].logits);
  if (!held_out.folds.empty()) evidence.folds.push_back(held_out.folds);
  evidence.gates = evaluate::add_gates(evidence.models, evidence.labels);
  return evidence;
}

evaluate::UnseenPredictions predict_unseen(const UnseenRows& unseen,
                                           const std::vector<train::ModelSpec>& specs,
                                           const std::vector<train::CrossScores>& scores,
                                           std::size_t kinds) {
  base::Progress progress("scores of unseen pictures", unseen.logits.size() * kinds);
  evaluate::UnseenPredictions predictions;
  for (std::size_t m = 0; m < unseen.logits.size(); ++m) {
    const Matrix& logits = unseen.logits[m].values;
    predictions.models.push_back(predictions_of(
        specs[m], logits, scores[m].of(unseen.features, logits, [&] { progress.add(); }),
        evaluate::alone(logits.rows())));
  }
  if (!unseen.logits.empty()) predictions.files = named_files(unseen.logits[0]);
  return predictions;
}

}  // namespace

evaluate::Results judge(const JudgeOptions& options,
                        const std::function<void(const std::string&)>& warn) {
  const auto start = std::chrono::steady_clock::now();
  Notes notes{warn};
  LogitFiles files = read_logit_files(options);
  const data::TargetRows rows = describe_rows(files, options.names);
  const Labels labels = data::read_targets(options.targets, rows, options.data_options);
  const std::vector<int> groups = options.groups
                                      ? data::read_groups(*options.groups, rows)
                                      : evaluate::alone(files.models[0].logits.values.rows());
  const auto specs = specs_of(files.models, labels, options, notes);
  if (options.probabilities.value_or(false)) {
    std::vector<bool> softmax;
    for (const train::ModelSpec& spec : specs) softmax.push_back(spec.one_class());
    if (!files.taken) take_probabilities(files, softmax);
  } else if (!options.probabilities) {
    require_no_probabilities(files);
  }
  notes.notes.insert(notes.notes.end(), files.notes.begin(), files.notes.end());
  evaluate::DataSummary summary = summary_of(options, rows, labels, groups, files, notes);
  const HeldOut held_out = hold_out(files, labels, rows.classes.size(), groups, options, notes);
  const bool log_probabilities =
      options.probabilities.value_or(false) &&
      std::any_of(specs.begin(), specs.end(), [](const auto& spec) { return spec.one_class(); });
  const std::vector<ood::ScoreKind> kinds = scores_for(options, held_out, log_probabilities);
  const auto scores = fit_scores(specs, kinds, labels, held_out, files);
  const evaluate::Evidence evidence =
      evidence_of(specs, kinds, scores, labels, groups, held_out, files);
  const evaluate::Holdout<std::function<evaluate::SetAside()>> unseen(
      [&specs, &scores, kinds = kinds.size(), rows_unseen = std::move(files.unseen)] {
        return evaluate::SetAside{predict_unseen(rows_unseen, specs, scores, kinds)};
      });
  summary.notes = std::move(notes.notes);
  evaluate::Results results = evaluate::evaluate(std::move(summary), evidence, unseen,
                                                 {.aim = options.scoring.aim,
                                                  .label_aim = options.scoring.label_aim,
                                                  .alpha = options.scoring.alpha,
                                                  .seed = kSeed});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  results.seconds.total = seconds.count();
  return results;
}

}  // namespace oneormany::app
