#include "report/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "evaluate/replicates.h"
#include "metrics/aim.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

std::string problem_sentence(const evaluate::Results& c) {
  if (is_one_class(c) && c.data.classes.size() == 1) {
    return fmt::format(
        "All your {} are of one class, {}: only background tells it from anything else.",
        base::counted(c.data.pictures, "picture"), quoted({c.data.classes[0].name}));
  }
  if (is_one_class(c)) {
    // That a label model is recommended for classes wants its reason.
    const bool by_labels =
        c.recommended && c.models[c.recommended->model].activation == loss::Activation::kSigmoid;
    return fmt::format("{} exactly one of {}: this is a classification problem{}.",
                       c.data.pictures == 1
                           ? "Your one picture has"
                           : "Each of your " + base::counted(c.data.pictures, "picture") + " has",
                       base::counted(c.data.classes.size(), "label"),
                       by_labels ? ", which a label model solves as well, by its most probable "
                                   "label; trained on background, it can find none probable"
                                 : "");
  }
  std::size_t none = 0, several = 0;
  for (const auto& [labels, pictures] : c.data.labels_per_picture) {
    (labels == 0 ? none : several) += labels == 1 ? 0 : pictures;
  }
  Sentences parts;
  if (none > 0) parts.push_back(base::counted(none, "has", "have") + " no label");
  if (several > 0) parts.push_back(base::counted(several, "has", "have") + " several");
  if (parts.empty()) parts.push_back("all have the same label");
  return fmt::format(
      "Of your {}, {}: this is multi-label classification (zero, one or many labels a picture){}.",
      base::counted(c.data.pictures, "picture"), fmt::join(parts, " and "),
      c.from_logits() ? "" : ", for which only label models can be trained");
}

std::string model_sentence(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  const char* const what = is_one_class(c) ? "its most probable label" : "labels";
  if (r.gates || !r.each_class.empty()) {
    return fmt::format("Use {}: a picture gets {} if {}, else \"none of these\".",
                       c.models[r.model].name, what, condition_text(r));
  }
  return fmt::format(
      "Use {} with a threshold of {} on {}: from there up a picture gets {}, below it \"none of "
      "these\".",
      c.models[r.model].name, threshold_text(r.threshold.value), score_words(r.score), what);
}

/// What the threshold was set for; nothing where that is the share accepted, which is told anyway.
std::string aim_sentence(const evaluate::Recommendation& r) {
  switch (r.aim.kind) {
    case metrics::Aim::Kind::kKeep:
      return "";
    case metrics::Aim::Kind::kPrecision:
      return r.reachable ? fmt::format("It is set so that {} of the accepted answers are correct.",
                                       percent_text(r.aim.share))
                         : fmt::format(
                               "Your aim, {} correct answers of those accepted, cannot be "
                               "reached on these pictures; this threshold comes nearest.",
                               percent_text(r.aim.share));
    case metrics::Aim::Kind::kF1:
      return "It is set for the best balance of correct answers accepted and wrong ones rejected "
             "(F1).";
    case metrics::Aim::Kind::kCost:
      return fmt::format("It is set for the lowest cost: {:g} for a wrong answer, {:g} for none.",
                         r.aim.wrong, r.aim.none);
  }
  return "";
}

std::string accepted_sentence(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  std::string text = fmt::format(
      "It accepts {} of the correct answers (in brackets: 95 % intervals).", share_text(r.kept));
  if (r.outcome && c.data.classes.size() > 1) {
    text += fmt::format(" Of all your pictures {} get the right label, {} a wrong one, {} none.",
                        share_text(r.outcome->right), percent_text(r.outcome->wrong.value),
                        percent_text(r.outcome->none.value));
  }
  if (r.aim.kind == metrics::Aim::Kind::kKeep) return text;
  return text + fmt::format(" Of the accepted answers{} {} are correct.",
                            r.estimate ? ", with background counted as wrong," : "",
                            share_text(r.precision));
}

/// Where the threshold accepts less of one class than of all, beyond the intervals: one threshold
/// for all pictures may cost the rare class most. Of many classes some fall behind by chance.
std::string class_sentence(const evaluate::Results& c) {
  constexpr std::size_t kMost = 20;
  const evaluate::Recommendation& r = *c.recommended;
  if (r.classes.size() < 2 || r.classes.size() > kMost) return "";
  // Where no prediction of a class is right, there is none to accept.
  using OfClass = evaluate::Recommendation::PerClass;
  const OfClass *low = nullptr, *high = nullptr;
  for (const OfClass& one : r.classes) {
    if (one.recall.value == 0) continue;
    if (!low || one.kept.value < low->kept.value) low = &one;
    if (!high || one.kept.value >= high->kept.value) high = &one;
  }
  if (!low || low->kept.high >= r.kept.low) return "";
  const auto name = [&](const OfClass* one) {
    return quoted({c.data.classes[static_cast<std::size_t>(one - r.classes.data())].name});
  };
  return fmt::format(
      "The threshold rejects more {0}: {1} of the correct {0} pass, {2} of the {3}.{4}", name(low),
      share_text(low->kept), percent_text(high->kept.value), name(high),
      r.aim.kind == metrics::Aim::Kind::kKeep && !r.aim.each
          ? " With --aim keep-each each has a threshold of its own, at the price of "
            "more labels for other pictures."
          : "");
}

/// Multi-label: what a threshold for each label is worth. Empty where none were tuned.
std::string label_thresholds_sentence(const evaluate::ModelResult& model) {
  if (!model.in_domain.labels || !model.in_domain.labels->tuned) return "";
  const evaluate::LabelResults::Tuned& tuned = *model.in_domain.labels->tuned;
  const char* const use =
      "This threshold decides whether a picture gets any label; for single labels use each "
      "label's own threshold in the report";
  if (tuned.aim.kind != metrics::Aim::Kind::kF1)
    return fmt::format("{}, set for the same aim.", use);
  const evaluate::Measured& fixed = model.in_domain.macro_f1;
  if (tuned.macro_f1.value <= fixed.value) {
    return "For single labels 0.5 is enough: a threshold for each of them gains nothing.";
  }
  return fmt::format("{} in place of 0.5: macro F1 rises from {:.2f} to {:.2f}{}.", use,
                     fixed.value, tuned.macro_f1.value,
                     overlap(fixed, tuned.macro_f1) ? ", though their 95 % intervals overlap" : "");
}

std::string given_sentence(const evaluate::Recommendation& r) {
  if (!r.labels) return "";
  return fmt::format(
      "With each label's own threshold on top, {} of all labels are found and {} of those given "
      "are correct.",
      share_text(r.labels->recall), share_text(r.labels->precision));
}

/// "2.1 points (0.9 to 3.2) better": the other model, against the recommended one.
std::string by_how_much(const evaluate::Results& c, const evaluate::ModelDifference& difference) {
  const evaluate::Measured& by = difference.score;
  const bool labels = c.models[difference.model].in_domain.labels.has_value();
  const double unit = labels ? 1 : 100;
  const auto [low, high] = std::minmax({std::abs(by.low), std::abs(by.high)});
  const int digits = labels ? 2 : unit * std::abs(by.value) < 9.5 ? 1 : 0;
  return fmt::format("{:.{}f}{} ({:.{}f} to {:.{}f}) {}", unit * std::abs(by.value), digits,
                     labels ? "" : " points", unit * low, digits, unit * high, digits,
                     by.value > 0 ? "worse" : "better");
}

/// The recommended model's accuracy, beside that of the plain one (null if there is none).
std::string accuracy_sentence(const evaluate::Results& c, const evaluate::ModelResult* plain) {
  const evaluate::ModelResult& own = c.models[c.recommended->model];
  const bool by_map = own.in_domain.labels.has_value();
  const char* const who = plain && plain->activation == loss::Activation::kSoftmax
                              ? "the plain classifier"
                              : "the plain label model";
  std::string text =
      by_map ? fmt::format("The mean average precision on your pictures is {}",
                           figure_text(figure_of(own)))
             : fmt::format("The accuracy on your pictures is {}", share_text(figure_of(own)));
  if (plain == &own) return fmt::format("{}; this is {}.", text, who);
  const evaluate::ModelDifference* difference = plain ? difference_to(c, *plain) : nullptr;
  if (!difference) return text + ".";
  text += fmt::format(", that of {} ({}) {}", who, plain->name,
                      by_map ? fmt::format("{:.2f}", figure_of(*plain).value)
                             : percent_text(figure_of(*plain).value));
  // p alone doesn't decide: the interval may hold 0 though p < 0.05. Multi-label there is no p.
  const bool tested =
      !by_map && difference->score_significant == (difference->p < evaluate::kSignificanceLevel);
  const std::string p = tested ? fmt::format(" ({})", p_text(difference->p)) : "";
  return difference->score_significant
             ? fmt::format("{}: {}, which is statistically significant{}.", text,
                           by_how_much(c, *difference), p)
             : fmt::format("{}. The difference is not statistically significant{}.", text, p);
}

/// The recommended model on the test set against out of fold. Of two independent samples a
/// difference is significant if their 95 % intervals don't overlap, and sometimes if they do: only
/// the clear one is told.
std::string test_sentence(const evaluate::Results& c) {
  const evaluate::ModelResult& own = c.models[c.recommended->model];
  if (!own.test || !c.recommended->test) return "";
  const bool by_map = own.test->labels.has_value();
  const evaluate::Measured &on_test = figure_of(*own.test), &out_of_fold = figure_of(own);
  const evaluate::Recommendation::OnTest& use = *c.recommended->test;
  return fmt::format(
      "On your {}, which had no part in training or choice, its {} is {}{}. The threshold gives {} "
      "of them a label; of these answers {} are correct.",
      base::counted(c.data.test->pictures, "test picture"),
      by_map ? "mean average precision" : "accuracy",
      by_map ? figure_text(on_test) : share_text(on_test),
      overlap(on_test, out_of_fold) ? ", which agrees with the estimate out of fold"
      : on_test.value < out_of_fold.value
          ? ", significantly less than out of fold: the test pictures are harder or from another "
            "source than those trained on, and so may be the pictures to come"
          : ", significantly more than out of fold: the test pictures are easier than those "
            "trained "
            "on, or more like them than new ones will be",
      share_text(use.answered), share_text(use.precision));
}

/// All models but the recommended and the plain one.
std::string other_models_sentence(const evaluate::Results& c, const evaluate::ModelResult* plain) {
  std::size_t count = 0;
  std::vector<const evaluate::ModelDifference*> differing;
  for (const evaluate::ModelDifference& difference : c.differences) {
    if (&c.models[difference.model] == plain) continue;
    ++count;
    if (difference.score_significant) differing.push_back(&difference);
  }
  if (count == 0) return "";
  if (differing.empty()) {
    return count == 1 ? "Nor does the other model differ significantly."
                      : fmt::format("None of the other {} models differs significantly.", count);
  }
  // Those that are better come first: they are what one would ask about.
  std::stable_sort(differing.begin(), differing.end(),
                   [](const auto* a, const auto* b) { return a->score.value < b->score.value; });
  constexpr std::size_t kNamed = 2;
  Sentences parts;
  for (std::size_t i = 0; i < std::min(kNamed, differing.size()); ++i) {
    const evaluate::ModelResult& model = c.models[differing[i]->model];
    parts.push_back(fmt::format("{} is {}", model.name, by_how_much(c, *differing[i])));
    const auto estimate = estimated_share(model);
    if (differing[i]->score.value < 0 && estimate && c.recommended->estimate &&
        *estimate > c.recommended->estimate->value) {
      parts.back() += fmt::format(", but is expected to give a label to {} of {}",
                                  percent_text(*estimate), others(c));
    }
  }
  if (differing.size() > kNamed) {
    parts.push_back(fmt::format("{} more differ, see the table", differing.size() - kNamed));
  }
  return fmt::format("Of the other {}, {}; {} statistically significant.",
                     base::counted(count, "model"), fmt::join(parts, "; "),
                     differing.size() == 1 ? "this is" : "these differences are");
}

/// The model that is expected to label the fewest pictures of none of the classes, where another is
/// recommended because this one is worse in domain: the user may weigh that otherwise.
std::string quieter_model(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  const evaluate::ModelResult &own = c.models[r.model], *quietest = nullptr;
  double least = r.estimate ? r.estimate->value : 0;
  if (r.estimate && r.related) least = (least + r.related->value) / 2;
  for (const evaluate::ModelResult& model : c.models) {
    const evaluate::ModelDifference* const difference = difference_to(c, model);
    const auto share = expected_share(model);
    if (!difference || !difference->score_significant || !share || *share >= least) continue;
    quietest = &model;
    least = *share;
  }
  if (!quietest) return "";
  const auto figures = [](const evaluate::ModelResult& model) {
    return model.in_domain.labels
               ? fmt::format("{:.2f}", figure_of(model).value)
               : fmt::format("{} (macro F1 {:.2f})", percent_text(figure_of(model).value),
                             model.in_domain.macro_f1.value);
  };
  const evaluate::ScoreResult& its = quietest->scores.at(quietest->used);
  return fmt::format(
      "If pictures of none of the {} matter most, consider {}: expect {} of {}{} to get a label, "
      "with {} of {} in place of {}.",
      is_one_class(c) ? "classes" : "labels", quietest->name, percent_text(its.estimate->value),
      others(c),
      its.related ? fmt::format(" and {} of related ones", percent_text(its.related->value)) : "",
      is_one_class(c) ? "an accuracy" : "a mean average precision", figures(*quietest),
      figures(own));
}

void append(Sentences& to, Sentences from) {
  std::erase(from, "");
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Sentences use_sentences(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  return {model_sentence(c),
          aim_sentence(r),
          accepted_sentence(c),
          class_sentence(c),
          label_thresholds_sentence(c.models[r.model]),
          given_sentence(r)};
}

std::vector<std::string> Verdict::paragraphs() const {
  std::vector<std::string> found;
  for (const auto* part : {&problem, &use, &test, &unseen, &compared, &sets, &advice}) {
    if (!part->empty()) found.push_back(fmt::format("{}", fmt::join(*part, " ")));
  }
  return found;
}

Verdict verdict(const evaluate::Results& c) {
  Verdict v;
  if (c.used_model) {
    append(v.use, used_model_sentences(c));
    append(v.advice, used_model_advice(c));
    return v;
  }
  append(v.problem, {problem_sentence(c)});
  if (c.recommended) {
    append(v.use, use_sentences(c));
    append(v.test, {test_sentence(c)});
    append(v.unseen, unseen_sentences(c));
  }
  if (c.from_logits()) {
    if (!c.recommended) append(v.use, {logits_thresholds(c)});
    append(v.unseen, logits_unseen(c));
    append(v.compared, logits_compared(c));
    append(v.advice, logits_advice(c));
  } else if (c.recommended) {
    const evaluate::ModelResult* plain = plain_model(c, loss::Activation::kSoftmax);
    if (!plain) plain = plain_model(c, loss::Activation::kSigmoid);
    if (c.data.classes.size() > 1) {
      append(v.compared, {accuracy_sentence(c, plain), other_models_sentence(c, plain)});
    }
    append(v.compared, plain_on_unseen(c));
    append(v.compared, {quieter_model(c)});
    append(v.advice, advice_sentences(c));
  }
  append(v.sets, sets_sentences(c));
  return v;
}

}  // namespace oneormany::report
