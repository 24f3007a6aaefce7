#include "compare/judge_logits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "compare/judging.h"
#include "compare/label_judging.h"
#include "compare/verdict.h"
#include "data/numbers.h"
#include "data/targets.h"
#include "loss/loss.h"

namespace oneormany {
namespace {

using Labels = std::vector<std::vector<int>>;

constexpr std::uint64_t kSeed = 1;  // of the bootstrap

/// One model's answers to all that is judged.
struct Model {
  std::string name;
  ArmSpec spec;
  Numbers logits;
  std::optional<Numbers> unseen;
};

/// Beyond this not even float64 could hold a sum of losses; no model means it.
constexpr double kLargest = 1e100;

void require_logits(const Numbers& logits) {
  for (Index i = 0; i < logits.values.rows(); ++i) {
    for (Index j = 0; j < logits.values.cols(); ++j) {
      const double value = logits.values(i, j);
      if (std::abs(value) <= kLargest) continue;
      throw Error(fmt::format("{}: {} is no logit; {}", logits.place(i, j), value,
                              std::isnan(value) ? "the model that gave it has gone wrong"
                                                : "limit it, to ±1e4 for example"));
    }
  }
}

Numbers read_logits(const std::string& file) {
  Numbers logits = read_numbers(file);
  if (logits.dimensions != 2) {
    throw Error(fmt::format(
        "{}: has one dimension; logits are a table with a row for each picture and a column for "
        "each class",
        printable(file)));
  }
  require_logits(logits);
  return logits;
}

/// Each file's name without folder and ending where these differ, else as it was given.
std::vector<std::string> arm_names(const std::vector<std::string>& files) {
  std::vector<std::string> stems;
  for (const std::string& file : files) {
    const std::filesystem::path name = std::filesystem::path(file).filename();
    // FILE.safetensors:NAME is told from its siblings by NAME.
    stems.push_back(name.extension().string().find(':') == std::string::npos ? name.stem().string()
                                                                             : name.string());
  }
  if (std::set(stems.begin(), stems.end()).size() == files.size()) return stems;
  if (std::set(files.begin(), files.end()).size() == files.size()) return files;
  throw UsageError("--logits names a file twice");
}

void require_options(const JudgeOptions& options) {
  const std::size_t models = options.logits.size();
  if (!options.unseen.empty() && options.unseen.size() != models) {
    throw UsageError(fmt::format(
        "--unseen is given {} and --logits {}: each model needs its own file, in the same order",
        counted(options.unseen.size(), "time"), counted(models, "time")));
  }
  for (const std::string& logits : options.logits) {
    for (const std::string& unseen : options.unseen) {
      std::error_code missing;  // of files that are not there reading tells
      if (logits != unseen && !std::filesystem::equivalent(logits, unseen, missing)) continue;
      throw UsageError(
          fmt::format("--unseen {} is a file of --logits: unseen pictures are none of those that "
                      "the targets are of; give the logits of others",
                      printable(unseen)));
    }
  }
  if (options.activation.size() > 1 && options.activation.size() != models) {
    throw UsageError(
        fmt::format("--activation is given {} and --logits {}: give one for all, or one for each",
                    counted(options.activation.size(), "time"), counted(models, "time")));
  }
}

/// Several files must agree on how many pictures and which classes they are about.
void require_same(const Numbers& first, const Numbers& other, bool same_rows) {
  const auto rows = [](const Numbers& n) { return static_cast<std::size_t>(n.values.rows()); };
  const auto columns = [](const Numbers& n) { return static_cast<std::size_t>(n.values.cols()); };
  if (columns(other) != columns(first)) {
    throw Error(fmt::format("{}: has {}, but {} has {}: both need one for each class",
                            printable(other.file), counted(columns(other), "column"),
                            printable(first.file), columns(first)));
  }
  if (same_rows && rows(other) != rows(first)) {
    throw Error(
        fmt::format("{}: has {}, but {} has {}: both need one for each picture, in the same order",
                    printable(other.file), counted(rows(other), "row"), printable(first.file),
                    grouped(rows(first))));
  }
  if (other.columns.empty() || first.columns.empty()) return;
  for (std::size_t j = 0; j < first.columns.size(); ++j) {
    if (other.columns[j] == first.columns[j]) continue;
    throw Error(fmt::format(
        "{}: column {} is called {}, but in {} {}: the classes must be the same, in the same order",
        printable(other.file), j + 1, excerpt(other.columns[j]), printable(first.file),
        excerpt(first.columns[j])));
  }
}

std::vector<Model> read_models(const JudgeOptions& options) {
  std::vector<Model> models;
  const auto names = arm_names(options.logits);
  for (std::size_t m = 0; m < names.size(); ++m) {
    Model model;
    model.name = names[m];
    model.logits = read_logits(options.logits[m]);
    if (m > 0) require_same(models[0].logits, model.logits, true);
    if (!options.unseen.empty()) {
      model.unseen = read_logits(options.unseen[m]);
      require_same(model.logits, *model.unseen, false);
      if (m > 0) require_same(*models[0].unseen, *model.unseen, true);
    }
    models.push_back(std::move(model));
  }
  return models;
}

/// --names may repeat a header, never contradict it: one of them would be about other classes.
void require_header(const Numbers& logits, const std::vector<std::string>& names) {
  if (names.size() != logits.columns.size()) return;  // no header, no names, or not one for each
  for (std::size_t j = 0; j < names.size(); ++j) {
    if (names[j] == logits.columns[j]) continue;
    throw UsageError(
        fmt::format("--names calls column {} {}, but the header of {} calls it {}: leave --names "
                    "out, the header names the classes",
                    j + 1, excerpt(names[j]), printable(logits.file), excerpt(logits.columns[j])));
  }
}

/// The classes' names and what the targets have to fit.
LogitRows describe_rows(const std::vector<Model>& models, const std::vector<std::string>& names) {
  const Numbers& logits = models[0].logits;
  LogitRows rows;
  rows.file = logits.file;
  rows.rows = static_cast<std::size_t>(logits.values.rows());
  const auto classes = static_cast<std::size_t>(logits.values.cols());
  rows.classes = names;
  for (const Model& model : models) {
    if (rows.classes.empty()) rows.classes = model.logits.columns;
  }
  for (const Model& model : models) {
    for (const Numbers* numbers : {&model.logits, model.unseen ? &*model.unseen : nullptr}) {
      if (numbers) require_header(*numbers, names);
    }
  }
  rows.named = !rows.classes.empty();
  if (!rows.named) {
    for (std::size_t c = 0; c < classes; ++c) rows.classes.push_back(std::to_string(c));
  }
  if (rows.classes.size() != classes) {
    throw UsageError(fmt::format("--names gives {}, but {} has {}",
                                 counted(rows.classes.size(), "name"), printable(logits.file),
                                 counted(classes, "column")));
  }
  if (std::set(rows.classes.begin(), rows.classes.end()).size() != classes) {
    throw UsageError("--names gives two classes the same name");
  }
  return rows;
}

/// The first row that softmax can't be right about; -1 if there is none.
Index not_one_class(const Labels& labels) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [](const std::vector<int>& own) { return own.size() != 1; });
  return found == labels.end() ? -1 : static_cast<Index>(found - labels.begin());
}

/// Sets each model's loss, which brings the activation; says how it was chosen.
void choose_activations(std::vector<Model>& models, const Labels& labels,
                        const JudgeOptions& options, Comparison& result,
                        const std::function<void(const std::string&)>& warn) {
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
          printable(options.targets), odd, count == 0 ? "none" : counted(count, "class"),
          count == 0 ? "give the logits of such rows as --unseen" : "leave such rows out"));
    }
    models[m].spec.name = models[m].name;
    models[m].spec.loss = standard_losses()[softmax ? 0 : 1];
  }
  if (!options.activation.empty()) return;
  const auto without = static_cast<std::size_t>(std::count_if(
      labels.begin(), labels.end(), [](const std::vector<int>& own) { return own.empty(); }));
  const bool several_labels = std::any_of(
      labels.begin(), labels.end(), [](const std::vector<int>& own) { return own.size() > 1; });
  if (without > 0 && without < labels.size() && !several_labels && several_classes) {
    const std::string warning = fmt::format(
        "{}: {} no class, all others exactly one: judged with sigmoid, as a label problem; if the "
        "model has softmax, give the logits of rows without a class as --unseen",
        printable(options.targets), counted(without, "row has", "rows have"));
    warn(warning);
    result.notes.push_back(warning);
  } else {
    result.notes.push_back(fmt::format("{}: judged with {}; --activation overrides",
                                       odd >= 0          ? "some rows have no class or several"
                                       : several_classes ? "every row has exactly one class"
                                                         : "there is one class only",
                                       softmax_fits ? "softmax" : "sigmoid"));
  }
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

void warn_of_probabilities(const Model& model, Comparison& result,
                           const std::function<void(const std::string&)>& warn) {
  for (const Numbers* numbers : {&model.logits, model.unseen ? &*model.unseen : nullptr}) {
    if (!numbers || !look_like_probabilities(numbers->values)) continue;
    const bool of_softmax = model.spec.one_class() && sum_to_1(numbers->values);
    const std::string warning = fmt::format(
        "{}: all its numbers are from 0 to 1{}: these look like probabilities, but are judged as "
        "logits, so that the figures are wrong; give logits, or {}",
        printable(numbers->file), of_softmax ? " and each row's sum is 1" : "",
        of_softmax ? "the log of the probabilities" : "log(p / (1 - p)) of the probabilities p");
    warn(warning);
    result.notes.push_back(warning);
  }
}

void describe(const JudgeOptions& options, const LogitRows& rows, const Labels& labels,
              const std::vector<int>& groups, const std::vector<Model>& models,
              Comparison& result) {
  for (const std::string& name : rows.classes) {
    result.classes.push_back({rows.named ? name : "class " + name, 0});
  }
  for (const auto& own : labels) {
    for (const int label : own) ++result.classes[static_cast<std::size_t>(label)].count;
    ++result.labels_per_picture[static_cast<int>(own.size())];
  }
  result.from_logits = true;
  result.data_name = fmt::format("{}", fmt::join(options.logits, ", "));
  result.pictures = labels.size();
  if (models[0].unseen) {
    result.unseen = static_cast<std::size_t>(models[0].unseen->values.rows());
  }
  const auto without = std::count_if(result.classes.begin(), result.classes.end(),
                                     [](const ClassCount& one) { return one.count == 0; });
  if (static_cast<std::size_t>(without) == result.classes.size()) {
    throw Error(
        fmt::format("{}: no row has a class, so no answer could be right: give rows of the "
                    "classes, and those of none of them as --unseen",
                    printable(options.targets)));
  }
  if (without > 0) {
    const auto first = std::find_if(result.classes.begin(), result.classes.end(),
                                    [](const ClassCount& one) { return one.count == 0; });
    result.notes.push_back(
        fmt::format("no row has {}{}: the figures say nothing of {}", printable(first->name),
                    without == 1 ? ""
                                 : ", nor " + counted(static_cast<std::size_t>(without - 1),
                                                      "more class", "more classes"),
                    without == 1 ? "it" : "them"));
  }
  const auto different = std::set(groups.begin(), groups.end()).size();
  if (different < groups.size()) {
    result.notes.push_back(fmt::format("{} in {}: for the intervals those of a group stay together",
                                       counted(groups.size(), "row"), counted(different, "group")));
  }
}

/// Numbers from 0: every row alone.
std::vector<int> alone(Index rows) {
  std::vector<int> groups(static_cast<std::size_t>(rows));
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

Arm judge(const Model& model, const Labels& labels, const std::vector<int>& groups,
          const std::vector<ClassCount>& names) {
  const Matrix& logits = model.logits.values;
  const auto classes = static_cast<int>(logits.cols());
  const Problem problem =
      classes > 1 && not_one_class(labels) < 0 ? Problem::kOneClass : Problem::kManyLabels;
  const Answers own = answers_of(model.spec, classes, logits, groups);
  Arm arm;
  arm.name = model.name;
  arm.loss = model.spec.loss.text();
  arm.activation = name_of(model.spec.activation());
  arm.head.clear();
  arm.in_domain = judge_in_domain(model.spec, problem, own, logits, labels, kSeed);
  if (problem == Problem::kManyLabels) {
    arm.in_domain.labels = judge_labels(own.probabilities, groups, labels, names, {}, kSeed);
  }
  arm.in_domain_max = own.highest;
  if (model.unseen) {
    const Matrix& values = model.unseen->values;
    const Answers unseen = answers_of(model.spec, classes, values, alone(values.rows()));
    arm.unseen = judge_unseen(own, labels, unseen, kSeed);
    arm.unseen_max = unseen.highest;
  }
  return arm;
}

}  // namespace

Comparison judge_logits(const JudgeOptions& options,
                        const std::function<void(const std::string&)>& warn) {
  const auto start = std::chrono::steady_clock::now();
  require_options(options);
  Comparison result;
  std::vector<Model> models = read_models(options);
  const LogitRows rows = describe_rows(models, options.names);
  const Labels labels = read_targets(options.targets, rows, options.data_options);
  const std::vector<int> groups =
      options.groups ? read_groups(*options.groups, rows) : alone(models[0].logits.values.rows());
  choose_activations(models, labels, options, result, warn);
  for (const Model& model : models) warn_of_probabilities(model, result, warn);
  describe(options, rows, labels, groups, models, result);
  for (const Model& model : models)
    result.arms.push_back(judge(model, labels, groups, result.classes));
  result.verdict = write_verdict(result);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  result.seconds_total = seconds.count();
  return result;
}

}  // namespace oneormany
