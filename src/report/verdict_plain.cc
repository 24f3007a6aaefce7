// The verdict on models of other programs, of which only the logits are known.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/printable.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

/// Some arm, beyond chance, from the one that all are compared with.
bool differs(const evaluate::Results& c, bool evaluate::ModelDifference::*how) {
  return std::any_of(c.differences.begin(), c.differences.end(),
                     [&](const evaluate::ModelDifference& one) { return one.*how; });
}

std::string in_domain_paragraph(const evaluate::Results& c) {
  const auto by_figure = [](const evaluate::ModelResult& a, const evaluate::ModelResult& b) {
    return figure_of(a).value < figure_of(b).value;
  };
  const auto [low, high] = std::minmax_element(c.models.begin(), c.models.end(), by_figure);
  const evaluate::Measured &lowest = figure_of(*low), &most = figure_of(*high);
  const bool by_map = low->in_domain.labels.has_value();
  const bool one_class = is_one_class(c);
  if (c.models.size() == 1 && by_map) {
    return fmt::format(
        "On your pictures the model \"{}\" has a mean average precision (macro mAP) "
        "of {:.2f} (95 % interval {:.2f} to {:.2f}).",
        low->name, most.value, most.low, most.high);
  }
  if (c.models.size() == 1) {
    return fmt::format(
        "On {} of your pictures the model \"{}\" gives {}. (In brackets: the 95 % "
        "interval.)",
        share_text(most), low->name,
        one_class ? "the right answer" : "exactly the right labels (at 0.5)");
  }
  const auto text = [&](const evaluate::Measured& m) {
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
  return fmt::format("On pictures of your {} the models {}: {}.", one_class ? "classes" : "labels",
                     what,
                     differs(c, &evaluate::ModelDifference::score_significant)
                         ? "a difference larger than chance"
                         : "no difference that so few pictures could show");
}

std::string plain_unseen_paragraph(const evaluate::Results& c) {
  if (c.data.unseen == 0 && c.recommended && c.recommended->estimate) return "";  // told there
  if (c.data.unseen == 0) {
    return fmt::format(
        "How sure these models are of a picture of something else was not judged: give {} with "
        "--unseen.",
        c.from_logits() ? "their logits of such pictures" : "a folder of such pictures");
  }
  std::vector<std::string> parts;
  for (const evaluate::ModelResult& model : c.models) {
    parts.push_back(fmt::format("\"{}\" still gives a label to {}", model.name,
                                share_text(model.unseen->keeping_95)));
  }
  std::string text = fmt::format(
      "Shown {} of something else, with the threshold of the highest probability set so that 95 % "
      "of "
      "the right answers are kept, {}.",
      base::counted(c.data.unseen, "picture"), fmt::join(parts, ", "));
  const auto by_share = [](const evaluate::ModelResult& a, const evaluate::ModelResult& b) {
    return a.unseen->keeping_95.value < b.unseen->keeping_95.value;
  };
  const auto [low, high] = std::minmax_element(c.models.begin(), c.models.end(), by_share);
  if (c.models.size() > 1) {
    text += differs(c, &evaluate::ModelDifference::unseen_significant)
                ? fmt::format(" \"{}\" knows best what it doesn't know.", low->name)
                : " That is no difference that these pictures could show.";
  }
  return text;
}

/// Scores that tell these unseen pictures better from the classes than the highest probability.
/// What these pictures show chooses nothing, and the sentence says so.
std::string scores_sentence(const evaluate::Results& c) {
  std::vector<std::string> parts;
  for (const evaluate::ModelResult& model : c.models) {
    if (model.scores.empty() || !model.scores[0].labelled) continue;
    const evaluate::ScoreResult* best = &model.scores[0];
    for (const evaluate::ScoreResult& score : model.scores) {
      if (score.labelled && score.labelled->value < best->labelled->value) best = &score;
    }
    if (overlap(*best->labelled, *model.scores[0].labelled)) continue;
    parts.push_back(fmt::format("with {} \"{}\" gives a label to {}", score_words(best->kind),
                                model.name, share_text(*best->labelled)));
  }
  if (parts.empty()) return "";
  return fmt::format(
      " There are better scores than the highest probability: {}. Pictures that "
      "choose a score flatter it: judge it on others.",
      fmt::join(parts, "; "));
}

std::string thresholds_paragraph(const evaluate::Results& c) {
  std::vector<std::string> parts;
  for (const evaluate::ModelResult& model : c.models) {
    parts.push_back(
        fmt::format("{} for \"{}\"", threshold_text(model.unseen->threshold), model.name));
  }
  return fmt::format(
      "Threshold: {}. Below it, say \"none of these\"; that gives up about 5 % of the right "
      "answers.",
      fmt::join(parts, ", "));
}

}  // namespace

std::string figures_paragraphs(const evaluate::Results& c) {
  std::string text = in_domain_paragraph(c);
  if (const std::string unseen = plain_unseen_paragraph(c) + scores_sentence(c); !unseen.empty()) {
    text += "\n\n" + unseen;
  }
  if (c.data.unseen > 0 && !c.recommended) text += "\n\n" + thresholds_paragraph(c);
  return text;
}

}  // namespace oneormany::report
