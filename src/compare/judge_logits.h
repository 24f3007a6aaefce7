#pragma once
// Judges logits that any other program gave: no picture, no backbone, no training.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compare/comparison.h"
#include "data/data.h"

namespace oneormany {

struct JudgeOptions {
  std::vector<std::string> logits;      ///< a file of pictures × classes for each model
  std::string targets;                  ///< see read_targets
  std::vector<std::string> unseen;      ///< none, or one for each of `logits`
  std::vector<std::string> activation;  ///< "softmax", "sigmoid": none, one, or one for each
  std::vector<std::string> names;       ///< of the classes; none: a CSV header's, or their numbers
  std::optional<std::string> groups;    ///< see read_groups; none: every row is alone
  DataOptions data_options;             ///< label column and delimiter of the targets
};

/// Measures, thresholds and intervals of each file of logits, as compare() has them for the models
/// that it trains. Without `activation` it is softmax where every row has exactly one of several
/// classes, otherwise sigmoid. `warn` is told at once of what makes the figures doubtful (it is
/// among the notes too). The same files give the same findings, but for the seconds.
/// Throws UsageError where options don't fit each other, Error for anything wrong in the files,
/// Interrupted on Ctrl-C.
Comparison judge_logits(const JudgeOptions& options,
                        const std::function<void(const std::string&)>& warn);

}  // namespace oneormany
