#include "report/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/printable.h"
#include "metrics/aim.h"
#include "report/verdict_parts.h"

namespace oneormany::report {

namespace {

std::string problem_paragraph(const evaluate::Results& c) {
  if (is_one_class(c)) {
    return fmt::format("{} carries exactly one of {}: this is a classification problem.",
                       c.data.pictures == 1 ? "Your one picture"
                                            : fmt::format("Each of your {} pictures",
                                                          base::grouped(c.data.pictures)),
                       base::counted(c.data.classes.size(), "label"));
  }
  const auto count = [&](bool (*of)(int)) {
    std::size_t sum = 0;
    for (const auto& [labels, pictures] : c.data.labels_per_picture)
      sum += of(labels) ? pictures : 0;
    return sum;
  };
  const std::size_t none = count([](int n) { return n == 0; });
  const std::size_t several = count([](int n) { return n > 1; });
  std::vector<std::string> parts;
  if (none > 0) parts.push_back(base::counted(none, "carries", "carry") + " no label");
  if (several > 0) parts.push_back(base::counted(several, "carries", "carry") + " several");
  return fmt::format("Of your {}, {}: this is a label problem (zero, one or many){}.",
                     base::counted(c.data.pictures, "picture"), fmt::join(parts, " and "),
                     c.from_logits() ? "" : ", and only the label models can be trained on it");
}

/// Both thresholds together. Empty of one class each.
std::string given_sentence(const evaluate::Recommendation& r) {
  if (!r.labels) return "";
  return fmt::format(
      " With both thresholds {} of all labels carried are given, and {} of those given are right.",
      share_text(r.labels->recall), share_text(r.labels->precision));
}

/// What a threshold for each label is worth. Empty where none were tuned.
std::string tuning_sentence(const evaluate::ModelResult& model) {
  if (!model.in_domain.labels || !model.in_domain.labels->tuned) return "";
  if (model.in_domain.labels->tuned->aim.kind != metrics::Aim::Kind::kF1) {
    return " That threshold says whether a picture gets any label; to give single ones, use each "
           "label's own threshold from the report, which is set for the same aim.";
  }
  const evaluate::Measured& fixed = model.in_domain.macro_f1;
  const evaluate::Measured& tuned = model.in_domain.labels->tuned->macro_f1;
  if (tuned.value <= fixed.value) {
    return " For single labels 0.5 will do: a threshold for each of them gains nothing.";
  }
  return fmt::format(
      " That threshold says whether a picture gets any label; to give single ones, use each "
      "label's own threshold from the report in place of 0.5: macro F1 (the balance of labels "
      "missed and wrongly given) goes from {:.2f} to {:.2f}{}.",
      fixed.value, tuned.value,
      overlap(fixed, tuned) ? ", though so few pictures can't show that this is no chance" : "");
}

/// "better by 2.1 points (0.9 to 3.2)": the other arm, against the recommended one.
std::string by_how_much(const evaluate::Results& c, const evaluate::ModelDifference& difference) {
  const evaluate::Measured& by = difference.score;
  const evaluate::Measured otherwise{std::abs(by.value),
                                     std::min(std::abs(by.low), std::abs(by.high)),
                                     std::max(std::abs(by.low), std::abs(by.high))};
  return fmt::format(
      "{} by {}", by.value > 0 ? "worse" : "better",
      c.models[difference.model].in_domain.labels ? figure_text(otherwise) : points_text(by));
}

/// The plain model beside the recommended one.
std::string plain_sentence(const evaluate::Results& c) {
  const evaluate::ModelResult& own = c.models[c.recommended->model];
  const bool by_map = own.in_domain.labels.has_value();
  const evaluate::ModelResult* plain = plain_model(c, loss::Activation::kSoftmax);
  const char* who = "the plain classifier";
  if (!plain) {
    plain = plain_model(c, loss::Activation::kSigmoid);
    who = "the plain label model";
  }
  std::string text =
      by_map ? fmt::format(
                   " Its mean average precision (1: every label's pictures are ranked before all "
                   "others) is {}",
                   figure_text(figure_of(own)))
             : fmt::format(" It is right on {} of your pictures", share_text(figure_of(own)));
  if (plain == &own) return text + "; it is " + who + ".";
  const evaluate::ModelDifference* difference = plain ? difference_to(c, *plain) : nullptr;
  if (!difference) return text + ".";
  text += fmt::format("{} {} ({}) {}: ", by_map ? ", that of" : ",", who, plain->name,
                      by_map ? fmt::format("{:.2f}", figure_of(*plain).value)
                             : fmt::format("on {}", percent_text(figure_of(*plain).value)));
  if (!difference->score_significant) {
    return text + fmt::format("no difference that your {} could show.",
                              base::counted(c.data.pictures, "picture"));
  }
  text += by_how_much(c, *difference);
  if (difference->p >= 1) return text + ", which is more than chance.";
  return text + fmt::format(", which chance alone would do in {} of cases.",
                            difference->p < 0.001 ? "under 0.1 %" : percent_text(difference->p));
}

/// Where the threshold costs some class clearly more of its right answers than all together: one
/// for all pictures lets the rare class pay. Of many classes some fall behind by chance.
std::string classes_sentence(const evaluate::Results& c) {
  constexpr std::size_t kMost = 20;
  const evaluate::Recommendation& r = *c.recommended;
  if (r.classes.size() < 2 || r.classes.size() > kMost) return "";
  const auto by_kept = [](const auto& a, const auto& b) { return a.kept.value < b.kept.value; };
  const auto [low, high] = std::minmax_element(r.classes.begin(), r.classes.end(), by_kept);
  if (low->kept.high >= r.kept.low) return "";
  const auto name = [&](const auto& one) {
    return base::printable(c.data.classes[static_cast<std::size_t>(one - r.classes.begin())].name);
  };
  return fmt::format(
      " The threshold costs \"{}\" most: of the right answers about it {} are kept, about \"{}\" "
      "{}.",
      name(low), share_text(low->kept), name(high), percent_text(high->kept.value));
}

/// All arms but the recommended and the plain one.
std::string other_models_sentence(const evaluate::Results& c) {
  const evaluate::ModelResult* plain = plain_model(c, loss::Activation::kSoftmax);
  if (!plain) plain = plain_model(c, loss::Activation::kSigmoid);
  std::size_t others = 0;
  std::vector<const evaluate::ModelDifference*> differing;
  for (const evaluate::ModelDifference& difference : c.differences) {
    if (&c.models[difference.model] == plain) continue;
    ++others;
    if (difference.score_significant) differing.push_back(&difference);
  }
  if (others == 0) return "";
  if (differing.empty()) {
    return others == 1
               ? " The other model does not differ clearly."
               : fmt::format(" The other {} models do not differ clearly.", base::grouped(others));
  }
  // Those that are better come first: they are what one would ask about.
  std::stable_sort(differing.begin(), differing.end(),
                   [](const auto* a, const auto* b) { return a->score.value < b->score.value; });
  constexpr std::size_t kNamed = 2;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kNamed, differing.size()); ++i) {
    parts.push_back(
        fmt::format("{} is {}", c.models[differing[i]->model].name, by_how_much(c, *differing[i])));
    const auto held_out = estimated_share(c.models[differing[i]->model]);
    if (differing[i]->score.value < 0 && held_out && c.recommended->estimate &&
        *held_out > c.recommended->estimate->value) {
      parts.back() +=
          fmt::format(", but labels {} of other pictures in rehearsal", percent_text(*held_out));
    }
  }
  if (differing.size() > kNamed) {
    parts.push_back(fmt::format("{} more differ, see the table", differing.size() - kNamed));
  }
  return fmt::format(" Of the other {}, {}.", base::counted(others, "model"),
                     fmt::join(parts, "; "));
}

/// What the threshold was set for, where that isn't to keep right answers.
std::string aim_sentence(const evaluate::Recommendation& r) {
  const metrics::Aim aim = r.aim;
  switch (aim.kind) {
    case metrics::Aim::Kind::kKeep:
      return "";
    case metrics::Aim::Kind::kPrecision:
      return r.reachable ? fmt::format(" It is set for {} right answers of those given.",
                                       percent_text(aim.share))
                         : fmt::format(
                               " Your aim, {} right answers of those given, is out of reach on "
                               "these pictures; this threshold comes nearest.",
                               percent_text(aim.share));
    case metrics::Aim::Kind::kF1:
      return " It is set for the best balance of right answers kept and wrong ones given (F1).";
    case metrics::Aim::Kind::kCost:
      return fmt::format(
          " It is set for the lowest cost, with {:g} for a wrong answer and {:g} for none.",
          aim.wrong, aim.none);
  }
  return "";
}

}  // namespace

std::string use_sentences(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  std::string text = fmt::format(
      "Use {} with {} from {} up; below, say \"none of these\".{} That keeps {} of the right "
      "answers (in brackets the 95 % interval)",
      c.models[r.model].name, score_words(r.score), threshold_text(r.threshold.value),
      aim_sentence(r), share_text(r.kept));
  if (r.aim.kind != metrics::Aim::Kind::kKeep) {
    text += fmt::format("; of those given{} {} are right",
                        r.estimate ? ", with the background counted as wrong," : "",
                        share_text(r.precision));
  }
  return text + ".";
}

std::vector<std::string> Verdict::paragraphs() const {
  std::vector<std::string> found;
  for (const auto* part : {&problem, &use, &unseen, &compared, &sets, &advice}) {
    if (!part->empty()) found.push_back(fmt::format("{}", fmt::join(*part, " ")));
  }
  return found;
}

Verdict verdict(const evaluate::Results& c) {
  Verdict v;
  const auto add = [](std::vector<std::string>& part, std::string text) {
    text.erase(0, text.find_first_not_of(' '));
    if (!text.empty()) part.push_back(std::move(text));
  };
  add(v.problem, problem_paragraph(c));
  if (c.recommended) {
    add(v.use, use_sentences(c));
    add(v.use, classes_sentence(c));
    add(v.unseen, unseen_paragraph(c));
  }
  if (c.recommended && !c.from_logits()) {
    add(v.use, tuning_sentence(c.models[c.recommended->model]));
    add(v.use, given_sentence(*c.recommended));
    add(v.compared, plain_sentence(c));
    add(v.compared, other_models_sentence(c));
    add(v.advice, help_paragraph(c));
  } else {
    add(v.compared, figures_paragraphs(c));
  }
  add(v.sets, sets_paragraph(c));
  if (c.from_logits()) {
    add(v.advice,
        "All this holds for new pictures only if no model was trained on any of these: logits "
        "must be out-of-fold, or of a test set. Of pictures that a model learned from, the "
        "figures flatter it.");
  }
  return v;
}

std::string write_verdict(const evaluate::Results& c) {
  return fmt::format("{}", fmt::join(verdict(c).paragraphs(), "\n\n"));
}

}  // namespace oneormany::report
