#include "compare/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/printable.h"
#include "compare/figures.h"

namespace oneormany {
namespace {

std::string with_interval(const Measured& m) {
  return fmt::format("{} (95 % interval {} to {})", percent_text(m.value), percent_text(m.low),
                     percent_text(m.high));
}

enum class Kind { kClasses, kClassesNone, kLabels, kLabelsBackground };

Kind kind_of(const Arm& arm) {
  if (arm.activation == "softmax") return arm.background ? Kind::kClassesNone : Kind::kClasses;
  return arm.background ? Kind::kLabelsBackground : Kind::kLabels;
}

std::size_t count_of(const Comparison& c, Kind kind) {
  return static_cast<std::size_t>(std::count_if(
      c.arms.begin(), c.arms.end(), [&](const Arm& arm) { return kind_of(arm) == kind; }));
}

bool overlap(const Measured& a, const Measured& b) { return a.low <= b.high && b.low <= a.high; }

/// What arms are compared by in domain. Of many labels not the exact match at 0.5: losses other
/// than binary cross-entropy don't aim at 0.5.
const Measured& score(const Arm& arm) {
  return arm.in_domain.labels ? arm.in_domain.labels->macro_map : arm.in_domain.accuracy;
}

bool is_standard(const Arm& arm) {
  return (arm.loss == "cross_entropy" || arm.loss == "bce_with_logits") && arm.head != "mlp";
}

/// Of the arms of a kind (several losses, several heads) the best in domain, of equals the one with
/// the lowest log-loss; but the standard one unless that is clearly better. Null if there is none.
/// Unseen pictures choose nothing here either.
const Arm* best(const Comparison& c, Kind kind) {
  const Arm *found = nullptr, *standard = nullptr;
  for (const Arm& arm : c.arms) {
    if (kind_of(arm) != kind) continue;
    const auto rank = [](const Arm& one) {
      return std::pair(-score(one).value, one.in_domain.log_loss);
    };
    if (!found || rank(arm) < rank(*found)) found = &arm;
    if (is_standard(arm)) standard = &arm;
  }
  return standard && overlap(score(*standard), score(*found)) ? standard : found;
}

/// With its name where there are several of its kind.
std::string called(const Comparison& c, const char* what, const Arm& arm) {
  return count_of(c, kind_of(arm)) > 1 ? fmt::format("{} ({})", what, arm.name) : what;
}

bool is_one_class(const Comparison& c) {
  return std::all_of(c.labels_per_picture.begin(), c.labels_per_picture.end(),
                     [](const auto& entry) { return entry.first == 1; });
}

std::string problem_paragraph(const Comparison& c) {
  if (is_one_class(c)) {
    return fmt::format(
        "{} carries exactly one of {}: as it stands this is a classification problem.",
        c.pictures == 1 ? "Your one picture"
                        : fmt::format("Each of your {} pictures", grouped(c.pictures)),
        counted(c.classes.size(), "label"));
  }
  const auto count = [&](bool (*of)(int)) {
    std::size_t sum = 0;
    for (const auto& [labels, pictures] : c.labels_per_picture) sum += of(labels) ? pictures : 0;
    return sum;
  };
  return fmt::format(
      "Of your {}, {} no label and {} several: this is a label problem (zero, one or many){}.",
      counted(c.pictures, "picture"),
      counted(count([](int n) { return n == 0; }), "carries", "carry"),
      counted(count([](int n) { return n > 1; }), "carries", "carry"),
      c.from_logits ? "" : ", and only the label models can be trained on it");
}

/// `recommended` is named where several are equally good; null if none is recommended.
std::string in_domain_paragraph(const Comparison& c, const Arm* recommended) {
  const auto by_score = [](const Arm& a, const Arm& b) { return score(a).value < score(b).value; };
  const auto [low, highest] = std::minmax_element(c.arms.begin(), c.arms.end(), by_score);
  const Arm* high = &*highest;
  if (recommended && score(*recommended).value == score(*high).value) high = recommended;
  const Measured &lowest = score(*low), &most = score(*high);
  const bool by_map = low->in_domain.labels.has_value();
  if (c.arms.size() == 1 && by_map) {
    return fmt::format(
        "On your pictures the model \"{}\" has a mean average precision (macro mAP) of {:.2f} (95 "
        "% "
        "interval {:.2f} to {:.2f}).",
        low->name, most.value, most.low, most.high);
  }
  const bool one_class = is_one_class(c);
  if (c.arms.size() == 1) {
    return fmt::format("On {} of your pictures the model \"{}\" gives {}.", with_interval(most),
                       low->name,
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
  return fmt::format("On pictures of your {} the models {}: {}.", one_class ? "classes" : "labels",
                     what,
                     overlap(lowest, most) ? "no difference that so few pictures could show"
                                           : "a difference larger than chance");
}

/// Where arms of one kind, such as two heads, differ clearly on unseen pictures; else empty.
std::string within_kinds_sentence(const Comparison& c) {
  std::vector<std::string> parts;
  for (const Kind kind :
       {Kind::kClasses, Kind::kLabels, Kind::kClassesNone, Kind::kLabelsBackground}) {
    const Arm *low = nullptr, *high = nullptr;
    for (const Arm& arm : c.arms) {
      if (kind_of(arm) != kind) continue;
      const double share = arm.unseen->keeping_95.value;
      if (!low || share < low->unseen->keeping_95.value) low = &arm;
      if (!high || share > high->unseen->keeping_95.value) high = &arm;
    }
    if (!low || overlap(low->unseen->keeping_95, high->unseen->keeping_95)) continue;
    parts.push_back(fmt::format("{} ({}) against {} ({})",
                                percent_text(low->unseen->keeping_95.value), low->name,
                                percent_text(high->unseen->keeping_95.value), high->name));
  }
  if (parts.empty()) return "";
  return fmt::format(" Models of one kind differ clearly in this: {}.", fmt::join(parts, "; "));
}

/// The best that learned from background: a label model where there is one.
const Arm* taught_arm(const Comparison& c) {
  const Arm* labels = best(c, Kind::kLabelsBackground);
  return labels ? labels : best(c, Kind::kClassesNone);
}

std::string unseen_paragraph(const Comparison& c, const Arm& recommended) {
  if (c.unseen == 0) {
    return "How the models behave on a picture of something else, and whether background helps, "
           "was "
           "not judged: give a folder of such pictures with --unseen.";
  }
  std::string text = fmt::format(
      "Shown {} of something else, with the threshold set so that 95 % of the right answers are "
      "kept, ",
      counted(c.unseen, "picture"));
  const Arm* classes = best(c, Kind::kClasses);
  const Arm* labels = best(c, Kind::kLabels);
  if (classes) {
    text +=
        fmt::format("{} still names a class on {}", called(c, "the classification model", *classes),
                    with_interval(classes->unseen->keeping_95));
  }
  if (labels) {
    const std::string who = called(c, "the label model", *labels);
    const std::string share = with_interval(labels->unseen->keeping_95);
    text += classes ? "; " + who + " on " + share : who + " still gives a label to " + share;
  }
  text += ".";
  if (classes && labels && overlap(classes->unseen->keeping_95, labels->unseen->keeping_95)) {
    const bool only_activation = classes->loss == "cross_entropy" &&
                                 labels->loss == "bce_with_logits" && classes->head == labels->head;
    text += only_activation
                ? " Going from softmax to sigmoid alone makes no difference that these pictures "
                  "could show."
                : " That is no difference that these pictures could show.";
  }
  const Arm* taught = taught_arm(c);
  if (taught) {
    text += fmt::format(" Trained with {}, {} does so on {}.",
                        counted(c.background, "background picture"), taught->name,
                        with_interval(taught->unseen->keeping_95));
    const Arm* plain = classes ? classes : labels;
    if (overlap(taught->unseen->keeping_95, plain->unseen->keeping_95)) {
      text += " So far that is no difference that these pictures could show.";
    }
    if (taught != &recommended) {
      text += taught->in_domain.labels ? " But it does worse on pictures of your labels."
                                       : " But it gives fewer right answers.";
    }
  }
  text += within_kinds_sentence(c);
  for (const Kind kind : {Kind::kClasses, Kind::kLabels}) {
    if (count_of(c, kind) < 2) continue;
    text +=
        " Of several models of one kind this speaks of the standard one, unless another is clearly "
        "better on your own pictures; the table has the others.";
    break;
  }
  return text;
}

/// What a threshold for each label is worth. Empty where none were tuned.
std::string tuning_sentence(const Arm& arm) {
  if (!arm.in_domain.labels || !arm.in_domain.labels->tuned) return "";
  const Measured& fixed = arm.in_domain.macro_f1;
  const Measured& tuned = arm.in_domain.labels->tuned->macro_f1;
  if (tuned.value <= fixed.value) {
    return " For single labels 0.5 will do: a threshold for each of them gains nothing.";
  }
  std::string text = fmt::format(
      " To give single labels, use each label's own threshold from the report in place of 0.5: "
      "macro F1 goes from {:.2f} to {:.2f}{}.",
      fixed.value, tuned.value,
      overlap(fixed, tuned) ? ", though so few pictures can't show that this is no chance" : "");
  if (arm.unseen) {
    text +=
        " The one threshold comes first: a picture whose highest probability is below it gets no "
        "label, any other gets each label that is above its own.";
  }
  return text;
}

std::string advice_paragraph(const Comparison& c, const Arm& recommended) {
  std::string text = fmt::format("Use {}", recommended.name);
  if (recommended.unseen) {
    text += fmt::format(
        " with a threshold of {}: below it, say \"none of these\"; that gives up at most 5 % of "
        "the right "
        "answers",
        threshold_text(recommended.unseen->threshold));
  }
  text += ".";
  text += tuning_sentence(recommended);
  if (c.background == 0) {
    text +=
        " What would help most, if pictures of something else may come: a folder of pictures "
        "that are none of your classes, as --background, so that the model learns what to "
        "keep quiet about.";
  } else if (recommended.unseen && recommended.unseen->keeping_95.value > 0.05) {
    text += " What would help most: background pictures that are more like what will come.";
  }
  const auto smallest =
      std::min_element(c.classes.begin(), c.classes.end(),
                       [](const ClassCount& a, const ClassCount& b) { return a.count < b.count; });
  const auto largest =
      std::max_element(c.classes.begin(), c.classes.end(),
                       [](const ClassCount& a, const ClassCount& b) { return a.count < b.count; });
  if (smallest->count * 3 < largest->count) {
    text += fmt::format(
        " More pictures of \"{}\" would help too: there are {}, against {} of "
        "\"{}\".",
        smallest->name, grouped(smallest->count), grouped(largest->count), largest->name);
  }
  return text;
}

/// Settled by the problem and the answers in domain, whatever the unseen pictures show: a model
/// that was shown background has learned when to say "none of these", and a label model can say it.
/// Not if accuracy falls by more than chance.
const Arm* recommend(const Comparison& c) {
  const Arm* classes = best(c, Kind::kClasses);
  const Arm* plain = classes ? classes : best(c, Kind::kLabels);
  const Arm* taught = taught_arm(c);
  const auto below = [](const Measured& a, const Measured& b) { return a.high < b.low; };
  const bool falls =
      taught &&
      (below(score(*taught), score(*plain)) ||
       (!taught->in_domain.labels && below(taught->in_domain.macro_f1, plain->in_domain.macro_f1)));
  return taught && !falls ? taught : plain;
}

/// The models of other programs: nothing is known of how they were trained.
std::string unseen_logits_paragraph(const Comparison& c) {
  if (c.unseen == 0) {
    return "How sure these models are of a picture of something else was not judged: give their "
           "logits of such pictures with --unseen.";
  }
  std::vector<std::string> parts;
  for (const Arm& arm : c.arms) {
    parts.push_back(fmt::format("\"{}\" still gives a label to {}", arm.name,
                                with_interval(arm.unseen->keeping_95)));
  }
  std::string text = fmt::format(
      "Shown {} of something else, with the threshold set so that 95 % of the right answers are "
      "kept, {}.",
      counted(c.unseen, "picture"), fmt::join(parts, ", "));
  const auto by_share = [](const Arm& a, const Arm& b) {
    return a.unseen->keeping_95.value < b.unseen->keeping_95.value;
  };
  const auto [low, high] = std::minmax_element(c.arms.begin(), c.arms.end(), by_share);
  if (c.arms.size() > 1) {
    text += overlap(low->unseen->keeping_95, high->unseen->keeping_95)
                ? " That is no difference that these pictures could show."
                : fmt::format(" \"{}\" knows best what it doesn't know.", low->name);
  }
  return text;
}

std::string thresholds_paragraph(const Comparison& c) {
  std::vector<std::string> parts;
  for (const Arm& arm : c.arms) {
    parts.push_back(fmt::format("{} for \"{}\"", threshold_text(arm.unseen->threshold), arm.name));
  }
  return fmt::format(
      "Threshold: {}. Below it, say \"none of these\"; that gives up at most 5 % of the right "
      "answers.",
      fmt::join(parts, ", "));
}

std::string logits_verdict(const Comparison& c) {
  std::string text = fmt::format("{}\n\n{}\n\n{}", problem_paragraph(c),
                                 in_domain_paragraph(c, nullptr), unseen_logits_paragraph(c));
  if (c.unseen > 0) text += "\n\n" + thresholds_paragraph(c);
  return text +
         "\n\nAll this holds for new pictures only if no model was trained on any of these: logits "
         "must be out-of-fold, or of a test set. Of pictures that a model learned from, the "
         "figures flatter it.";
}

}  // namespace

std::string write_verdict(const Comparison& c) {
  if (c.from_logits) return logits_verdict(c);
  const Arm* recommended = recommend(c);
  return fmt::format("{}\n\n{}\n\n{}\n\n{}", problem_paragraph(c),
                     in_domain_paragraph(c, recommended), unseen_paragraph(c, *recommended),
                     advice_paragraph(c, *recommended));
}

}  // namespace oneormany
