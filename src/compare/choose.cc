#include "compare/choose.h"

#include <algorithm>
#include <stdexcept>

#include "judge/calibration.h"
#include "judge/measures.h"
#include "judge/paired.h"
#include "judge/separation.h"
#include "judge/thresholds.h"
#include "loss/matrix.h"

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

/// Mean average precision of the labels that the rows drawn carry.
double macro_map(const std::vector<Ranking>& labels, const Times& times) {
  double sum = 0, carried = 0;
  for (const Ranking& label : labels) {
    const double precision = label.average_precision(times);
    sum += precision;
    carried += precision > 0;  // it is never 0 where a row carries the label
  }
  return carried > 0 ? sum / carried : 0;
}

/// See Choices::in_domain().
MeasuredDraws draw_in_domain(const std::vector<ArmSaid>& arms, const Labels& labels,
                             bool many_labels, std::uint64_t seed) {
  const Index classes = arms.front().own.answers.probabilities.cols();
  const LabelMatrix target = one_hot(labels, classes).cast<int>();
  std::vector<std::vector<Ranking>> rankings(arms.size());
  std::vector<Times> right;
  std::vector<int> classes_of;
  for (std::size_t a = 0; a < arms.size(); ++a) {
    const Answers& answers = arms[a].own.answers;
    if (many_labels) {
      for (Index c = 0; c < classes; ++c) {
        rankings[a].emplace_back(answers.probabilities.col(c), target.col(c));
      }
    } else {
      right.push_back(said_of(labels.size(),
                              [&](std::size_t i) { return answers.best[i] == labels[i].front(); }));
    }
  }
  if (!many_labels) {
    for (const auto& own : labels) classes_of.push_back(own.front());
  }
  return measure_draws(
      {clusters_of(arms.front().own.answers.group_of_row)}, {labels.size()},
      [&](const std::vector<Times>& times) {
        std::vector<double> found;
        for (std::size_t a = 0; a < arms.size(); ++a) {
          found.push_back(many_labels ? macro_map(rankings[a], times[0])
                                      : share(times[0], right[a]));
        }
        for (std::size_t a = 0; !many_labels && a < arms.size(); ++a) {
          found.push_back(
              macro_f1(arms[a].own.answers.best, classes_of, static_cast<int>(classes), times[0]));
        }
        return found;
      },
      seed, "draws for the differences");
}

/// Is arm `a` worse in domain than arm `b` by more than chance?
bool falls(const std::vector<ArmSaid>& arms, const MeasuredDraws& drawn, bool many_labels,
           const Labels& labels, std::size_t a, std::size_t b) {
  const auto worse = [&](std::size_t first) {
    const Difference difference = paired_difference(drawn, first + a, first + b);
    return difference.beyond_chance && difference.value < 0;
  };
  if (many_labels) return worse(0);
  const Carriers of_a = carriers_of(arms[a].own.answers, labels);
  const Carriers of_b = carriers_of(arms[b].own.answers, labels);
  const bool uneven = mcnemar(of_a.right, of_b.right, clusters_of(of_a.groups)).p < kBeyondChance;
  return (worse(0) && uneven) || worse(arms.size());
}

/// A score's threshold at `own`, the share of the hidden background that passes at the rehearsal's,
/// and that share's draws.
struct Rehearsed {
  ScoreFinding finding;
  std::vector<double> draws;
};

/// Of each score of the arm.
std::vector<Rehearsed> rehearse(const ArmSaid& arm, const Labels& labels, double kept,
                                std::uint64_t seed) {
  std::vector<Rehearsed> results(arm.score_kinds.size());
  const Carriers carriers = carriers_of(arm.own.answers, labels);
  for (std::size_t s = 0; s < results.size(); ++s) {
    results[s].finding.name = name_of(arm.score_kinds[s]);
    results[s].finding.threshold =
        Separation(at_rows(arm.own.scores[s], carriers.rows), carriers.right, {}, kept).threshold();
  }
  if (!arm.rehearsal) return results;
  const Carriers own = carriers_of(arm.rehearsal->own.answers, labels);
  const Said& background = arm.rehearsal->background;
  std::vector<Separation> separations;
  for (std::size_t s = 0; s < results.size(); ++s) {
    separations.emplace_back(at_rows(arm.rehearsal->own.scores[s], own.rows), own.right,
                             all_rows(background.scores[s]), kept);
  }
  MeasuredDraws shares = measure_draws(
      {clusters_of(own.groups), clusters_of(background.answers.group_of_row)},
      {own.rows.size(), background.answers.highest.size()},
      [&](const auto& times) {
        std::vector<double> passing;
        for (const Separation& one : separations) {
          passing.push_back(one.measure(times[0], times[1]).passing);
        }
        return passing;
      },
      seed, "the rehearsal");
  for (std::size_t s = 0; s < results.size(); ++s) {
    results[s].finding.rehearsal = shares.measured[s];
    results[s].draws = std::move(shares.draws[s]);
  }
  return results;
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

/// Rows for which any answer is wrong: pictures of the data set without a label, and where there is
/// a rehearsal the background.
struct Never {
  std::vector<double> scores;
  std::vector<int> groups;
};

Never never_of(const Said& own, const Said* background, std::size_t score, const Labels& labels) {
  Never never;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i].empty()) continue;
    never.scores.push_back(own.scores[score](static_cast<Index>(i)));
    never.groups.push_back(own.answers.group_of_row[i]);
  }
  if (!background) return never;
  const int first =
      1 + *std::max_element(own.answers.group_of_row.begin(), own.answers.group_of_row.end());
  for (std::size_t i = 0; i < background->answers.group_of_row.size(); ++i) {
    never.scores.push_back(background->scores[score](static_cast<Index>(i)));
    never.groups.push_back(first + background->answers.group_of_row[i]);
  }
  return never;
}

ChosenThreshold choose_on(const Aim& aim, const Said& own, const Said* background,
                          std::size_t score, const Labels& labels, std::uint64_t seed) {
  const Carriers carriers = carriers_of(own.answers, labels);
  const Never never = never_of(own, background, score, labels);
  return choose_threshold(aim, at_rows(own.scores[score], carriers.rows), carriers.right,
                          clusters_of(carriers.groups), seed, never.scores,
                          clusters_of(never.groups));
}

/// The threshold of an arm's score, and what it will do.
void set_threshold(Recommendation& recommended, const ArmSaid& arm, std::size_t score,
                   const ScoreFinding& finding, const Aim& aim, const Labels& labels,
                   std::uint64_t seed) {
  const auto& rehearsal = arm.rehearsal;
  const bool keep = aim.kind == Aim::Kind::kKeep;
  // What answers to background cost can only be asked of heads that never met it.
  const ChosenThreshold rehearsed =
      rehearsal ? choose_on(aim, rehearsal->own, &rehearsal->background, score, labels, seed)
                : choose_on(aim, arm.own, nullptr, score, labels, seed);
  // They have a threshold of their own. What goes over to the heads that know all background is the
  // share of right answers kept.
  const Aim goes_over{.kind = Aim::Kind::kKeep, .share = std::max(rehearsed.kept.value, 1e-9)};
  const ChosenThreshold chosen =
      rehearsal ? choose_on(keep ? aim : goes_over, arm.own, nullptr, score, labels, seed)
                : rehearsed;
  recommended.threshold = {chosen.value, chosen.interval.low, chosen.interval.high};
  recommended.reachable = rehearsed.reachable;
  recommended.kept = measured_of(keep ? chosen.kept : rehearsed.kept);
  recommended.precision = measured_of(rehearsed.precision);
  recommended.answered = measured_of(rehearsed.answered);
  if (!rehearsal) return;
  recommended.rehearsal =
      keep ? finding.rehearsal : labelled_at(rehearsed.value, rehearsal->background, score, seed);
}

}  // namespace

Matrix label_scores(const ArmSpec& spec, const Matrix& logits, Index classes) {
  return (spec.one_class() ? against_the_rest(logits) : logits).leftCols(classes);
}

Measured labelled_at(double threshold, const Said& said, std::size_t score, std::uint64_t seed) {
  const std::size_t n = said.answers.highest.size();
  const Times passes = said_of(
      n, [&](std::size_t i) { return said.scores[score](static_cast<Index>(i)) >= threshold; });
  return measure_draws(
             {clusters_of(said.answers.group_of_row)}, {n},
             [&](const auto& times) { return std::vector{share(times[0], passes)}; }, seed)
      .measured[0];
}

Times answered(const Choices& choices, const Said& said) {
  const Vector& scores = said.scores[choices.recommended_score()];
  return (scores.array() >= choices.recommended().threshold.value).cast<int>();
}

Choices choose(const std::vector<ArmSaid>& arms, const std::vector<Arm>& judged,
               const Labels& labels, const ChooseOptions& options) {
  if (arms.empty()) throw std::invalid_argument("no arm to choose from");
  const bool many_labels = judged.front().in_domain.labels.has_value();
  Choices choices;
  choices.aim_ = options.aim;
  const double kept = options.aim.compared_at();
  choices.in_domain_ = draw_in_domain(arms, labels, many_labels, options.seed);
  std::vector<std::vector<Rehearsed>> rehearsed;
  for (const ArmSaid& arm : arms) {
    rehearsed.push_back(rehearse(arm, labels, kept, options.seed));
    choices.scores_.emplace_back();
    for (const Rehearsed& one : rehearsed.back()) choices.scores_.back().push_back(one.finding);
  }

  Recommendation& recommended = choices.recommended_;
  // Without background nothing tells the plain arms apart but their own pictures: the first.
  if (arms.front().rehearsal) {
    const std::size_t plain = best_plain(arms, judged);
    recommended.arm = plain;
    choices.score_ = best_score(rehearsed[plain]);
    for (std::size_t a = 0; a < arms.size(); ++a) {
      if (a == plain || falls(arms, choices.in_domain_, many_labels, labels, a, plain)) continue;
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

  set_threshold(recommended, arm, choices.score_, score, options.aim, labels, options.seed);

  const Index classes = arm.own.answers.probabilities.cols();
  choices.set_thresholds_ = Conformal(label_scores(arm.spec, arm.own.logits, classes), labels,
                                      arm.own.answers.group_of_row)
                                .thresholds(options.risk);
  return choices;
}

}  // namespace oneormany
