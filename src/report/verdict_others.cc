// The verdict on pictures of something else: what to expect, what came, and sets.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/printable.h"
#include "metrics/aim.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

/// By which the arm is chosen (choose.h): none that isn't worse in domain than the best plain one
/// let fewer through.
constexpr const char* kFewest = ", the fewest of models no worse on yours";

/// a − b of two independent measures, by the halves of their intervals (Newcombe 1998; Zou & Donner
/// 2008).
evaluate::Measured independent_difference(const evaluate::Measured& a,
                                          const evaluate::Measured& b) {
  const double value = a.value - b.value;
  return {value, value - std::hypot(a.value - a.low, b.high - b.value),
          value + std::hypot(a.high - a.value, b.value - b.low)};
}

std::string against_expectation(const evaluate::Recommendation& r) {
  const int direction = against_estimate(r);
  if (direction > 0) {
    return ", more than expected: your unseen pictures are nearer to your classes than the "
           "background is";
  }
  if (direction < 0) {
    return ", fewer than expected: your unseen pictures are easier to tell from your classes than "
           "the background is";
  }
  constexpr double kWide = 0.2;
  return r.unseen->high - r.unseen->low > kWide
             ? ", which fits, though so few pictures can't show much"
             : ", as expected";
}

/// What the arm labels by its highest probability, of unseen pictures or else in rehearsal.
std::optional<evaluate::Measured> by_highest_probability(const evaluate::ModelResult& model) {
  if (!model.scores.empty() && model.scores[0].labelled) return model.scores[0].labelled;
  if (model.unseen) return model.unseen->keeping_95;
  return model.scores.empty() ? std::nullopt : model.scores[0].estimate;
}

/// The arm that let the fewest through in rehearsal, where another is recommended because it is
/// worse in domain than the best plain one: the user may weigh that otherwise.
std::string quieter_model(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  const evaluate::ModelResult *quietest = nullptr, *plain = nullptr;
  double least = r.estimate->value;
  for (const evaluate::ModelResult& model : c.models) {
    if (!model.background && (!plain || figure_of(model).value > figure_of(*plain).value))
      plain = &model;
    const auto share = estimated_share(model);
    if (&model == &c.models[r.model] || !share || *share >= least) continue;
    quietest = &model;
    least = *share;
  }
  if (!quietest || !plain || quietest == plain) return "";
  if (plain->in_domain.labels) {
    return fmt::format(
        " If other pictures are what matters, weigh {}: it let {} through, for a mean average "
        "precision of {:.2f} in place of {:.2f} ({}).",
        quietest->name, percent_text(least), figure_of(*quietest).value, figure_of(*plain).value,
        plain->name);
  }
  return fmt::format(
      " If other pictures are what matters, weigh {}: it let {} through, but is right on {} of "
      "yours, macro F1 {:.2f}, in place of {}, {:.2f} ({}).",
      quietest->name, percent_text(least), percent_text(figure_of(*quietest).value),
      quietest->in_domain.macro_f1.value, percent_text(figure_of(*plain).value),
      plain->in_domain.macro_f1.value, plain->name);
}

/// What everybody would start from does with the same pictures, and what softmax to sigmoid alone
/// changes.
std::string plain_models(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  const evaluate::ModelResult* classes = plain_model(c, loss::Activation::kSoftmax);
  const evaluate::ModelResult* labels = plain_model(c, loss::Activation::kSigmoid);
  // What is already said isn't said again.
  const auto known = [&](const evaluate::ModelResult* model) {
    return model == &c.models[r.model] && r.score == ood::ScoreKind::kMaxProbability &&
           r.aim.kind == metrics::Aim::Kind::kKeep;
  };
  const auto of_classes = classes ? by_highest_probability(*classes) : std::nullopt;
  const auto of_labels = labels ? by_highest_probability(*labels) : std::nullopt;
  const char* start = c.data.unseen > 0 ? " The" : " In rehearsal the";
  std::string text;
  if (of_classes && !known(classes)) {
    text = fmt::format("{} plain classifier, by its highest probability, labels {}", start,
                       percent_text(of_classes->value));
  }
  if (of_labels && !known(labels)) {
    text += text.empty()
                ? fmt::format("{} plain label model, by its highest probability, labels {}", start,
                              percent_text(of_labels->value))
                : fmt::format(", the plain label model {}", percent_text(of_labels->value));
  }
  if (text.empty()) return "";
  const metrics::Aim aim = r.aim;
  if (aim.kind != metrics::Aim::Kind::kKeep) {
    text +=
        fmt::format(", where {} of the right answers are kept", percent_text(aim.compared_at()));
  }
  const bool alone = aim.kind == metrics::Aim::Kind::kKeep && of_classes && of_labels &&
                     classes->loss.text() == "cross_entropy" &&
                     labels->loss.text() == "bce_with_logits" && classes->head == labels->head;
  if (alone) {
    text += overlap(*of_classes, *of_labels)
                ? ": sigmoid alone changes nothing that shows"
                : ": here sigmoid in place of softmax makes a difference";
  }
  text += ".";
  const evaluate::ModelResult* plain = classes ? classes : labels;
  const evaluate::ModelDifference* difference = difference_to(c, *plain);
  const bool told = known(classes) || known(labels) || aim.kind != metrics::Aim::Kind::kKeep;
  if (!told && difference && difference->unseen && !difference->unseen_significant) {
    text +=
        fmt::format(" But {} and the plain {} show no difference there that your {} could show.",
                    c.models[r.model].name, classes ? "classifier" : "label model",
                    base::counted(c.data.unseen, "unseen picture"));
  }
  return text;
}

std::string given_to_unseen(const evaluate::Results& c) {
  return fmt::format("Of your {} it gives a label to {}.",
                     base::counted(c.data.unseen, "unseen picture"),
                     share_text(*c.recommended->unseen));
}

/// Nothing is known of how these models were trained; what they say to unseen pictures is told
/// elsewhere (findings_paragraphs()), but not at this threshold.
std::string others_of_logits(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  std::string text;
  if (r.estimate) {
    text =
        fmt::format("Of pictures of something else expect {} to get a label, as of your {}{}.",
                    share_text(*r.estimate), base::counted(c.data.background, "background picture"),
                    c.models.size() > 1 ? kFewest : "");
  }
  // By the highest probability and this aim the share is told already.
  const bool told =
      r.score == ood::ScoreKind::kMaxProbability && r.aim.text() == metrics::Aim{}.text();
  if (r.unseen && r.estimate) {
    text += fmt::format(" On your {} it was {}{}.", base::counted(c.data.unseen, "unseen picture"),
                        share_text(*r.unseen), against_expectation(r));
  } else if (r.unseen && !told) {
    text = given_to_unseen(c);
  }
  if (!r.estimate) {
    text += fmt::format(
        "{}What other pictures will do can't be told beforehand: give the logits of pictures of "
        "none of the classes with --background, to choose by and to rehearse with.",
        text.empty() ? "" : " ");
  }
  return text;
}

}  // namespace

int against_estimate(const evaluate::Recommendation& r) {
  if (!r.unseen || !r.estimate) return 0;
  const evaluate::Measured difference = independent_difference(*r.unseen, *r.estimate);
  return difference.low > 0 ? 1 : difference.high < 0 ? -1 : 0;
}

std::string unseen_paragraph(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  if (c.from_logits()) return others_of_logits(c);
  std::string text;
  if (r.estimate) {
    text = fmt::format(
        "Of pictures of something else expect {} to get a label: so many did in rehearsal, with "
        "background of kinds new to the model{}.{}",
        share_text(*r.estimate), c.models.size() > 1 ? kFewest : "", quieter_model(c));
  } else {
    text =
        "What happens to a picture of something else could not be rehearsed: there is no "
        "background.";
  }
  if (r.unseen && r.estimate) {
    text += fmt::format(" On your {} it was {}{}.", base::counted(c.data.unseen, "unseen picture"),
                        share_text(*r.unseen), against_expectation(r));
  } else if (r.unseen) {
    text += fmt::format(" {}", given_to_unseen(c));
  } else {
    text += r.estimate ? " To see how near that comes, give such pictures with --unseen."
                       : " Nor was it judged: give a folder of such pictures with --unseen.";
  }
  return text + plain_models(c);
}

std::string sets_paragraph(const evaluate::Results& c) {
  if (!c.prediction_sets) return "";
  const evaluate::PredictionSets& sets = *c.prediction_sets;
  const evaluate::PredictionSets::Sizes& own = sets.in_domain;
  std::string text = fmt::format(
      "{} sets, which hold each label of a picture with a probability of {} (reached: {}): {} of "
      "your "
      "pictures get one label, {} several",
      own.several.value <= 0.5 ? "For a promise label by label use"
                               : "A promise label by label narrows little here:",
      percent_text(1 - sets.alpha), percent_text(sets.coverage.value), percent_text(own.one.value),
      percent_text(own.several.value));
  const auto& others = sets.unseen ? sets.unseen : sets.background;
  if (others) {
    text += fmt::format(", {} of the {} the empty set", share_text(others->empty),
                        sets.unseen ? "unseen ones" : "background");
  }
  text += ".";
  if (!sets.without_guarantee.empty()) {
    constexpr std::size_t kNamed = 3;
    std::vector<std::string> names;
    for (const std::string& name : sets.without_guarantee) {
      if (names.size() < kNamed) names.push_back("\"" + base::printable(name) + "\"");
    }
    if (sets.without_guarantee.size() > kNamed) {
      names.push_back(fmt::format("{} more", sets.without_guarantee.size() - kNamed));
    }
    text +=
        fmt::format(" Too few pictures for that, and so in a set whatever the picture shows: {}.",
                    fmt::join(names, ", "));
  }
  return text;
}

}  // namespace oneormany::report
