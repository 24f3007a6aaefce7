#include "app/logit_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "app/feature_files.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/names.h"

namespace oneormany::app {
namespace {

/// Beyond this not even float64 could hold a sum of losses; no model means it.
constexpr double kLargest = 1e100;

void require_logits(const data::Numbers& logits) {
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

data::Numbers read_logits(const std::string& file) {
  data::Numbers logits = data::read_numbers(file);
  if (logits.dimensions != 2) {
    throw Error(fmt::format(
        "{}: has one dimension; logits are a table with a row for each picture and a column for "
        "each class: of one class, yes or no, save z.reshape(-1, 1)",
        base::printable(file)));
  }
  require_logits(logits);
  return logits;
}

/// Each file's name without folder and ending where these differ, else as it was given.
std::vector<std::string> model_names(const std::vector<std::string>& files) {
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

/// A file for each model, or none.
void require_each(const char* option, std::size_t given, std::size_t models) {
  if (given == 0 || given == models) return;
  throw UsageError(fmt::format(
      "{} is given {} and --logits {}: each model needs its own file, in the same order", option,
      base::counted(given, "time"), base::counted(models, "time")));
}

/// No picture has two roles.
void require_others(const char* option, const std::vector<std::string>& files, const char* taken,
                    const std::vector<std::string>& taken_files) {
  for (const std::string& file : files) {
    for (const std::string& other : taken_files) {
      std::error_code missing;  // of files that are not there reading tells
      if (other != file && !std::filesystem::equivalent(other, file, missing)) continue;
      throw UsageError(fmt::format(
          "{} {} is a file of {}: {}; give the logits of others", option, base::printable(file),
          taken,
          std::string_view(taken) == "--logits"
              ? fmt::format("{} pictures are none of those that the targets are of", option + 2)
              : "no picture can choose and be unseen too"));
    }
  }
}

/// The features of these pictures: all of them, or nobody's.
void require_features(const char* option, bool given, const char* pictures, bool there,
                      bool features) {
  if (given && !features) {
    throw UsageError(fmt::format(
        "{} needs --features too: scores of features learn from the pictures of the classes",
        option));
  }
  if (given && !there) {
    throw UsageError(fmt::format("{} needs {}: the logits of the same pictures", option, pictures));
  }
  if (!given && there && features) {
    throw UsageError(fmt::format("--features and {} need {} too: the features of the same pictures",
                                 pictures, option));
  }
}

void require_options(const JudgeOptions& options) {
  const std::size_t models = options.logits.size();
  require_each("--unseen", options.unseen.size(), models);
  require_each("--background", options.background.size(), models);
  require_others("--unseen", options.unseen, "--logits", options.logits);
  require_others("--background", options.background, "--logits", options.logits);
  require_others("--unseen", options.unseen, "--background", options.background);
  if (options.activation.size() > 1 && options.activation.size() != models) {
    throw UsageError(fmt::format(
        "--activation is given {} and --logits {}: give one for all, or one for each",
        base::counted(options.activation.size(), "time"), base::counted(models, "time")));
  }
  const bool features = options.features.has_value();
  require_features("--unseen-features", options.unseen_features.has_value(), "--unseen",
                   !options.unseen.empty(), features);
  require_features("--background-features", options.background_features.has_value(), "--background",
                   !options.background.empty(), features);
  for (const ood::ScoreKind kind : options.scoring.scores) {
    if (ood::needs_features(kind) && !features) {
      throw UsageError(fmt::format(
          "the score {} is of features: give them with --features{}", ood::name_of(kind),
          ood::needs_background(kind) ? ", and those of background with --background-features"
                                      : ""));
    }
    if (ood::needs_background(kind) && options.background.empty()) {
      throw UsageError(fmt::format(
          "the score {} learns from background: give --background and --background-features",
          ood::name_of(kind)));
    }
  }
}

/// Several files must agree on how many pictures and which classes they are about.
void require_same(const data::Numbers& first, const data::Numbers& other, bool same_rows) {
  const auto rows = [](const data::Numbers& n) {
    return static_cast<std::size_t>(n.values.rows());
  };
  const auto columns = [](const data::Numbers& n) {
    return static_cast<std::size_t>(n.values.cols());
  };
  if (columns(other) != columns(first)) {
    throw Error(fmt::format("{}: has {}, but {} has {}: both need one for each class",
                            base::printable(other.file), base::counted(columns(other), "column"),
                            base::printable(first.file), columns(first)));
  }
  if (same_rows && rows(other) != rows(first)) {
    throw Error(
        fmt::format("{}: has {}, but {} has {}: both need one for each picture, in the same order",
                    base::printable(other.file), base::counted(rows(other), "row"),
                    base::printable(first.file), base::grouped(rows(first))));
  }
  if (other.columns.empty() || first.columns.empty()) return;
  for (std::size_t j = 0; j < first.columns.size(); ++j) {
    if (other.columns[j] == first.columns[j]) continue;
    throw Error(fmt::format(
        "{}: column {} is called {}, but in {} {}: the classes must be the same, in the same order",
        base::printable(other.file), j + 1, base::excerpt(other.columns[j]),
        base::printable(first.file), base::excerpt(first.columns[j])));
  }
}

/// Another role's logits of one model, as many as of the first.
void require_role(const data::Numbers& logits, const data::Numbers& first,
                  const data::Numbers& role) {
  require_same(logits, role, false);
  if (&first != &role) require_same(first, role, true);
}

/// The features of the rows of `logits`.
data::NumbersF read_features_of(const std::string& file, const data::Numbers& logits) {
  data::NumbersF features = read_features(file);
  if (features.values.rows() == logits.values.rows()) return features;
  const auto count = [](Index n) { return static_cast<std::size_t>(n); };
  throw Error(
      fmt::format("{}: has {}, but {} has {}: both need one for each picture, in the same order",
                  base::printable(file), base::counted(count(features.values.rows()), "row"),
                  base::printable(logits.file), base::grouped(count(logits.values.rows()))));
}

/// --names may repeat a header, never contradict it: one of them would be about other classes.
void require_header(const data::Numbers& logits, const std::vector<std::string>& names) {
  if (names.size() != logits.columns.size()) return;  // no header, no names, or not one for each
  for (std::size_t j = 0; j < names.size(); ++j) {
    if (names[j] == logits.columns[j]) continue;
    throw UsageError(
        fmt::format("--names calls column {} {}, but the header of {} calls it {}: leave --names "
                    "out, the header names the classes",
                    j + 1, base::excerpt(names[j]), base::printable(logits.file),
                    base::excerpt(logits.columns[j])));
  }
}

/// A model of two classes may give the logit of the second alone: softmax of (0, z) is its sigmoid.
void part_in_two(data::Numbers& logits) {
  logits.values =
      (Matrix(logits.values.rows(), 2) << Vector::Zero(logits.values.rows()), logits.values.col(0))
          .finished();
  logits.columns.clear();
  logits.places.clear();
}

void part_in_two(LogitFiles& files) {
  for (LogitModel& model : files.models) {
    part_in_two(model.logits);
    if (model.background) part_in_two(*model.background);
  }
  for (data::Numbers& unseen : files.unseen.logits) part_in_two(unseen);
}

/// All that one model says, whatever the pictures' role.
std::vector<data::Numbers*> numbers_of(LogitFiles& files, std::size_t model) {
  std::vector<data::Numbers*> all{&files.models[model].logits};
  if (auto& background = files.models[model].background) all.push_back(&*background);
  if (!files.unseen.logits.empty()) all.push_back(&files.unseen.logits[model]);
  return all;
}

/// Each model's logits must be of the same pictures.
void require_same_files(const data::Numbers& first, const data::Numbers& other) {
  if (first.files.empty() || other.files.empty()) return;
  for (std::size_t i = 0; i < first.files.size(); ++i) {
    if (first.files[i] == other.files[i]) continue;
    throw Error(fmt::format("{}: is about {}, but that row of {} is about {}: sort both alike",
                            other.place(static_cast<Index>(i)), base::excerpt(other.files[i]),
                            base::printable(first.file), base::excerpt(first.files[i])));
  }
}

constexpr double kRounding = 0.01;  // float16, a few decimals

}  // namespace

Scale scale_of(const Matrix& values) {
  constexpr Index kFew = 10;  // a few logits may lie there by chance
  if (values.size() < kFew) return Scale::kLogits;
  const double low = values.minCoeff(), high = values.maxCoeff();
  if (low >= -kRounding && high <= 1 + kRounding) return Scale::kShares;
  // Logits are rarely all positive and, if so, hardly ever this large.
  constexpr double kLarge = 50;
  const bool per_cent = low >= -kRounding && high <= 100 + 100 * kRounding;
  return per_cent && (high >= kLarge || sum_to_whole(values, Scale::kPercent)) ? Scale::kPercent
                                                                               : Scale::kLogits;
}

bool sum_to_whole(const Matrix& values, Scale scale) {
  constexpr double kNearlyAll = 0.95;  // a row may be anything
  const double whole = scale == Scale::kPercent ? 100 : 1;
  const double tolerance = (kRounding + 0.001 * static_cast<double>(values.cols())) * whole;
  return values.cols() > 1 &&
         static_cast<double>(
             ((values.rowwise().sum().array() - whole).abs() <= tolerance).count()) >=
             kNearlyAll * static_cast<double>(values.rows());
}

void take_probabilities(LogitFiles& files, const std::vector<bool>& softmax) {
  for (std::size_t m = 0; m < files.models.size(); ++m) {
    const std::vector<data::Numbers*> all = numbers_of(files, m);
    bool per_cent = false;
    for (const data::Numbers* one : all) {
      per_cent |= one->values.minCoeff() >= -kRounding && one->values.maxCoeff() > 1 + kRounding &&
                  one->values.maxCoeff() <= 100 + 100 * kRounding;
    }
    const double whole = per_cent ? 100 : 1;
    if (per_cent) {
      files.notes.push_back(fmt::format("{}: its probabilities are per cent: divided by 100",
                                        base::printable(all[0]->file)));
    }
    for (data::Numbers* one : all) {
      if (softmax[m] && !sum_to_whole(one->values, per_cent ? Scale::kPercent : Scale::kShares)) {
        files.notes.push_back(fmt::format("{}: not all rows sum to {}: they are scaled to 1",
                                          base::printable(one->file), whole));
      }
      for (Index i = 0; i < one->values.rows(); ++i) {
        for (Index j = 0; j < one->values.cols(); ++j) {
          double& value = one->values(i, j);
          const double p = value / whole;
          if (!(p >= -kRounding && p <= 1 + kRounding)) {
            throw Error(fmt::format(
                "{}: {} is no probability: leave --probabilities out if these are logits",
                one->place(i, j), value));
          }
          const double kept = std::clamp(p, kSmallestProbability, 1 - kSmallestProbability);
          value = softmax[m] ? std::log(kept) : std::log(kept) - std::log1p(-kept);
        }
      }
    }
  }
}

LogitFiles read_logit_files(const JudgeOptions& options) {
  require_options(options);
  LogitFiles files;
  const auto names = model_names(options.logits);
  for (std::size_t m = 0; m < names.size(); ++m) {
    LogitModel& model = files.models.emplace_back();
    model.name = names[m];
    model.logits = read_logits(options.logits[m]);
    if (m > 0) require_same(files.models[0].logits, model.logits, true);
    if (!options.background.empty()) {
      model.background = read_logits(options.background[m]);
      require_role(model.logits, *files.models[0].background, *model.background);
    }
    if (!options.unseen.empty()) {
      files.unseen.logits.push_back(read_logits(options.unseen[m]));
      require_role(model.logits, files.unseen.logits[0], files.unseen.logits[m]);
    }
  }
  if (options.names.size() == 2 && files.models[0].logits.values.cols() == 1) {
    if (options.probabilities.value_or(false)) {
      take_probabilities(files, std::vector<bool>(files.models.size(), false));
      files.taken = true;
    }
    part_in_two(files);
  }
  for (std::size_t m = 0; m < files.models.size(); ++m) {
    require_same_files(files.models[0].logits, files.models[m].logits);
    for (const data::Numbers* one : numbers_of(files, m)) {
      files.notes.insert(files.notes.end(), one->notes.begin(), one->notes.end());
    }
  }
  if (!options.features) return files;
  const LogitModel& first = files.models[0];
  data::NumbersF own = read_features_of(*options.features, first.logits);
  require_features(own, own);
  const auto others = [&own](const std::string& file, const data::Numbers& logits) {
    data::NumbersF features = read_features_of(file, logits);
    require_features(features, own);
    return std::move(features.values);
  };
  if (first.background) {
    files.background_features = others(*options.background_features, *first.background);
  }
  if (!files.unseen.logits.empty()) {
    files.unseen.features = others(*options.unseen_features, files.unseen.logits[0]);
  }
  files.features = std::move(own.values);
  return files;
}

data::TargetRows describe_rows(const LogitFiles& files, const std::vector<std::string>& names) {
  const data::Numbers& logits = files.models[0].logits;
  data::TargetRows rows;
  rows.file = logits.file;
  rows.rows = static_cast<std::size_t>(logits.values.rows());
  const auto classes = static_cast<std::size_t>(logits.values.cols());
  rows.classes = names;
  for (std::string& name : rows.classes) name = data::nfc(name);
  for (const LogitModel& model : files.models) {
    if (rows.files.empty()) rows.files = model.logits.files;
    if (rows.classes.empty()) rows.classes = model.logits.columns;
  }
  for (const LogitModel& model : files.models) {
    require_header(model.logits, names);
    if (model.background) require_header(*model.background, names);
  }
  for (const data::Numbers& unseen : files.unseen.logits) require_header(unseen, names);
  rows.named = !rows.classes.empty();
  if (!rows.named) {
    for (std::size_t c = 0; c < classes; ++c) rows.classes.push_back(std::to_string(c));
  }
  if (rows.classes.size() != classes) {
    throw UsageError(fmt::format("--names gives {}, but {} has {}",
                                 base::counted(rows.classes.size(), "name"),
                                 base::printable(logits.file), base::counted(classes, "column")));
  }
  if (std::set(rows.classes.begin(), rows.classes.end()).size() != classes) {
    throw UsageError("--names gives two classes the same name");
  }
  return rows;
}

}  // namespace oneormany::app
