#include "compare/choose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "compare/measured.h"
#include "judge/paired.h"
#include "judge/separation.h"
#include "judge/thresholds.h"
#include "loss/activation.h"

namespace oneormany {
namespace {

using Labels = std::vector<std::vector<int>>;

bool is_plain(const ArmSpec& spec) { return !spec.background; }

const Measured& in_domain_score(const Arm& arm) {
  return arm.in_domain.labels ? arm.in_domain.labels->macro_map : arm.in_domain.accuracy;
}

/// The plain arm that others must not fall behind: the best in domain, of equals the first.
std::size_t best_plain(const std::vector<ArmSaid>& arms, const std::vector<Arm>& judged) {
  std::size_t best = 0;
  bool found = false;
  for (std::size_t a = 0; a < arms.size(); ++a) {
    if (!is_plain(arms[a].spec)) continue;
    if (!found || in_domain_score(judged[a]).value > in_domain_score(judged[best]).value) best = a;
    found = true;
  }
  return best;
}

/// Is arm `a` worse in domain than arm `b` by more than chance?
bool falls(const std::vector<ArmSaid>& arms, const std::vector<Arm>& judged, const Labels& labels,
           std::size_t a, std::size_t b) {
  if (in_domain_score(judged[a]).value >= in_domain_score(judged[b]).value) return false;
  if (judged[a].in_domain.labels) {
    return in_domain_score(judged[a]).high < in_domain_score(judged[b]).low;
  }
  const Carriers of_a = carriers_of(arms[a].own.answers, labels);
  const Carriers of_b = carriers_of(arms[b].own.answers, labels);
  constexpr double kChance = 0.05;
  return mcnemar(of_a.right, of_b.right, clusters_of(of_a.groups)).p < kChance ||
         judged[a].in_domain.macro_f1.high < judged[b].in_domain.macro_f1.low;
}

/// A score's threshold at `own`, the share of the hidden background that passes at the rehearsal's,
/// and that share's draws.
struct Rehearsed {
  ScoreFinding finding;
  std::vector<double> draws;
};

Rehearsed rehearse(const ArmSaid& arm, std::size_t score, const Labels& labels,
                   std::uint64_t seed) {
  Rehearsed result;
  result.finding.name = name_of(arm.score_kinds[score]);
  const Carriers carriers = carriers_of(arm.own.answers, labels);
  result.finding.threshold =
      Separation(at_rows(arm.own.scores[score], carriers.rows), carriers.right, {}).threshold();
  if (!arm.rehearsal) return result;
  const Carriers own = carriers_of(arm.rehearsal->own.answers, labels);
  const Said& background = arm.rehearsal->background;
  const Separation separation(at_rows(arm.rehearsal->own.scores[score], own.rows), own.right,
                              all_rows(background.scores[score]));
  MeasuredDraws shares = measure_draws(
      {clusters_of(own.groups), clusters_of(background.answers.group_of_row)},
      {own.rows.size(), background.answers.highest.size()},
      [&](const auto& times) {
        return std::vector{separation.measure(times[0], times[1]).passing_right_95};
      },
      seed, "the rehearsal");
  result.finding.rehearsal = shares.measured[0];
  result.draws = std::move(shares.draws[0]);
  return result;
}

/// The highest probability, which needs no explanation, unless another score lets fewer of the
/// hidden background pass beyond chance: then the one that lets the fewest pass. (The best of many
/// is partly luck.)
std::size_t best_score(const std::vector<Rehearsed>& scores) {
  std::size_t best = 0;
  for (std::size_t s = 1; s < scores.size(); ++s) {
    const double share = scores[s].finding.rehearsal->value;
    const Difference difference = paired_difference(share, scores[0].finding.rehearsal->value,
                                                    scores[s].draws, scores[0].draws);
    const bool better = difference.beyond_chance && difference.value < 0;
    if (better && share < scores[best].finding.rehearsal->value) best = s;
  }
  return best;
}

Measured measured_of(const ChosenThreshold::Achieved& achieved) {
  return {achieved.value, achieved.interval.low, achieved.interval.high};
}

bool is_standard(const Aim& aim) { return aim.kind == Aim::Kind::kKeep && aim.share == 0.95; }

}  // namespace

Matrix label_scores(const ArmSpec& spec, const Matrix& logits, Index classes) {
  if (!spec.one_class()) return logits.leftCols(classes);
  Matrix scores(logits.rows(), classes);
  for (Index i = 0; i < logits.rows(); ++i) {
    const auto z = logits.row(i);
    Index top = 0;
    const double highest = z.maxCoeff(&top);
    // Of all but the top one, from the second highest: 1 − p would lose its last digits, and e^-800
    // is 0.
    double second = -std::numeric_limits<double>::infinity();
    for (Index k = 0; k < z.size(); ++k) second = k == top ? second : std::max(second, z(k));
    double others = 0;
    for (Index k = 0; k < z.size(); ++k) others += k == top ? 0 : std::exp(z(k) - second);
    const double gap = second - highest;
    for (Index c = 0; c < classes; ++c) {
      const double log_rest =
          c == top ? gap + std::log(others)
                   : std::log1p(std::max(0.0, others - std::exp(z(c) - second)) * std::exp(gap));
      scores(i, c) = z(c) - highest - log_rest;
    }
  }
  return scores;
}

Choices choose(const std::vector<ArmSaid>& arms, const std::vector<Arm>& judged,
               const Labels& labels, const ChooseOptions& options) {
  if (arms.empty()) throw std::invalid_argument("no arm to choose from");
  Choices choices;
  std::vector<std::vector<Rehearsed>> rehearsed;
  for (const ArmSaid& arm : arms) {
    rehearsed.emplace_back();
    choices.scores_.emplace_back();
    for (std::size_t score = 0; score < arm.score_kinds.size(); ++score) {
      rehearsed.back().push_back(rehearse(arm, score, labels, options.seed));
      choices.scores_.back().push_back(rehearsed.back().back().finding);
    }
  }

  Recommendation& recommended = choices.recommended_;
  // Without background nothing tells the plain arms apart but their own pictures: the first.
  if (arms.front().rehearsal) {
    const std::size_t plain = best_plain(arms, judged);
    recommended.arm = plain;
    choices.score_ = best_score(rehearsed[plain]);
    for (std::size_t a = 0; a < arms.size(); ++a) {
      if (a == plain || falls(arms, judged, labels, a, plain)) continue;
      const std::size_t score = best_score(rehearsed[a]);
      if (rehearsed[a][score].finding.rehearsal->value <
          rehearsed[recommended.arm][choices.score_].finding.rehearsal->value) {
        recommended.arm = a;
        choices.score_ = score;
      }
    }
  }
  const ArmSaid& arm = arms[recommended.arm];
  const ScoreFinding& score = choices.scores_[recommended.arm][choices.score_];
  recommended.score = score.name;
  recommended.aim = options.aim.text();

  const Carriers carriers = carriers_of(arm.own.answers, labels);
  std::vector<double> never;
  Clusters never_clusters;
  if (arm.rehearsal) {
    never = all_rows(arm.rehearsal->background.scores[choices.score_]);
    never_clusters = clusters_of(arm.rehearsal->background.answers.group_of_row);
  }
  const ChosenThreshold chosen = choose_threshold(
      options.aim, at_rows(arm.own.scores[choices.score_], carriers.rows), carriers.right,
      clusters_of(carriers.groups), options.seed, never, never_clusters);
  recommended.threshold = {chosen.value, chosen.interval.low, chosen.interval.high};
  recommended.reachable = chosen.reachable;
  recommended.kept = measured_of(chosen.kept);
  recommended.precision = measured_of(chosen.precision);
  recommended.answered = measured_of(chosen.answered);
  if (arm.rehearsal) {
    recommended.rehearsal =
        is_standard(options.aim) ? score.rehearsal : measured_of(chosen.never_answered);
  }

  const Index classes = arm.own.answers.probabilities.cols();
  choices.set_thresholds_ = Conformal(label_scores(arm.spec, arm.own.logits, classes), labels,
                                      arm.own.answers.group_of_row)
                                .thresholds(options.risk);
  return choices;
}

}  // namespace oneormany
