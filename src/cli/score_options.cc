#include "cli/score_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace oneormany::cli {

bool ScoreOptions::all() const {
  return std::find(names.begin(), names.end(), "all") != names.end();
}

std::vector<ood::ScoreKind> ScoreOptions::kinds() const {
  std::vector<ood::ScoreKind> kinds;
  for (const std::string& name : names) {
    if (name != "all") kinds.push_back(ood::parse_score(name));
  }
  if (all()) {
    for (const ood::ScoreInfo& score : ood::all_scores()) kinds.push_back(score.kind);
  }
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

metrics::Aim ScoreOptions::aim() const {
  return aim_text.empty() ? metrics::Aim{} : metrics::parse_aim(aim_text);
}

metrics::Aim ScoreOptions::label_aim() const {
  return aim_text.empty() ? metrics::Aim{.kind = metrics::Aim::Kind::kF1}
                          : metrics::parse_aim(aim_text);
}

void add_score_options(CLI::App& command, ScoreOptions& options, const std::string& if_not_given) {
  command
      .add_option("--scores", options.names,
                  "How sure a model is of a picture, each score judged by what it lets through:\n"
                  "all, or names (see the list below). " +
                      if_not_given)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("all|NAME[,NAME...]");
  command
      .add_option("--aim", options.aim_text,
                  "What the threshold of the recommended model is for: keep=0.95 (of the right\n"
                  "answers), precision=0.99, f1, or cost:wrong=1:none=0.2. Where pictures carry\n"
                  "none or several labels, each label's threshold too: of these the best F1 if\n"
                  "no aim is given")
      ->allow_extra_args(false)
      ->option_text("AIM=keep=0.95");
  command
      .add_option("--risk", options.alpha,
                  "Of the sets with a promise: how often a label that a picture carries may be\n"
                  "missing from its set")
      ->check(CLI::Range(0.001, 0.5))
      ->option_text("SHARE=0.05");
}

std::string list_of_scores() {
  std::string list = "\nScores\n";
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    list += fmt::format("  {:<18} {}\n", score.name, score.what);
  }
  return list;
}

}  // namespace oneormany::cli
