#include "report/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace oneormany {
namespace {

Reading with_interval(const Measured& measured) {
  return {measured.value, std::pair(measured.low, measured.high)};
}

bool has_one_label_each(const Comparison& comparison) {
  return std::all_of(comparison.labels_per_picture.begin(), comparison.labels_per_picture.end(),
                     [](const auto& entry) { return entry.first == 1 || entry.second == 0; });
}

}  // namespace

std::vector<Measure> in_domain_measures(const Comparison& comparison) {
  const bool one_each = has_one_label_each(comparison);
  return {
      {.name = "accuracy",
       .meaning = one_each ? "share of the pictures whose most probable class is the right one"
                           : "share of the pictures whose labels at 0.5 are exactly the right ones",
       .obvious = true,
       .unit = Unit::kShare,
       .better = Better::kHigher,
       .read = [](const Arm& arm) { return with_interval(arm.in_domain.accuracy); }},
      {.name = "macro F1",
       .meaning = "precision and recall in one number, every class counting the same",
       .obvious = true,
       .better = Better::kHigher,
       .read = [](const Arm& arm) { return with_interval(arm.in_domain.macro_f1); }},
      {.name = "mean average precision",
       .meaning = "how well each class ranks its own pictures above the others",
       .obvious = true,
       .better = Better::kHigher,
       .read = [](const Arm& arm) { return Reading{arm.in_domain.map}; }},
      {.name = "log-loss",
       .meaning =
           "softmax: over the classes; sigmoid: mean over the labels. Compare it only among arms "
           "of one kind",
       .read = [](const Arm& arm) { return Reading{arm.in_domain.log_loss}; }},
      {.name = "Brier score",
       .meaning = "squared distance of the probabilities from the truth; 0 is perfect",
       .obvious = true,
       .better = Better::kLower,
       .read = [](const Arm& arm) { return Reading{arm.in_domain.brier}; }},
      {.name = "ECE",
       .meaning = "expected calibration error: how far probabilities are from how often they are "
                  "right; 0 is perfect",
       .better = Better::kLower,
       .read = [](const Arm& arm) { return Reading{arm.in_domain.ece}; }},
      {.name = "highest probability, mean",
       .meaning = "how sure the model is of its most probable class",
       .obvious = true,
       .unit = Unit::kProbability,
       .read = [](const Arm& arm) { return Reading{arm.in_domain.max_probability.mean}; }},
      {.name = "sum of probabilities, min",
       .meaning =
           "what all classes get together: always 1 with softmax, less if \"none\" takes its "
           "part, anything with sigmoid",
       .read = [](const Arm& arm) { return Reading{arm.in_domain.sum_of_probabilities.min}; }},
      {.name = "sum of probabilities, max",
       .read = [](const Arm& arm) { return Reading{arm.in_domain.sum_of_probabilities.max}; }},
  };
}

std::vector<Measure> unseen_measures() {
  return {
      {.name = "highest probability, min",
       .meaning = "how sure the model is of a class, although none is right",
       .obvious = true,
       .unit = Unit::kProbability,
       .read = [](const Arm& arm) { return Reading{arm.unseen->max_probability.min}; }},
      {.name = "highest probability, median",
       .unit = Unit::kProbability,
       .better = Better::kLower,
       .read = [](const Arm& arm) { return Reading{arm.unseen->max_probability.median}; }},
      {.name = "highest probability, max",
       .unit = Unit::kProbability,
       .read = [](const Arm& arm) { return Reading{arm.unseen->max_probability.max}; }},
      {.name = "labelled at argmax",
       .meaning = "share of the unseen pictures that get a label when the most probable answer is "
                  "always taken",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = [](const Arm& arm) { return with_interval(arm.unseen->at_argmax); }},
      {.name = "labelled at 0.5",
       .meaning = "the same when a label needs a probability of 0.5",
       .obvious = true,
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = [](const Arm& arm) { return with_interval(arm.unseen->at_05); }},
      {.name = "labelled at 0.9",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = [](const Arm& arm) { return with_interval(arm.unseen->at_09); }},
      {.name = "labelled keeping 95 %",
       .meaning = "the same at the threshold that keeps 95 % of the right answers in domain: the "
                  "figure to compare",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .headline = true,
       .read = [](const Arm& arm) { return with_interval(arm.unseen->keeping_95); }},
      {.name = "threshold keeping 95 %",
       .meaning = "chosen on pictures of the classes alone",
       .obvious = true,
       .unit = Unit::kProbability,
       .read = [](const Arm& arm) { return Reading{arm.unseen->threshold}; }},
      {.name = "AUROC",
       .meaning = "how often a picture of the classes gets a higher probability than an unseen "
                  "one; 0.5 is chance, 1 is perfect",
       .better = Better::kHigher,
       .read = [](const Arm& arm) { return with_interval(arm.unseen->auroc); }},
      {.name = "FPR95",
       .meaning = "share of the unseen pictures above the probability that 95 % of the pictures of "
                  "the classes reach, right or not",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read = [](const Arm& arm) { return with_interval(arm.unseen->fpr95); }},
  };
}

std::string format_value(Unit unit, double value) {
  if (unit == Unit::kShare) return fmt::format("{:.1f} %", 100 * value);
  if (unit == Unit::kProbability && value < 1 && value >= 0.9995) return ">0.999";
  if (unit == Unit::kProbability && value > 0 && value < 0.0005) return "<0.001";
  return fmt::format("{:.3f}", value);
}

std::string format_interval(Unit unit, const std::pair<double, double>& interval) {
  const auto [low, high] = interval;
  return unit == Unit::kShare ? fmt::format("{:.1f}–{:.1f} %", 100 * low, 100 * high)
                              : fmt::format("{:.3f}–{:.3f}", low, high);
}

std::vector<bool> best_of(const Measure& measure, const std::vector<Reading>& readings) {
  std::vector<bool> best(readings.size(), false);
  if (measure.better == Better::kNeither || readings.empty()) return best;
  const auto [lowest, highest] =
      std::minmax_element(readings.begin(), readings.end(),
                          [](const Reading& a, const Reading& b) { return a.value < b.value; });
  const std::string worst =
      format_value(measure.unit, (measure.better == Better::kLower ? *highest : *lowest).value);
  const std::string top =
      format_value(measure.unit, (measure.better == Better::kLower ? *lowest : *highest).value);
  if (top == worst) return best;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    best[i] = format_value(measure.unit, readings[i].value) == top;
  }
  return best;
}

}  // namespace oneormany
