#pragma once
// What scores to judge by, what the threshold is for and how much risk sets may take: the same for
// every command that judges.

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "metrics/aim.h"
#include "ood/scores.h"

namespace oneormany::cli {

struct ScoreOptions {
  std::vector<std::string> names;  ///< as given; none: the command's own choice
  std::string aim_text;
  double alpha = 0.05;

  bool all() const;  ///< every score there is
  /// Those named, in the order of ScoreKind, each once; of "all" every one. Throws UsageError for
  /// an unknown name.
  std::vector<ood::ScoreKind> kinds() const;
  /// The standard one if none was given. Throws UsageError.
  metrics::Aim aim() const;
  /// What each label's threshold is for: the best F1 if no aim was given. Throws UsageError.
  metrics::Aim label_aim() const;
};

/// Adds --scores, --aim and --risk. if_not_given: how --help ends the text of --scores.
void add_score_options(CLI::App& command, ScoreOptions& options, const std::string& if_not_given);

/// The scores, one a line, for the end of --help.
std::string list_of_scores();

}  // namespace oneormany::cli
