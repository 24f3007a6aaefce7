// The verdict on models of other programs, of which only the logits are known.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.h"
#include "metrics/aim.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

/// The differences are from the recommended model, by the recommended score; without one from the
/// first model. Empty of a single model.
std::string significance(const evaluate::Results& c, bool evaluate::ModelDifference::*how) {
  if (c.differences.empty()) return "";
  const auto significant =
      std::count_if(c.differences.begin(), c.differences.end(),
                    [&](const evaluate::ModelDifference& one) { return one.*how; });
  return fmt::format(
      " {} from {} {} statistically significant.",
      c.differences.size() == 1 ? "The difference"
      : significant == 0        ? "No difference"
                                : "Some difference",
      c.recommended ? "the recommended model with its score" : quoted({c.models[0].name}),
      c.differences.size() == 1 && significant == 0 ? "is not" : "is");
}

/// `97 % (95 to 98) for "a", … for "b"`; models of which there is no text are left out.
template <typename Text>
std::string of_models(const evaluate::Results& c, Text text) {
  Sentences parts;
  for (const evaluate::ModelResult& model : c.models) {
    const std::string figure = text(model);
    if (!figure.empty()) parts.push_back(figure + " for " + quoted({model.name}));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

Sentences logits_compared(const evaluate::Results& c) {
  if (c.models.empty()) return {};
  const bool by_map = !is_one_class(c);
  return {fmt::format("The {} on your pictures is {} (in brackets: 95 % intervals).{}",
                      by_map ? "mean average precision" : "accuracy",
                      of_models(c,
                                [&](const evaluate::ModelResult& model) {
                                  return by_map ? figure_text(figure_of(model))
                                                : share_text(figure_of(model));
                                }),
                      significance(c, &evaluate::ModelDifference::score_significant))};
}

Sentences logits_unseen(const evaluate::Results& c) {
  const auto& r = c.recommended;
  if (c.data.unseen == 0) {
    return {r ? ""  // told there
              : "What the models do with pictures of none of the classes was not measured: give "
                "their logits of such pictures with --unseen."};
  }
  const bool told = r && c.models.size() == 1 && r->score == ood::ScoreKind::kMaxProbability &&
                    r->aim.text() == metrics::Aim{}.text();
  if (told) return {};
  return {
      fmt::format("Share of your {} that get a label, where the highest probability accepts "
                  "95 % of the correct answers: {}.{}",
                  base::counted(c.data.unseen, "unseen picture"),
                  of_models(c,
                            [](const evaluate::ModelResult& model) {
                              return model.unseen ? share_text(model.unseen->keeping_95) : "";
                            }),
                  significance(c, &evaluate::ModelDifference::unseen_significant))};
}

std::string logits_thresholds(const evaluate::Results& c) {
  if (c.data.unseen == 0) return "";
  return fmt::format(
      "Threshold on the highest probability: {}. Below it, the answer is \"none of these\"; that "
      "rejects about 5 % of the correct answers.",
      of_models(c, [](const evaluate::ModelResult& model) {
        return model.unseen ? threshold_text(model.unseen->threshold) : "";
      }));
}

Sentences logits_advice(const evaluate::Results& c) {
  const auto without = static_cast<std::size_t>(
      std::count_if(c.data.classes.begin(), c.data.classes.end(),
                    [](const evaluate::ClassCount& one) { return one.count == 0; }));
  return {
      without == 0
          ? ""
          : fmt::format("Give logits of pictures of {} as well: of {} classes {} none here, and "
                        "whether the model recognises {} is not known.",
                        without == 1 ? "the class that is missing" : "the classes that are missing",
                        c.data.classes.size(), base::counted(without, "has", "have"),
                        without == 1 ? "it" : "them"),
      "All figures hold for new pictures only if the model was trained on none of these: use "
      "those of a test set, or the out-of-fold ones of cross-validation."};
}

}  // namespace oneormany::report
