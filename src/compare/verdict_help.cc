// The verdict's end: what would help most.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "compare/verdict_parts.h"

namespace oneormany {
namespace {

constexpr double kHoped = 0.05;  // of other pictures that get a label

std::string background(const Comparison& c) {
  if (c.background + c.background_from.own + c.background_from.built_in == 0) {
    return "a background, pictures that are none of your classes, from which the model learns what "
           "to keep quiet about: the built-in one (there unless --background none is given), or a "
           "folder of yours as --background";
  }
  const Recommendation& r = *c.recommended;
  if (!c.from_logits && !c.arms[r.arm].background) return "";  // it learns from none
  const char* more = c.background_from.own == 0 && c.background_from.built_in > 0
                         ? "a --background of your own beside the built-in one,"
                         : "a background";
  if (against_rehearsal(r) > 0) {
    return fmt::format(
        "{} more like what will come: {} of your unseen pictures got a label, {} of "
        "the background",
        more, percent_text(r.unseen->value), percent_text(r.rehearsal->value));
  }
  const std::optional<Measured>& share = r.rehearsal ? r.rehearsal : r.unseen;
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
std::string more_pictures(const Comparison& c, const Arm& arm) {
  constexpr double kWide = 0.15;
  const Measured& figure = figure_of(arm);
  if (figure.high - figure.low <= kWide) return "";
  return fmt::format(
      "more pictures of all {}: from {} it can't be told whether {} is {:.0f} or "
      "{:.0f} %",
      is_one_class(c) ? "classes" : "labels", grouped(c.pictures),
      arm.in_domain.labels ? "mean average precision" : "the share of right answers",
      100 * figure.low, 100 * figure.high);
}

/// The class that is recognised worst of those that have fewer pictures than most, if it is clearly
/// below the share of right answers.
std::string weak_class(const Comparison& c, const Arm& arm) {
  const auto& classes = c.recommended->classes;
  if (classes.size() < 2) return "";
  std::vector<std::size_t> counts;
  for (const ClassCount& one : c.classes) counts.push_back(one.count);
  const std::size_t usual = median_of(counts);
  std::optional<std::size_t> weakest;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (c.classes[i].count >= usual) continue;
    if (classes[i].recall.high >= arm.in_domain.accuracy.low) continue;
    if (!weakest || classes[i].recall.value < classes[*weakest].recall.value) weakest = i;
  }
  if (!weakest) return "";
  return fmt::format(
      "more pictures of \"{}\": there {} {}, of which {} are recognised (of all: {})",
      c.classes[*weakest].name, c.classes[*weakest].count == 1 ? "is" : "are",
      grouped(c.classes[*weakest].count), percent_text(classes[*weakest].recall.value),
      percent_text(arm.in_domain.accuracy.value));
}

/// The label with the lowest average precision of those that have fewer pictures than most, if it
/// is clearly below the mean.
std::string weak_label(const LabelFindings& labels) {
  std::vector<std::size_t> counts;
  for (const LabelFinding& label : labels.each) {
    if (label.count > 0) counts.push_back(label.count);
  }
  if (counts.size() < 2) return "";
  const std::size_t usual = median_of(counts);
  const LabelFinding* weakest = nullptr;
  for (const LabelFinding& label : labels.each) {
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
      weakest->name, weakest->count == 1 ? "is" : "are", grouped(weakest->count),
      weakest->average_precision.value, labels.macro_map.value);
}

std::string copies(const Comparison& c) {
  constexpr std::size_t kMany = 10;  // one in
  if (c.duplicates * kMany <= c.pictures) return "";
  return fmt::format(
      "other pictures in place of copies: {} of your {} {} another exactly, and "
      "{} nothing new",
      grouped(c.duplicates), grouped(c.pictures), c.duplicates == 1 ? "repeats" : "repeat",
      c.duplicates == 1 ? "teaches" : "teach");
}

/// Worth a look only if the model says clearly something else. How sure it is isn't said: its
/// probabilities are as they are before calibration.
std::string suspects(const Comparison& c) {
  constexpr double kSure = 0.9;
  const bool sure = std::any_of(c.suspects.begin(), c.suspects.end(), [](const Suspect& suspect) {
    return suspect.answer_probability > kSure;
  });
  if (!sure) return "";
  return c.suspects.size() == 1
             ? "a look at the picture at the end of the report, whose label looks wrong"
             : fmt::format(
                   "a look at the {} pictures at the end of the report, whose labels look "
                   "wrong: some may be mislabelled",
                   grouped(c.suspects.size()));
}

std::string calibration(const Arm& arm) {
  if (!arm.calibration || arm.calibration->chosen == "none") return "";
  const CalibrationFinding::Kind *raw = nullptr, *chosen = nullptr;
  for (const CalibrationFinding::Kind& kind : arm.calibration->kinds) {
    if (kind.name == "none") raw = &kind;
    if (kind.name == arm.calibration->chosen) chosen = &kind;
  }
  if (!raw || !chosen || !arm.calibration->ece_falls) return "";
  if (chosen->ece.value > raw->ece.value / 2) return "";  // that is no cure
  return fmt::format(
      "calibrated probabilities ({}) if you read them as chances: they are off by "
      "{:.1f} points on average, calibrated by {:.1f}",
      chosen->name, 100 * raw->ece.value, 100 * chosen->ece.value);
}

}  // namespace

std::string help_paragraph(const Comparison& c) {
  const Arm& arm = c.arms[c.recommended->arm];
  const std::string few = more_pictures(c, arm);
  const std::string weak =
      arm.in_domain.labels ? weak_label(*arm.in_domain.labels) : weak_class(c, arm);
  std::vector<std::string> items{background(c), weak.empty() ? few : weak, copies(c), suspects(c),
                                 calibration(arm)};
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

}  // namespace oneormany
