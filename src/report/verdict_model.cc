// The verdict on a model that was evaluated as it is: what was promised, and what came.

#include <fmt/format.h>

#include "base/printable.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

using evaluate::Measured;

/// Whether a difference is statistically significant: 1 if more came than was promised, −1 if less.
int against(const Measured& came, const Measured& promised) {
  return is_above(came, promised) ? 1 : is_above(promised, came) ? -1 : 0;
}

std::string kept_or_not(const Measured& came, const Measured& promised) {
  switch (against(came, promised)) {
    case 1:
      return "more than promised";
    case -1:
      return "less than promised";
    default:
      return "as promised";
  }
}

const Measured& accuracy_of(const evaluate::Results& c) {
  return figure_of(c.models[c.recommended->model].in_domain);
}

std::string unseen_sentence(const evaluate::Results& c) {
  const evaluate::Promise& promise = c.used_model->promise;
  if (!c.recommended->unseen) return "";
  const Measured& came = *c.recommended->unseen;
  std::string text = fmt::format("Of the {} {} got a label.",
                                 base::counted(c.data.unseen, "unseen picture"), share_text(came));
  if (promise.unrelated) {
    text += fmt::format(" Promised for unrelated pictures: {}.", share_text(*promise.unrelated));
  }
  if (promise.related) {
    text += fmt::format(" Promised for {}: {}.",
                        promise.by_unlabelled
                            ? "pictures such as the unlabelled ones that it learned from show"
                            : "related pictures of other classes",
                        share_text(*promise.related));
  }
  return text;
}

}  // namespace

Sentences used_model_sentences(const evaluate::Results& c) {
  const evaluate::Promise& promise = c.used_model->promise;
  const evaluate::Recommendation& r = *c.recommended;
  return {fmt::format("{} {}, {}: {}.",
                      is_one_class(c) ? "The accuracy on these pictures is" : "Their macro mAP is",
                      share_text(accuracy_of(c)), kept_or_not(accuracy_of(c), promise.accuracy),
                      share_text(promise.accuracy)),
          fmt::format("{} of its correct predictions are accepted, {}: {}.", share_text(r.kept),
                      kept_or_not(r.kept, promise.kept), share_text(promise.kept)),
          fmt::format("Of the labels that it gives to these pictures {} are correct.",
                      share_text(r.precision)),
          unseen_sentence(c)};
}

Sentences used_model_advice(const evaluate::Results& c) {
  const evaluate::Promise& promise = c.used_model->promise;
  const bool less = against(accuracy_of(c), promise.accuracy) < 0 ||
                    against(c.recommended->kept, promise.kept) < 0;
  Sentences advice;
  if (less) {
    advice.push_back(
        "These pictures differ from those that it was trained on. Train it again with some of them "
        "beside the others: oneormany train OLD NEW -o FILE.");
  }
  if (!c.recommended->unseen) {
    advice.push_back("To see what pictures of none of the classes get, give some with --unseen.");
  }
  return advice;
}

}  // namespace oneormany::report
