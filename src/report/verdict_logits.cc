// The verdict on models of other programs, of which only the logits are known.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

/// Empty of a single model, which differs from none.
std::string significance(const evaluate::Results& c, bool evaluate::ModelDifference::*how) {
  if (c.differences.empty()) return "";
  const bool any = std::any_of(c.differences.begin(), c.differences.end(),
                               [&](const evaluate::ModelDifference& one) { return one.*how; });
  if (c.differences.size() == 1) {
    return fmt::format(" The difference is {}statistically significant.", any ? "" : "not ");
  }
  return any ? " Some of the differences are statistically significant."
             : " None of the differences is statistically significant.";
}

/// OOD scores that tell these unseen pictures better from the classes than the highest probability.
/// Unseen pictures choose nothing, and the sentence says so.
std::string scores_sentence(const evaluate::Results& c) {
  Sentences parts;
  for (const evaluate::ModelResult& model : c.models) {
    if (model.scores.empty() || !model.scores[0].labelled) continue;
    const evaluate::ScoreResult* best = &model.scores[0];
    for (const evaluate::ScoreResult& score : model.scores) {
      if (score.labelled && score.labelled->value < best->labelled->value) best = &score;
    }
    if (overlap(*best->labelled, *model.scores[0].labelled)) continue;
    parts.push_back(fmt::format("with {} {} gives a label to {}", score_words(best->kind),
                                quoted({model.name}), share_text(*best->labelled)));
  }
  if (parts.empty()) return "";
  return fmt::format(
      "Other scores do better on them than the highest probability: {}. A score chosen by the same "
      "pictures looks better than it is: check it on others.",
      fmt::join(parts, "; "));
}

}  // namespace

Sentences logits_compared(const evaluate::Results& c) {
  if (c.models.empty()) return {};
  const bool by_map = c.models[0].in_domain.labels.has_value();
  Sentences parts;
  for (const evaluate::ModelResult& model : c.models) {
    parts.push_back(fmt::format(
        "{} for {}", by_map ? figure_text(figure_of(model)) : share_text(figure_of(model)),
        quoted({model.name})));
  }
  return {fmt::format("The {} on your pictures is {} (in brackets: 95 % intervals).{}",
                      by_map ? "mean average precision" : "accuracy", fmt::join(parts, ", "),
                      significance(c, &evaluate::ModelDifference::score_significant))};
}

Sentences logits_unseen(const evaluate::Results& c) {
  if (c.data.unseen == 0) {
    if (c.recommended && c.recommended->estimate) return {};  // told there
    return {
        "What the models do with pictures of none of the classes was not measured: give their "
        "logits of such pictures with --unseen."};
  }
  Sentences parts;
  for (const evaluate::ModelResult& model : c.models) {
    if (!model.unseen) continue;
    parts.push_back(
        fmt::format("{} for {}", share_text(model.unseen->keeping_95), quoted({model.name})));
  }
  if (parts.empty()) return {};
  return {fmt::format("Share of your {} that get a label, where the highest probability accepts "
                      "95 % of the correct answers: {}.{}",
                      base::counted(c.data.unseen, "unseen picture"), fmt::join(parts, ", "),
                      significance(c, &evaluate::ModelDifference::unseen_significant)),
          scores_sentence(c)};
}

std::string logits_thresholds(const evaluate::Results& c) {
  Sentences parts;
  for (const evaluate::ModelResult& model : c.models) {
    if (!model.unseen) continue;
    parts.push_back(
        fmt::format("{} for {}", threshold_text(model.unseen->threshold), quoted({model.name})));
  }
  if (parts.empty()) return "";
  return fmt::format(
      "Threshold on the highest probability: {}. Below it, the answer is \"none of these\"; that "
      "rejects about 5 % of the correct answers.",
      fmt::join(parts, ", "));
}

}  // namespace oneormany::report
