#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "compare/verdict_parts.h"

namespace oneormany {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kScores{{
    {"max_logit", "the strongest output before it becomes a probability"},
    {"energy", "all outputs for a picture taken together"},
    {"margin", "how far the best answer is ahead of the next"},
    {"entropy", "how little the probabilities are spread"},
    {"knn", "how near the most similar pictures of your classes are"},
    {"mahalanobis", "how near the middle of a class is"},
    {"mahalanobis_class", "how near the middle of a class is, by that class's own spread"},
    {"vim", "all outputs, less what is foreign to your pictures"},
    {"react", "all outputs taken together, extremes cut off"},
    {"background", "how much nearer your classes are than the background"},
}};

}  // namespace

std::string share_text(const Measured& m) {
  return fmt::format("{} ({} to {})", percent_text(m.value), percent_number(m.low),
                     percent_number(m.high));
}

std::string points_text(const Measured& difference) {
  const auto [low, high] = std::minmax({std::abs(difference.low), std::abs(difference.high)});
  const double value = 100 * std::abs(difference.value);
  const int digits = value < 9.5 ? 1 : 0;
  return fmt::format("{:.{}f} points ({:.{}f} to {:.{}f})", value, digits, 100 * low, digits,
                     100 * high, digits);
}

std::string figure_text(const Measured& m) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", m.value, m.low, m.high);
}

std::string score_words(std::string_view name) {
  if (name == "max_probability") return "the highest probability";
  const auto found = std::find_if(kScores.begin(), kScores.end(),
                                  [&](const auto& score) { return score.first == name; });
  return found == kScores.end() ? fmt::format("the score \"{}\"", name)
                                : fmt::format("the score \"{}\" ({})", found->first, found->second);
}

bool overlap(const Measured& a, const Measured& b) { return a.low <= b.high && b.low <= a.high; }

bool is_one_class(const Comparison& c) {
  return std::all_of(c.labels_per_picture.begin(), c.labels_per_picture.end(),
                     [](const auto& entry) { return entry.first == 1; });
}

const Measured& figure_of(const Arm& arm) {
  return arm.in_domain.labels ? arm.in_domain.labels->macro_map : arm.in_domain.accuracy;
}

const Arm* plain_arm(const Comparison& c, std::string_view activation) {
  const Arm* first = nullptr;
  for (const Arm& arm : c.arms) {
    if (arm.activation != activation || arm.background) continue;
    if (!first) first = &arm;
    const bool standard = arm.loss == "cross_entropy" || arm.loss == "bce_with_logits";
    if (standard && arm.head == "linear") return &arm;
  }
  return first;
}

std::optional<double> rehearsed_share(const Arm& arm) {
  if (arm.scores.empty() || !arm.scores[0].rehearsal) return std::nullopt;
  return arm.scores[0].rehearsal->value;
}

const ArmDifference* difference_to(const Comparison& c, const Arm& arm) {
  for (const ArmDifference& difference : c.differences) {
    if (&c.arms[difference.arm] == &arm) return &difference;
  }
  return nullptr;
}

}  // namespace oneormany
