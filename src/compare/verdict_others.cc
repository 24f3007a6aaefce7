// The verdict on pictures of something else: what to expect, what came, and sets.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/printable.h"
#include "compare/verdict_parts.h"
#include "judge/aim.h"

namespace oneormany {
namespace {

/// By which the arm is chosen (choose.h): none that isn't worse in domain than the best plain one
/// let fewer through.
constexpr const char* kFewest = ", the fewest of models no worse on yours";

/// a − b of two independent measures, by the halves of their intervals (Newcombe 1998; Zou & Donner
/// 2008).
Measured independent_difference(const Measured& a, const Measured& b) {
  const double value = a.value - b.value;
  return {value, value - std::hypot(a.value - a.low, b.high - b.value),
          value + std::hypot(a.high - a.value, b.value - b.low)};
}

std::string against_expectation(const Recommendation& r) {
  const int direction = against_rehearsal(r);
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
std::optional<Measured> by_highest_probability(const Arm& arm) {
  if (!arm.scores.empty() && arm.scores[0].labelled) return arm.scores[0].labelled;
  if (arm.unseen) return arm.unseen->keeping_95;
  return arm.scores.empty() ? std::nullopt : arm.scores[0].rehearsal;
}

/// The arm that let the fewest through in rehearsal, where another is recommended because it is
/// worse in domain than the best plain one: the user may weigh that otherwise.
std::string quieter_arm(const Comparison& c) {
  const Recommendation& r = *c.recommended;
  const Arm *quietest = nullptr, *plain = nullptr;
  double least = r.rehearsal->value;
  for (const Arm& arm : c.arms) {
    if (!arm.background && (!plain || figure_of(arm).value > figure_of(*plain).value)) plain = &arm;
    const auto share = rehearsed_share(arm);
    if (&arm == &c.arms[r.arm] || !share || *share >= least) continue;
    quietest = &arm;
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
std::string plain_models(const Comparison& c) {
  const Recommendation& r = *c.recommended;
  const Arm* classes = plain_arm(c, "softmax");
  const Arm* labels = plain_arm(c, "sigmoid");
  // What is already said isn't said again.
  const auto known = [&](const Arm* arm) {
    return arm == &c.arms[r.arm] && r.score == "max_probability" &&
           parse_aim(r.aim).kind == Aim::Kind::kKeep;
  };
  const auto of_classes = classes ? by_highest_probability(*classes) : std::nullopt;
  const auto of_labels = labels ? by_highest_probability(*labels) : std::nullopt;
  const char* start = c.unseen > 0 ? " The" : " In rehearsal the";
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
  const Aim aim = parse_aim(r.aim);
  if (aim.kind != Aim::Kind::kKeep) {
    text +=
        fmt::format(", where {} of the right answers are kept", percent_text(aim.compared_at()));
  }
  const bool alone = aim.kind == Aim::Kind::kKeep && of_classes && of_labels &&
                     classes->loss == "cross_entropy" && labels->loss == "bce_with_logits" &&
                     classes->head == labels->head;
  if (alone) {
    text += overlap(*of_classes, *of_labels)
                ? ": sigmoid alone changes nothing that shows"
                : ": here sigmoid in place of softmax makes a difference";
  }
  text += ".";
  const Arm* plain = classes ? classes : labels;
  const ArmDifference* difference = difference_to(c, *plain);
  const bool told = known(classes) || known(labels) || aim.kind != Aim::Kind::kKeep;
  if (!told && difference && difference->unseen && !difference->unseen_differs) {
    text +=
        fmt::format(" But {} and the plain {} show no difference there that your {} could show.",
                    c.arms[r.arm].name, classes ? "classifier" : "label model",
                    counted(c.unseen, "unseen picture"));
  }
  return text;
}

std::string given_to_unseen(const Comparison& c) {
  return fmt::format("Of your {} it gives a label to {}.", counted(c.unseen, "unseen picture"),
                     share_text(*c.recommended->unseen));
}

/// Nothing is known of how these models were trained; what they say to unseen pictures is told
/// elsewhere (findings_paragraphs()), but not at this threshold.
std::string others_of_logits(const Comparison& c) {
  const Recommendation& r = *c.recommended;
  std::string text;
  if (r.rehearsal) {
    text = fmt::format("Of pictures of something else expect {} to get a label, as of your {}{}.",
                       share_text(*r.rehearsal), counted(c.background, "background picture"),
                       c.arms.size() > 1 ? kFewest : "");
  }
  // By the highest probability and this aim the share is told already.
  const bool told = r.score == "max_probability" && parse_aim(r.aim).text() == Aim{}.text();
  if (r.unseen && r.rehearsal) {
    text += fmt::format(" On your {} it was {}{}.", counted(c.unseen, "unseen picture"),
                        share_text(*r.unseen), against_expectation(r));
  } else if (r.unseen && !told) {
    text = given_to_unseen(c);
  }
  if (!r.rehearsal) {
    text += fmt::format(
        "{}What other pictures will do can't be told beforehand: give the logits of pictures of "
        "none of the classes with --background, to choose by and to rehearse with.",
        text.empty() ? "" : " ");
  }
  return text;
}

}  // namespace

int against_rehearsal(const Recommendation& r) {
  if (!r.unseen || !r.rehearsal) return 0;
  const Measured difference = independent_difference(*r.unseen, *r.rehearsal);
  return difference.low > 0 ? 1 : difference.high < 0 ? -1 : 0;
}

std::string others_paragraph(const Comparison& c) {
  const Recommendation& r = *c.recommended;
  if (c.from_logits) return others_of_logits(c);
  std::string text;
  if (r.rehearsal) {
    text = fmt::format(
        "Of pictures of something else expect {} to get a label: so many did in rehearsal, with "
        "background of kinds new to the model{}.{}",
        share_text(*r.rehearsal), c.arms.size() > 1 ? kFewest : "", quieter_arm(c));
  } else {
    text =
        "What happens to a picture of something else could not be rehearsed: there is no "
        "background.";
  }
  if (r.unseen && r.rehearsal) {
    text += fmt::format(" On your {} it was {}{}.", counted(c.unseen, "unseen picture"),
                        share_text(*r.unseen), against_expectation(r));
  } else if (r.unseen) {
    text += fmt::format(" {}", given_to_unseen(c));
  } else {
    text += r.rehearsal ? " To see how near that comes, give such pictures with --unseen."
                        : " Nor was it judged: give a folder of such pictures with --unseen.";
  }
  return text + plain_models(c);
}

std::string sets_paragraph(const Comparison& c) {
  if (!c.sets) return "";
  const ConformalFinding& sets = *c.sets;
  const ConformalFinding::Sizes& own = sets.in_domain;
  std::string text = fmt::format(
      "{} sets, which hold each label of a picture with a probability of {} (reached: {}): {} of "
      "your "
      "pictures get one label, {} several",
      own.several.value <= 0.5 ? "For a promise label by label use"
                               : "A promise label by label narrows little here:",
      percent_text(1 - sets.risk), percent_text(sets.coverage.value), percent_text(own.one.value),
      percent_text(own.several.value));
  const auto& others = sets.unseen ? sets.unseen : sets.background;
  if (others) {
    text += fmt::format(", {} of the {} the empty set", share_text(others->empty),
                        sets.unseen ? "unseen ones" : "background");
  }
  text += ".";
  if (!sets.without_promise.empty()) {
    constexpr std::size_t kNamed = 3;
    std::vector<std::string> names;
    for (const std::string& name : sets.without_promise) {
      if (names.size() < kNamed) names.push_back("\"" + printable(name) + "\"");
    }
    if (sets.without_promise.size() > kNamed) {
      names.push_back(fmt::format("{} more", sets.without_promise.size() - kNamed));
    }
    text +=
        fmt::format(" Too few pictures for that, and so in a set whatever the picture shows: {}.",
                    fmt::join(names, ", "));
  }
  return text;
}

}  // namespace oneormany
