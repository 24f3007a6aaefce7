#pragma once
// The files of logits and features that `judge` is given, checked against each other.

#include <optional>
#include <string>
#include <vector>

#include "app/judge.h"
#include "data/numbers.h"
#include "data/targets.h"

namespace oneormany::app {

/// One model's logits of all that may be chosen from.
struct LogitModel {
  std::string name;
  data::Numbers logits;
  std::optional<data::Numbers> background;
};

/// Unseen rows choose nothing: for a Holdout (evaluate/holdout.h) once they are checked.
struct UnseenRows {
  std::vector<data::Numbers> logits;  ///< of each model; or none
  MatrixF features;                   ///< rows × d; no rows where there are none
};

struct LogitFiles {
  std::vector<LogitModel> models;
  MatrixF features, background_features;  ///< rows × d; no rows where there are none
  UnseenRows unseen;
  bool taken = false;              ///< probabilities are logits by now
  std::vector<std::string> notes;  ///< how the files were understood where it could be otherwise
};

/// Whether the numbers look like probabilities, or per cent of them, however they were rounded.
enum class Scale { kLogits, kShares, kPercent };
Scale scale_of(const Matrix& values);

/// Whether each row sums to 1 (or 100), as softmax's probabilities do.
bool sum_to_whole(const Matrix& values, Scale scale);

/// In place of the probabilities of each model their logits: see JudgeOptions::probabilities.
/// softmax: of each model. Throws Error where a number is no probability.
void take_probabilities(LogitFiles& files, const std::vector<bool>& softmax);

/// Reads them. Throws UsageError where options don't fit each other, Error for anything wrong in
/// the files: sizes that don't fit name both.
LogitFiles read_logit_files(const JudgeOptions& options);

/// The classes' names and what the targets have to fit.
data::TargetRows describe_rows(const LogitFiles& files, const std::vector<std::string>& names);

}  // namespace oneormany::app
