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
    return "a folder of pictures that are none of your classes, as --background: from them the "
           "model learns what to keep quiet about";
  }
  const Recommendation& r = *c.recommended;
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

/// Under a third of the median class's pictures, where that does harm: where all classes count the
/// same (macro F1) the model is worse than where all pictures do.
std::string weak_class(const Comparison& c, const Arm& arm) {
  if (c.classes.size() < 2 || arm.in_domain.macro_f1.value >= arm.in_domain.accuracy.value) {
    return "";
  }
  auto classes = c.classes;
  std::stable_sort(classes.begin(), classes.end(),
                   [](const ClassCount& a, const ClassCount& b) { return a.count < b.count; });
  const ClassCount &smallest = classes.front(), &median = classes[classes.size() / 2];
  if (smallest.count * 3 >= median.count) return "";
  return fmt::format("more pictures of \"{}\" ({}, against {} of \"{}\")", smallest.name,
                     grouped(smallest.count), grouped(median.count), median.name);
}

/// The label with the lowest average precision of those that have fewer pictures than most, if it
/// is clearly below the mean.
std::string weak_label(const LabelFindings& labels) {
  std::vector<std::size_t> counts;
  for (const LabelFinding& label : labels.each) {
    if (label.count > 0) counts.push_back(label.count);
  }
  if (counts.size() < 2) return "";
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  const LabelFinding* weakest = nullptr;
  for (const LabelFinding& label : labels.each) {
    if (label.count == 0 || label.count >= *middle) continue;
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

std::string suspects(const Comparison& c) {
  constexpr double kSure = 0.9;
  const auto sure = std::count_if(c.suspects.begin(), c.suspects.end(), [](const Suspect& suspect) {
    return suspect.answer_probability > kSure;
  });
  if (sure == 0) return "";
  if (c.suspects.size() == 1) {
    return "a look at the picture at the end of the report: the model is over 90 % sure that it is "
           "mislabelled";
  }
  return fmt::format(
      "a look at the {} pictures at the end of the report: the model is over 90 % "
      "sure that {} {} mislabelled",
      grouped(c.suspects.size()), grouped(static_cast<std::size_t>(sure)),
      sure == 1 ? "is" : "are");
}

std::string calibration(const Arm& arm) {
  if (!arm.calibration || arm.calibration->chosen == "none") return "";
  const CalibrationFinding::Kind *raw = nullptr, *chosen = nullptr;
  for (const CalibrationFinding::Kind& kind : arm.calibration->kinds) {
    if (kind.name == "none") raw = &kind;
    if (kind.name == arm.calibration->chosen) chosen = &kind;
  }
  if (!raw || !chosen || !arm.calibration->ece_falls) return "";
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
