// The verdict's end: what would help most.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/printable.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

constexpr double kGoal = 0.05;  // of pictures of none of the classes that get a label

/// What to do about labels that are wrong by the user's answers.
std::string after_answers(const evaluate::Answers& answers) {
  const auto& wrong = answers.recommended.wrong;
  if (!wrong || wrong->value <= kGoal) return "";
  return fmt::format(
      "Move the pictures that you answered about into the folders of their classes, those of none "
      "into a folder for --background, and run again: {} of the labels given are wrong{}.",
      percent_text(wrong->value),
      answers.few_wrong && answers.few_wrong->right_given
          ? fmt::format(". With the threshold of \"5 % wrong\" {} are, and {} of the pictures of "
                        "your classes still get theirs",
                        percent_text(answers.few_wrong->wrong->value),
                        percent_text(answers.few_wrong->right_given->value))
          : "");
}

std::string background(const evaluate::Results& c) {
  const evaluate::BackgroundSource& from = c.data.background_source;
  if (c.data.background + from.own + from.built_in == 0) {
    if (c.from_features()) {
      return "Train with background: give features of pictures of none of your classes with "
             "--background-features.";
    }
    return "Train with background, pictures of none of your classes: the built-in one (used unless "
           "you give --background none), or a folder of your own with --background.";
  }
  const evaluate::Recommendation& r = *c.recommended;
  if (!c.models[r.model].background) return "";  // it learns from none
  constexpr std::size_t kFewUnlabelled = 100;
  const std::size_t unlabelled = c.data.unlabelled.used();
  if (c.answers) return after_answers(*c.answers);
  if (unlabelled > 0 && r.unseen && r.related && is_above(*r.unseen, *r.related)) {
    return fmt::format(
        "Give unlabelled pictures of the kinds that your unseen ones are of: {} of those got a "
        "label, {} are expected of such as your unlabelled ones show.",
        percent_text(r.unseen->value), percent_text(r.related->value));
  }
  if (unlabelled >= kFewUnlabelled && !c.from_features() && c.asked.empty()) {
    return "Answer about some of your unlabelled pictures (--ask 50): that tells without bias how "
           "many labels are wrong.";
  }
  if (unlabelled < kFewUnlabelled &&
      (r.related ? r.related->high > kGoal : c.data.classes.size() == 1)) {
    return fmt::format(
        "Give some hundred unsorted pictures from where those to come are from ({}): they are the "
        "best background, and tell how many of them will get a label.",
        c.from_features() ? "--unlabelled-features FILE" : "--unlabelled FOLDER");
  }
  const std::string more =
      fmt::format("Add background of your own that is more like the pictures to come ({}{})",
                  c.from_features() ? "--background-features FILE" : "--background FOLDER",
                  from.own == 0 && from.built_in > 0 ? ", used beside the built-in one" : "");
  if (against_estimate(r) > 0) {
    return fmt::format("{}: {} of your unseen pictures got a label, but only {} of the background.",
                       more, percent_text(r.unseen->value), percent_text(r.estimate->value));
  }
  const std::optional<evaluate::Measured>& share = r.estimate ? r.estimate : r.unseen;
  if (!share || share->value <= kGoal) return "";
  return fmt::format("{}: {} false accepts are more than {}.", more, percent_text(share->value),
                     percent_text(kGoal));
}

/// The upper one of an even number.
std::size_t median_of(std::vector<std::size_t> counts) {
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  return *middle;
}

/// So few that the accuracy is hardly known.
std::string more_pictures(const evaluate::Results& c, const evaluate::ModelResult& model) {
  constexpr double kWide = 0.15;
  const evaluate::Measured& figure = figure_of(model);
  if (figure.high - figure.low <= kWide) return "";
  return fmt::format(
      "Add pictures of all {}: {} are too few to tell whether the {} is {:.0f} or {:.0f} %.",
      is_one_class(c) ? "classes" : "labels", base::grouped(c.data.pictures),
      is_one_class(c) ? "accuracy" : "mean average precision", 100 * figure.low, 100 * figure.high);
}

/// A class or label with what it is measured by: recall or average precision.
struct Candidate {
  std::string name;
  std::size_t count = 0;
  evaluate::Measured figure;
};

/// The worst of those that have fewer pictures than most, if its interval is below that of all.
std::optional<Candidate> weakest(const std::vector<Candidate>& all,
                                 const evaluate::Measured& together) {
  if (all.size() < 2) return std::nullopt;
  std::vector<std::size_t> counts;
  for (const Candidate& one : all) counts.push_back(one.count);
  const std::size_t usual = median_of(counts);
  std::optional<Candidate> found;
  for (const Candidate& one : all) {
    if (one.count >= usual || one.figure.high >= together.low) continue;
    if (!found || one.figure.value < found->figure.value) found = one;
  }
  return found;
}

std::string weak_class(const evaluate::Results& c, const evaluate::ModelResult& model) {
  std::vector<Candidate> all;
  if (model.in_domain.labels) {
    for (const evaluate::LabelResult& label : model.in_domain.labels->each) {
      if (label.count > 0) all.push_back({label.name, label.count, label.average_precision});
    }
  } else {
    for (std::size_t i = 0; i < c.recommended->classes.size(); ++i) {
      if (c.data.classes[i].count == 0) continue;
      all.push_back(
          {c.data.classes[i].name, c.data.classes[i].count, c.recommended->classes[i].recall});
    }
  }
  const auto found = weakest(all, figure_of(model));
  if (!found) return "";
  const std::string how =
      model.in_domain.labels
          ? fmt::format("average precision {:.2f} (mean of all: {:.2f})", found->figure.value,
                        figure_of(model).value)
          : fmt::format("{} of them are recognised, of all pictures {}",
                        percent_text(found->figure.value), percent_text(figure_of(model).value));
  return fmt::format("Add pictures of {}: there {} only {}, {}.", quoted({found->name}),
                     found->count == 1 ? "is" : "are", base::grouped(found->count), how);
}

std::string copies(const evaluate::Results& c) {
  constexpr std::size_t kMany = 10;  // one in
  if (c.data.duplicates * kMany <= c.data.pictures) return "";
  return fmt::format("Replace exact copies: {} of your {} pictures repeat another.",
                     base::grouped(c.data.duplicates), base::grouped(c.data.pictures));
}

/// Worth a look only if the model is sure of something else. How sure it is isn't said: its
/// probabilities are as they are before calibration.
std::string label_errors(const evaluate::Results& c) {
  constexpr double kSure = 0.9;
  const bool sure = std::any_of(
      c.label_errors.begin(), c.label_errors.end(),
      [](const evaluate::LabelError& one) { return one.prediction_probability > kSure; });
  if (!sure) return "";
  return fmt::format("Check the {} with likely label errors at the end of the report.",
                     base::counted(c.label_errors.size(), "picture"));
}

std::string calibration(const evaluate::Results& c, const evaluate::ModelResult& model) {
  if (!model.calibration) return "";
  const evaluate::CalibrationResult::Method *raw = nullptr, *chosen = nullptr;
  for (const evaluate::CalibrationResult::Method& one : model.calibration->methods) {
    if (one.method == metrics::CalibrationMethod::kNone) raw = &one;
    if (one.method == model.calibration->chosen) chosen = &one;
  }
  if (!raw || !chosen) return "";
  // Less than half the error gone is no cure.
  if (!model.calibration->ece_falls || raw == chosen || chosen->ece.value > raw->ece.value / 2) {
    constexpr double kFarOff = 0.1;
    if (chosen->ece.value < kFarOff) return "";
    return fmt::format(
        "Don't read the probabilities as chances: they are off by {:.1f} points, and no "
        "calibration "
        "that was tried mends it.",
        100 * chosen->ece.value);
  }
  const double before = 100 * raw->ece.value, then = 100 * chosen->ece.value;
  if (c.from_features()) {
    return fmt::format(
        "Calibrate the probabilities ({}) if you read them as chances: off by {:.1f} points, then "
        "by {:.1f}.",
        metrics::name_of(chosen->method), before, then);
  }
  // A model that is kept is calibrated already.
  return fmt::format(
      "Read as chances only the probabilities that `oneormany predict` gives: they are calibrated "
      "({}), off by {:.1f} points; the model's own are off by {:.1f}.",
      metrics::name_of(chosen->method), then, before);
}

std::string doubts(const evaluate::Results& c) {
  std::vector<std::string> kinds;
  for (const evaluate::Doubt& doubt : c.data.doubts) {
    kinds.push_back(fmt::format("{} {}", base::grouped(doubt.files.size()), doubt.what));
  }
  if (kinds.empty()) return "";
  return fmt::format("Look at some pictures (the report names them): {}.", fmt::join(kinds, "; "));
}

}  // namespace

Sentences advice_sentences(const evaluate::Results& c) {
  const evaluate::ModelResult& model = c.models[c.recommended->model];
  const std::string weak = weak_class(c, model);
  Sentences found{background(c),   weak.empty() ? more_pictures(c, model) : weak,
                  doubts(c),       copies(c),
                  label_errors(c), calibration(c, model)};
  std::erase(found, "");
  constexpr std::size_t kMost = 4;
  if (found.size() > kMost) found.resize(kMost);
  return found;
}

}  // namespace oneormany::report
