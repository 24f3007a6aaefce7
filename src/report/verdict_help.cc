// The verdict's end: what would help most.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

constexpr double kHoped = 0.05;  // of other pictures that get a label

std::string background(const evaluate::Results& c) {
  if (c.data.background + c.data.background_source.own + c.data.background_source.built_in == 0) {
    return "a background, pictures that are none of your classes, from which the model learns what "
           "to keep quiet about: the built-in one (there unless --background none is given), or a "
           "folder of yours as --background";
  }
  const evaluate::Recommendation& r = *c.recommended;
  if (!c.from_logits() && !c.models[r.model].background) return "";  // it learns from none
  const char* more = c.data.background_source.own == 0 && c.data.background_source.built_in > 0
                         ? "a --background of your own beside the built-in one,"
                         : "a background";
  if (against_estimate(r) > 0) {
    return fmt::format(
        "{} more like what will come: {} of your unseen pictures got a label, {} of "
        "the background",
        more, percent_text(r.unseen->value), percent_text(r.estimate->value));
  }
  const std::optional<evaluate::Measured>& share = r.estimate ? r.estimate : r.unseen;
  if (!share || share->value <= kHoped) return "";
  return fmt::format("{} more like what will come ({} is above {})", more,
                     percent_text(share->value), percent_text(kHoped));
}

/// The upper one of an even number.
std::size_t median_of(std::vector<std::size_t> counts) {
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  return *middle;
}

/// So few that the share of right answers is hardly known.
std::string more_pictures(const evaluate::Results& c, const evaluate::ModelResult& model) {
  constexpr double kWide = 0.15;
  const evaluate::Measured& figure = figure_of(model);
  if (figure.high - figure.low <= kWide) return "";
  return fmt::format(
      "more pictures of all {}: from {} it can't be told whether {} is {:.0f} or "
      "{:.0f} %",
      is_one_class(c) ? "classes" : "labels", base::grouped(c.data.pictures),
      model.in_domain.labels ? "mean average precision" : "the share of right answers",
      100 * figure.low, 100 * figure.high);
}

/// The class that is recognised worst of those that have fewer pictures than most, if it is clearly
/// below the share of right answers.
std::string weak_class(const evaluate::Results& c, const evaluate::ModelResult& model) {
  const auto& classes = c.recommended->classes;
  if (classes.size() < 2) return "";
  std::vector<std::size_t> counts;
  for (const evaluate::ClassCount& one : c.data.classes) counts.push_back(one.count);
  const std::size_t usual = median_of(counts);
  std::optional<std::size_t> weakest;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (c.data.classes[i].count >= usual) continue;
    if (classes[i].recall.high >= model.in_domain.accuracy.low) continue;
    if (!weakest || classes[i].recall.value < classes[*weakest].recall.value) weakest = i;
  }
  if (!weakest) return "";
  return fmt::format(
      "more pictures of \"{}\": there {} {}, of which {} are recognised (of all: {})",
      c.data.classes[*weakest].name, c.data.classes[*weakest].count == 1 ? "is" : "are",
      base::grouped(c.data.classes[*weakest].count), percent_text(classes[*weakest].recall.value),
      percent_text(model.in_domain.accuracy.value));
}

/// The label with the lowest average precision of those that have fewer pictures than most, if it
/// is clearly below the mean.
std::string weak_label(const evaluate::LabelResults& labels) {
  std::vector<std::size_t> counts;
  for (const evaluate::LabelResult& label : labels.each) {
    if (label.count > 0) counts.push_back(label.count);
  }
  if (counts.size() < 2) return "";
  const std::size_t usual = median_of(counts);
  const evaluate::LabelResult* weakest = nullptr;
  for (const evaluate::LabelResult& label : labels.each) {
    if (label.count == 0 || label.count >= usual) continue;
    if (label.average_precision.high >= labels.macro_map.low) continue;
    if (!weakest || label.average_precision.value < weakest->average_precision.value) {
      weakest = &label;
    }
  }
  if (!weakest) return "";
  return fmt::format(
      "more pictures of \"{}\": there {} {}, and its average precision is {:.2f} (mean of all: "
      "{:.2f})",
      weakest->name, weakest->count == 1 ? "is" : "are", base::grouped(weakest->count),
      weakest->average_precision.value, labels.macro_map.value);
}

std::string copies(const evaluate::Results& c) {
  constexpr std::size_t kMany = 10;  // one in
  if (c.data.duplicates * kMany <= c.data.pictures) return "";
  return fmt::format(
      "other pictures in place of copies: {} of your {} {} another exactly, and "
      "{} nothing new",
      base::grouped(c.data.duplicates), base::grouped(c.data.pictures),
      c.data.duplicates == 1 ? "repeats" : "repeat", c.data.duplicates == 1 ? "teaches" : "teach");
}

/// Worth a look only if the model says clearly something else. How sure it is isn't said: its
/// probabilities are as they are before calibration.
std::string label_errors(const evaluate::Results& c) {
  constexpr double kSure = 0.9;
  const bool sure = std::any_of(c.label_errors.begin(), c.label_errors.end(),
                                [](const evaluate::LabelError& label_error) {
                                  return label_error.prediction_probability > kSure;
                                });
  if (!sure) return "";
  return c.label_errors.size() == 1
             ? "a look at the picture at the end of the report, whose label looks wrong"
             : fmt::format(
                   "a look at the {} pictures at the end of the report, whose labels look "
                   "wrong: some may be mislabelled",
                   base::grouped(c.label_errors.size()));
}

std::string calibration(const evaluate::ModelResult& model) {
  if (!model.calibration || model.calibration->chosen == metrics::CalibrationMethod::kNone)
    return "";
  const evaluate::CalibrationResult::Method *raw = nullptr, *chosen = nullptr;
  for (const evaluate::CalibrationResult::Method& kind : model.calibration->methods) {
    if (kind.method == metrics::CalibrationMethod::kNone) raw = &kind;
    if (kind.method == model.calibration->chosen) chosen = &kind;
  }
  if (!raw || !chosen || !model.calibration->ece_falls) return "";
  if (chosen->ece.value > raw->ece.value / 2) return "";  // that is no cure
  return fmt::format(
      "calibrated probabilities ({}) if you read them as chances: they are off by "
      "{:.1f} points on average, calibrated by {:.1f}",
      metrics::name_of(chosen->method), 100 * raw->ece.value, 100 * chosen->ece.value);
}

}  // namespace

std::string help_paragraph(const evaluate::Results& c) {
  const evaluate::ModelResult& model = c.models[c.recommended->model];
  const std::string few = more_pictures(c, model);
  const std::string weak =
      model.in_domain.labels ? weak_label(*model.in_domain.labels) : weak_class(c, model);
  std::vector<std::string> items{background(c), weak.empty() ? few : weak, copies(c),
                                 label_errors(c), calibration(model)};
  std::erase(items, "");
  constexpr std::size_t kMost = 3;
  if (items.size() > kMost) items.resize(kMost);
  if (items.empty()) return "";
  if (items.size() == 1) return fmt::format("What would help most: {}.", items[0]);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i] = fmt::format("{}. {}", i + 1, items[i]);
  }
  return fmt::format("What would help most: {}.", fmt::join(items, "; "));
}

}  // namespace oneormany::report
