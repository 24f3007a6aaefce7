#pragma once
// Evaluates logits that any other program gave: no picture, no backbone, no training.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/options.h"
#include "data/data.h"
#include "evaluate/results.h"
#include "loss/activation.h"

namespace oneormany::app {

/// What float32 can tell from 1, roughly: of a probability nearer to 0 or 1 nothing is known.
inline constexpr double kSmallestProbability = 1e-7;

struct JudgeOptions {
  std::vector<std::string> logits;  ///< a file of pictures × classes for each model
  /// `logits`, `background` and `unseen` are probabilities (or per cent of them): softmax's become
  /// log p, sigmoid's log(p / (1 - p)), p kept from kSmallestProbability to 1 minus that. false:
  /// they are logits, whatever they look like. None: logits, and an Error if they look like
  /// probabilities.
  std::optional<bool> probabilities;
  std::string targets;                  ///< see read_targets
  std::vector<std::string> unseen;      ///< none, or one for each of `logits`
  std::vector<std::string> background;  ///< likewise: of pictures that no model was trained on
  /// Of the same pictures as `logits`, `unseen` and `background`, in the same order: one set for
  /// all models. All that there are pictures of, or none.
  std::optional<std::string> features, unseen_features, background_features;
  std::vector<loss::Activation> activation;  ///< none, one, or one for each
  /// Of the classes; none: a CSV header's, or their numbers. Two for one column of logits: the
  /// column is the second class's, and that of the first is 0.
  std::vector<std::string> names;
  std::optional<std::string> groups;  ///< see read_groups; none: every row is alone
  data::DataOptions data_options;     ///< label column and delimiter of the targets
  ScoringOptions scoring;             ///< no scores: all that the files allow
};

/// All that compare() finds of the models that it trains, of each file of logits: measures, scores,
/// calibration, prediction sets, and a recommendation where there is one model or background to
/// choose by. For calibration, prediction sets and scores of features the rows are split into
/// folds, groups together. Unseen pictures choose nothing. Without `activation` it is softmax where
/// every row has exactly one of several classes, otherwise sigmoid. `warn` is told at once of what
/// makes the figures doubtful (it is among the notes too). The same files give the same results,
/// but for the seconds. Throws UsageError where options don't fit each other, Error for anything
/// wrong in the files, Interrupted on Ctrl-C.
evaluate::Results judge(const JudgeOptions& options,
                        const std::function<void(const std::string&)>& warn);

}  // namespace oneormany::app
