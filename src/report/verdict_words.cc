#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
std::string share_text(const evaluate::Measured& m) {
  return fmt::format("{} ({} to {})", percent_text(m.value), percent_number(m.low),
                     percent_number(m.high));
}

std::string figure_text(const evaluate::Measured& m) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", m.value, m.low, m.high);
}

std::string p_text(double p) { return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.2g}", p); }

std::string score_words(ood::ScoreKind kind) {
  if (kind == ood::ScoreKind::kMaxProbability) return "the highest probability";
  if (kind == ood::ScoreKind::kBothGates) return "both gates (probable enough and near enough)";
  const auto scores = ood::all_scores();
  const auto found = std::find_if(scores.begin(), scores.end(),
                                  [&](const ood::ScoreInfo& one) { return one.kind == kind; });
  return fmt::format("the score \"{}\" ({})", found->name, found->what);
}

std::string condition_text(const evaluate::Recommendation& r) {
  if (r.each_class.empty() && r.gates) {
    return fmt::format("its highest probability is {} or more and its distance to yours {} or less",
                       threshold_text(r.gates->probability), threshold_text(-r.gates->nearness));
  }
  const std::string score = r.score == ood::ScoreKind::kMaxProbability
                                ? "its highest probability"
                                : fmt::format("its score {}", name_of(r.score));
  return r.each_class.empty()
             ? fmt::format("{} is {} or more", score, threshold_text(r.threshold.value))
             : fmt::format("{} reaches the threshold of its most probable class", score);
}

std::string quoted(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kNamed, names.size()); ++i) {
    parts.push_back(fmt::format("\"{}\"", base::printable(names[i])));
  }
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  if (names.size() > kNamed) text += fmt::format(" and {} more", names.size() - kNamed);
  return text;
}

bool overlap(const evaluate::Measured& a, const evaluate::Measured& b) {
  return a.low <= b.high && b.low <= a.high;
}

bool is_one_class(const evaluate::Results& c) { return c.data.problem == data::Problem::kOneClass; }

const evaluate::Measured& figure_of(const evaluate::InDomain& in) {
  return in.labels ? in.labels->macro_map : in.accuracy;
}

const evaluate::Measured& figure_of(const evaluate::ModelResult& model) {
  return figure_of(model.in_domain);
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
  return model.scores.at(model.used).estimate->value;
}

std::optional<double> expected_share(const evaluate::ModelResult& model) {
  if (model.scores.empty() || !model.scores[0].estimate) return std::nullopt;
  const evaluate::ScoreResult& score = model.scores.at(model.used);
  return score.related ? (score.estimate->value + score.related->value) / 2 : score.estimate->value;
}

const evaluate::ModelDifference* difference_to(const evaluate::Results& c,
                                               const evaluate::ModelResult& model) {
  for (const evaluate::ModelDifference& difference : c.differences) {
    if (&c.models[difference.model] == &model) return &difference;
  }
  return nullptr;
}

bool is_above(const evaluate::Measured& a, const evaluate::Measured& b) {
  return a.value - b.value - std::hypot(a.value - a.low, b.high - b.value) > 0;
}

int against_estimate(const evaluate::Recommendation& r) {
  if (!r.unseen || !r.estimate) return 0;
  return is_above(*r.unseen, *r.estimate) - is_above(*r.estimate, *r.unseen);
}

std::string others(const evaluate::Results& c) {
  const evaluate::BackgroundSource& from = c.data.background_source;
  return from.own == 0 && from.built_in > 0
             ? "unrelated pictures"
             : fmt::format("pictures of none of the {}", is_one_class(c) ? "classes" : "labels");
}

}  // namespace oneormany::report
