// The verdict on models of other programs, of which only the logits are known.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/printable.h"
#include "compare/verdict_parts.h"

namespace oneormany {
namespace {

/// Some arm, beyond chance, from the one that all are compared with.
bool differs(const Comparison& c, bool ArmDifference::*how) {
  return std::any_of(c.differences.begin(), c.differences.end(),
                     [&](const ArmDifference& one) { return one.*how; });
}

std::string in_domain_paragraph(const Comparison& c) {
  const auto by_figure = [](const Arm& a, const Arm& b) {
    return figure_of(a).value < figure_of(b).value;
  };
  const auto [low, high] = std::minmax_element(c.arms.begin(), c.arms.end(), by_figure);
  const Measured &lowest = figure_of(*low), &most = figure_of(*high);
  const bool by_map = low->in_domain.labels.has_value();
  const bool one_class = is_one_class(c);
  if (c.arms.size() == 1 && by_map) {
    return fmt::format(
        "On your pictures the model \"{}\" has a mean average precision (macro mAP) "
        "of {:.2f} (95 % interval {:.2f} to {:.2f}).",
        low->name, most.value, most.low, most.high);
  }
  if (c.arms.size() == 1) {
    return fmt::format(
        "On {} of your pictures the model \"{}\" gives {}. (In brackets: the 95 % "
        "interval.)",
        share_text(most), low->name,
        one_class ? "the right answer" : "exactly the right labels (at 0.5)");
  }
  const auto text = [&](const Measured& m) {
    return by_map ? fmt::format("{:.2f}", m.value) : percent_text(m.value);
  };
  const std::string figures = text(lowest) == text(most)
                                  ? text(most)
                                  : fmt::format("between {} ({}) and {} ({})", text(lowest),
                                                low->name, text(most), high->name);
  const std::string what =
      by_map ? fmt::format("have a mean average precision (macro mAP) of {}", figures)
             : fmt::format(
                   "give {} {}", figures,
                   one_class ? "right answers" : "pictures whose labels are all right (at 0.5)");
  return fmt::format(
      "On pictures of your {} the models {}: {}.", one_class ? "classes" : "labels", what,
      differs(c, &ArmDifference::score_differs) ? "a difference larger than chance"
                                                : "no difference that so few pictures could show");
}

std::string unseen_paragraph(const Comparison& c) {
  if (c.unseen == 0 && c.recommended && c.recommended->rehearsal) return "";  // told there
  if (c.unseen == 0) {
    return fmt::format(
        "How sure these models are of a picture of something else was not judged: give {} with "
        "--unseen.",
        c.from_logits ? "their logits of such pictures" : "a folder of such pictures");
  }
  std::vector<std::string> parts;
  for (const Arm& arm : c.arms) {
    parts.push_back(fmt::format("\"{}\" still gives a label to {}", arm.name,
                                share_text(arm.unseen->keeping_95)));
  }
  std::string text = fmt::format(
      "Shown {} of something else, with the threshold of the highest probability set so that 95 % "
      "of "
      "the right answers are kept, {}.",
      counted(c.unseen, "picture"), fmt::join(parts, ", "));
  const auto by_share = [](const Arm& a, const Arm& b) {
    return a.unseen->keeping_95.value < b.unseen->keeping_95.value;
  };
  const auto [low, high] = std::minmax_element(c.arms.begin(), c.arms.end(), by_share);
  if (c.arms.size() > 1) {
    text += differs(c, &ArmDifference::unseen_differs)
                ? fmt::format(" \"{}\" knows best what it doesn't know.", low->name)
                : " That is no difference that these pictures could show.";
  }
  return text;
}

/// Scores that tell these unseen pictures better from the classes than the highest probability.
/// What these pictures show chooses nothing, and the sentence says so.
std::string scores_sentence(const Comparison& c) {
  std::vector<std::string> parts;
  for (const Arm& arm : c.arms) {
    if (arm.scores.empty() || !arm.scores[0].labelled) continue;
    const ScoreFinding* best = &arm.scores[0];
    for (const ScoreFinding& score : arm.scores) {
      if (score.labelled && score.labelled->value < best->labelled->value) best = &score;
    }
    if (overlap(*best->labelled, *arm.scores[0].labelled)) continue;
    parts.push_back(fmt::format("with {} \"{}\" gives a label to {}", score_words(best->name),
                                arm.name, share_text(*best->labelled)));
  }
  if (parts.empty()) return "";
  return fmt::format(
      " There are better scores than the highest probability: {}. Pictures that "
      "choose a score flatter it: judge it on others.",
      fmt::join(parts, "; "));
}

std::string thresholds_paragraph(const Comparison& c) {
  std::vector<std::string> parts;
  for (const Arm& arm : c.arms) {
    parts.push_back(fmt::format("{} for \"{}\"", threshold_text(arm.unseen->threshold), arm.name));
  }
  return fmt::format(
      "Threshold: {}. Below it, say \"none of these\"; that gives up about 5 % of the right "
      "answers.",
      fmt::join(parts, ", "));
}

}  // namespace

std::string findings_paragraphs(const Comparison& c) {
  std::string text = in_domain_paragraph(c);
  if (const std::string unseen = unseen_paragraph(c) + scores_sentence(c); !unseen.empty()) {
    text += "\n\n" + unseen;
  }
  if (c.unseen > 0 && !c.recommended) text += "\n\n" + thresholds_paragraph(c);
  return text;
}

}  // namespace oneormany
