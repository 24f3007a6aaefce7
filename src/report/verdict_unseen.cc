// Pictures of none of the classes: what to expect, what came, what the plain models do. And
// prediction sets.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "metrics/aim.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

const char* classes_or_labels(const evaluate::Results& c) {
  return is_one_class(c) ? "classes" : "labels";
}

/// In the words of their first mention.
std::string related_pictures(const evaluate::Results& c) {
  if (c.data.unlabelled.estimates()) {
    return fmt::format("such pictures of none of your {} as your unlabelled ones show",
                       classes_or_labels(c));
  }
  return fmt::format("related pictures: like yours, of the same source and style, but of other {}",
                     classes_or_labels(c));
}

std::string how_related(const evaluate::Results& c) {
  if (c.data.unlabelled.estimates()) {
    return "holding out a part of your unlabelled pictures at a time";
  }
  return fmt::format("hiding your own {} in turn", classes_or_labels(c));
}

std::string expected_sentence(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  if (!r.estimate && r.related) {
    return fmt::format(
        "Expect to get a label: {} of {}. Estimated by {}. How many others will cannot be "
        "estimated: there is no other background.",
        share_text(*r.related), related_pictures(c), how_related(c));
  }
  if (!r.estimate) {
    return fmt::format("How many {} will get a label cannot be estimated: {}.", others(c),
                       c.from_logits()
                           ? "give logits of such pictures with --background, by which model and "
                             "score are then chosen too, or with --unseen, which choose nothing"
                           : "there is no background");
  }
  const std::string on = c.from_logits()
                             ? "your " + base::counted(c.data.background, "background picture")
                             : "groups of background held out from training";
  // By this the model was chosen (evaluate/select.h).
  const std::string chosen = c.models.size() < 2 ? ""
                             : is_one_class(c)   ? "; no equally accurate model does clearly better"
                                                 : "; no equally good model does clearly better";
  if (!r.related) {
    return fmt::format("Expect {} of {} to get a label. Estimated on {}{}.",
                       share_text(*r.estimate), others(c), on, chosen);
  }
  return fmt::format(
      "Expect {} of {} to get a label, and {} of {}. The first is estimated on {}, the second by "
      "{}{}.",
      share_text(*r.estimate), others(c), share_text(*r.related), related_pictures(c), on,
      how_related(c), chosen);
}

/// Which of the two estimates the user should care about. Empty where there is but one.
std::string which_sentence(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  if (!r.related && r.estimate && c.data.classes.size() == 1) {
    return "Nothing is known of related pictures, of the same source and style as yours: there is "
           "no second class that could be hidden to tell.";
  }
  if (!r.related) return "";
  if (c.data.unlabelled.estimates()) {
    return "The second holds for kinds of pictures that the unlabelled ones show; of other kinds "
           "more will get a label.";
  }
  return fmt::format(
      "If the pictures to come are from where yours are from, the share of related ones is what "
      "counts{}.",
      r.related->high - r.related->low <= 0.5
          ? ""
          : fmt::format(", and {} tell little about it: give unsorted pictures from there with {}",
                        base::counted(c.data.classes.size(), is_one_class(c) ? "class" : "label",
                                      is_one_class(c) ? "classes" : "labels"),
                        c.from_features() ? "--unlabelled-features" : "--unlabelled"));
}

std::string against_estimate_text(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  constexpr double kWide = 0.2;
  switch (against_estimate(r)) {
    case 1:
      if (c.data.unlabelled.estimates() && r.related && !is_above(*r.unseen, *r.related)) {
        return ", as expected of such as your unlabelled ones show";
      }
      if (c.data.unlabelled.estimates()) {
        return ", significantly more than expected: the unlabelled pictures show few like them";
      }
      if (r.related && r.unseen->value <= r.related->high) {
        return ", significantly more than expected of unrelated pictures, as may be expected of "
               "related ones";
      }
      return ", significantly more than expected: they are more like your classes than the "
             "background is";
    case -1:
      return ", significantly fewer than expected: they are less like your classes than the "
             "background is";
    default:
      return r.unseen->high - r.unseen->low > kWide
                 ? ". That agrees with the estimate, but so few pictures show little"
                 : ", as expected";
  }
}

std::string truth_sentence(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  if (!r.unseen) {
    if (c.from_logits()) return "";
    return fmt::format("To {}, give such pictures with {}.",
                       r.estimate ? "check this estimate" : "measure it",
                       c.from_features() ? "--unseen-features" : "--unseen");
  }
  return fmt::format("Of your {} {} got a label{}.", base::counted(c.data.unseen, "unseen picture"),
                     share_text(*r.unseen), r.estimate ? against_estimate_text(c) : "");
}

/// By the highest probability, of unseen pictures or else what to expect.
std::optional<evaluate::Measured> labelled_share(const evaluate::ModelResult* model) {
  if (!model || model->scores.empty()) return std::nullopt;
  const evaluate::ScoreResult& highest = model->scores[0];
  return highest.labelled ? highest.labelled : highest.estimate;
}

/// Then the guess which they are is likely wrong about some.
std::string mostly_of_classes_sentence(const evaluate::Results& c) {
  const evaluate::DataSummary::Unlabelled& unlabelled = c.data.unlabelled;
  if (!unlabelled.mostly_of_classes()) return "";
  return fmt::format(
      "{} of your {} look like your classes; what is left as background may hold some of them "
      "too, and then fewer of your pictures get their label.",
      base::grouped(unlabelled.of_classes), base::counted(unlabelled.used(), "unlabelled picture"));
}

}  // namespace

Sentences unseen_sentences(const evaluate::Results& c) {
  return {expected_sentence(c), which_sentence(c), mostly_of_classes_sentence(c),
          truth_sentence(c)};
}

Sentences plain_on_unseen(const evaluate::Results& c) {
  const evaluate::Recommendation& r = *c.recommended;
  const bool keeps = r.aim.kind == metrics::Aim::Kind::kKeep;
  const evaluate::ModelResult* classes = plain_model(c, loss::Activation::kSoftmax);
  const evaluate::ModelResult* labels = plain_model(c, loss::Activation::kSigmoid);
  // What is already said isn't said again.
  const auto known = [&](const evaluate::ModelResult* model) {
    return model == &c.models[r.model] && r.score == ood::ScoreKind::kMaxProbability && keeps;
  };
  const auto of_classes = labelled_share(classes), of_labels = labelled_share(labels);
  Sentences models;
  if (of_classes && !known(classes)) {
    models.push_back("the plain classifier labels " + percent_text(of_classes->value));
  }
  if (of_labels && !known(labels)) {
    models.push_back("the plain label model labels " + percent_text(of_labels->value));
  }
  if (models.empty()) return {};
  Sentences found{fmt::format(
      "Of {} {}, by the highest probability{}.",
      c.data.unseen > 0 ? "the unseen pictures" : "held-out background", fmt::join(models, ", "),
      keeps ? ""
            : " where it accepts " + percent_text(r.aim.compared_at().share) +
                  " of the correct answers")};
  if (!keeps) return found;
  if (of_classes && of_labels && classes->loss.text() == "cross_entropy" &&
      labels->loss.text() == "bce_with_logits" && classes->head == labels->head) {
    found.push_back(overlap(*of_classes, *of_labels)
                        ? "Switching to sigmoid alone makes no measurable difference."
                        : "Here switching from softmax to sigmoid makes a difference.");
  }
  const evaluate::ModelDifference* difference = difference_to(c, classes ? *classes : *labels);
  if (!known(classes) && !known(labels) && difference && difference->unseen &&
      !difference->unseen_significant) {
    found.push_back(fmt::format(
        "On your {} the difference between {} and the plain {} is not statistically significant.",
        base::counted(c.data.unseen, "unseen picture"), c.models[r.model].name,
        classes ? "classifier" : "label model"));
  }
  return found;
}

Sentences sets_sentences(const evaluate::Results& c) {
  if (!c.prediction_sets) return {};
  const evaluate::PredictionSets& sets = *c.prediction_sets;
  Sentences found{fmt::format(
      "Prediction sets hold each correct label with a probability of {} (α = {:g}; reached: {}).",
      percent_text(1 - sets.alpha), sets.alpha, percent_text(sets.coverage.value))};
  std::string sizes = fmt::format("Of your pictures {} have one label in their set, {} several",
                                  percent_text(sets.in_domain.one.value),
                                  percent_text(sets.in_domain.several.value));
  if (const auto& other = sets.unseen ? sets.unseen : sets.background) {
    sizes += fmt::format("; of the {} {} have an empty set",
                         sets.unseen ? "unseen pictures" : "background", share_text(other->empty));
  }
  found.push_back(sizes + ".");
  if (sets.in_domain.several.value > 0.5) found.push_back("So the sets narrow little here.");
  if (!sets.without_guarantee.empty()) {
    found.push_back(fmt::format(
        "Too few pictures for that guarantee, so in a set whatever a picture shows: {}.",
        quoted(sets.without_guarantee)));
  }
  return found;
}

}  // namespace oneormany::report
