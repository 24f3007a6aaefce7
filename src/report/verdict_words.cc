#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "report/verdict_parts.h"

namespace oneormany::report {
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

std::string share_text(const evaluate::Measured& m) {
  return fmt::format("{} ({} to {})", percent_text(m.value), percent_number(m.low),
                     percent_number(m.high));
}

std::string points_text(const evaluate::Measured& difference) {
  const auto [low, high] = std::minmax({std::abs(difference.low), std::abs(difference.high)});
  const double value = 100 * std::abs(difference.value);
  const int digits = value < 9.5 ? 1 : 0;
  return fmt::format("{:.{}f} points ({:.{}f} to {:.{}f})", value, digits, 100 * low, digits,
                     100 * high, digits);
}

std::string figure_text(const evaluate::Measured& m) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", m.value, m.low, m.high);
}

std::string score_words(ood::ScoreKind kind) {
  const std::string_view name = ood::name_of(kind);
  if (name == "max_probability") return "the highest probability";
  const auto found = std::find_if(kScores.begin(), kScores.end(),
                                  [&](const auto& score) { return score.first == name; });
  return found == kScores.end() ? fmt::format("the score \"{}\"", name)
                                : fmt::format("the score \"{}\" ({})", found->first, found->second);
}

bool overlap(const evaluate::Measured& a, const evaluate::Measured& b) {
  return a.low <= b.high && b.low <= a.high;
}

bool is_one_class(const evaluate::Results& c) {
  return std::all_of(c.data.labels_per_picture.begin(), c.data.labels_per_picture.end(),
                     [](const auto& entry) { return entry.first == 1; });
}

const evaluate::Measured& figure_of(const evaluate::ModelResult& model) {
  return model.in_domain.labels ? model.in_domain.labels->macro_map : model.in_domain.accuracy;
}

const evaluate::ModelResult* plain_model(const evaluate::Results& c, loss::Activation activation) {
  const evaluate::ModelResult* first = nullptr;
  for (const evaluate::ModelResult& model : c.models) {
    if (model.activation != activation || model.background) continue;
    if (!first) first = &model;
    const bool standard =
        model.loss.text() == "cross_entropy" || model.loss.text() == "bce_with_logits";
    if (standard && model.head == head::HeadKind::kLinear) return &model;
  }
  return first;
}

std::optional<double> estimated_share(const evaluate::ModelResult& model) {
  if (model.scores.empty() || !model.scores[0].estimate) return std::nullopt;
  return model.scores[0].estimate->value;
}

const evaluate::ModelDifference* difference_to(const evaluate::Results& c,
                                               const evaluate::ModelResult& model) {
  for (const evaluate::ModelDifference& difference : c.differences) {
    if (&c.models[difference.model] == &model) return &difference;
  }
  return nullptr;
}

}  // namespace oneormany::report
