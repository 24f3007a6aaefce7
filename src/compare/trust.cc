#include "compare/trust.h"

#include <algorithm>
#include <set>

#include "base/progress.h"
#include "base/stop.h"
#include "compare/measured.h"
#include "judge/calibration.h"
#include "judge/conformal.h"
#include "judge/labels.h"
#include "judge/paired.h"
#include "judge/reliability.h"
#include "judge/separation.h"
#include "loss/matrix.h"

namespace oneormany {
namespace {

using Labels = std::vector<std::vector<int>>;

Measured measured_of(const Difference& difference) {
  return {difference.value, difference.interval.low, difference.interval.high};
}

/// Empty, one, several, coverage: of the rows drawn.
ConformalFinding::Sizes sizes_of(const SetCounts& counts, const std::vector<int>& group_of_row,
                                 std::uint64_t seed, Measured* coverage) {
  const std::size_t n = group_of_row.size();
  const auto measured =
      measure_draws(
          {clusters_of(group_of_row)}, {n},
          [&](const auto& times) {
            const SetSizes found = counts.sizes(times[0]);
            return std::vector{found.empty, found.one, found.several, found.coverage};
          },
          seed)
          .measured;
  if (coverage) *coverage = measured[3];
  const double mean = counts.sizes(Times::Ones(static_cast<Index>(n))).mean_size;
  return {measured[0], measured[1], measured[2], mean};
}

CalibrationChoice calibrate(const ArmSaid& arm, const Matrix& targets,
                            const std::vector<std::vector<int>>& folds) {
  const Activation activation = arm.spec.activation();
  Progress progress("calibration", calibration_steps(activation, targets.cols(), folds));
  return choose_calibration(activation, arm.own.logits, targets, folds,
                            arm.own.answers.group_of_row, [&] {
                              throw_if_stopped();
                              progress.add();
                            });
}

/// Sets at fixed thresholds.
LabelMatrix sets_at(const Matrix& scores, const Vector& thresholds) {
  LabelMatrix sets(scores.rows(), scores.cols());
  for (Index c = 0; c < scores.cols(); ++c) {
    sets.col(c) = (scores.col(c).array() >= thresholds(c)).cast<int>();
  }
  return sets;
}

}  // namespace

std::vector<ScoreFinding> judge_scores(const Choices& choices, std::size_t index,
                                       const ArmSaid& arm, const Said& unseen,
                                       const Unseen& by_highest, const Labels& labels,
                                       std::uint64_t seed) {
  std::vector<ScoreFinding> chosen = choices.scores()[index];
  const double kept = choices.aim().compared_at();
  chosen[0].labelled = by_highest.keeping_95;
  chosen[0].auroc = by_highest.auroc;
  chosen[0].fpr95 = by_highest.fpr95;
  const std::size_t first = kept == kUnseenKept ? 1 : 0;  // whose share isn't known yet
  if (first == chosen.size()) return chosen;

  const Carriers carriers = carriers_of(arm.own.answers, labels);
  std::vector<Separation> separations;
  for (std::size_t s = first; s < chosen.size(); ++s) {
    separations.emplace_back(at_rows(arm.own.scores[s], carriers.rows), carriers.right,
                             all_rows(unseen.scores[s]), kept);
  }
  const auto found = measure_draws(
                         {clusters_of(carriers.groups), clusters_of(unseen.answers.group_of_row)},
                         {carriers.rows.size(), unseen.answers.highest.size()},
                         [&](const auto& times) {
                           std::vector<double> all;
                           for (const Separation& one : separations) {
                             const Separation::Measures of = one.measure(times[0], times[1]);
                             all.insert(all.end(), {of.passing, of.auroc, of.fpr95});
                           }
                           return all;
                         },
                         seed)
                         .measured;
  for (std::size_t s = first; s < chosen.size(); ++s) {
    const std::size_t at = 3 * (s - first);
    chosen[s].labelled = found[at];
    chosen[s].auroc = found[at + 1];
    chosen[s].fpr95 = found[at + 2];
  }
  return chosen;
}

CalibrationFinding judge_calibration(const ArmSaid& arm, const Labels& labels,
                                     const std::vector<std::vector<int>>& folds,
                                     std::uint64_t seed) {
  const std::vector<int>& groups = arm.own.answers.group_of_row;
  const Index classes = arm.own.answers.probabilities.cols();
  const Matrix targets = one_hot(labels, arm.own.logits.cols());
  const CalibrationChoice choice = calibrate(arm, targets, folds);
  CalibrationFinding finding;
  finding.chosen = name_of(choice.kind);
  const Matrix own_targets = targets.leftCols(classes);
  const bool one_class =
      std::all_of(labels.begin(), labels.end(), [](const auto& of) { return of.size() == 1; });
  std::vector<Confidence> confidences;
  for (const CalibrationTried& tried : choice.tried) {
    const Matrix own = tried.probabilities.leftCols(classes);
    confidences.push_back(one_class ? confidence_of_best(own, own_targets)
                                    : confidence_of_all(own, own_targets));
  }
  const MeasuredDraws eces = measure_draws(
      {clusters_of(groups)}, {groups.size()},
      [&](const auto& times) {
        std::vector<double> found;
        for (const Confidence& one : confidences) found.push_back(one.ece(times[0]));
        return found;
      },
      seed);
  for (std::size_t k = 0; k < choice.tried.size(); ++k) {
    const CalibrationTried& tried = choice.tried[k];
    const double ece = eces.measured[k].value;
    // Chance alone makes each bin's gap larger, never smaller: so it does in every draw.
    const Interval interval = basic_interval(ece, eces.draws[k]);
    finding.kinds.push_back(
        {std::string(name_of(tried.kind)), tried.log_loss, {ece, interval.low, interval.high}});
    if (tried.kind == CalibrationKind::kNone) finding.before = confidences[k].reliability();
    if (tried.kind != choice.kind) continue;
    const Difference fall = paired_difference(eces, k, 0);
    finding.ece_falls = fall.beyond_chance && fall.value < 0;
    finding.after = confidences[k].reliability();
  }
  return finding;
}

std::vector<ArmDifference> judge_differences(const Choices& choices,
                                             const std::vector<ArmSaid>& arms,
                                             const std::vector<Said>* unseen, const Labels& labels,
                                             bool many_labels, std::uint64_t seed) {
  if (arms.size() < 2) return {};
  const std::size_t chosen = choices.recommended().arm;
  std::vector<Carriers> carriers;
  for (const ArmSaid& arm : arms) carriers.push_back(carriers_of(arm.own.answers, labels));

  std::optional<MeasuredDraws> labelled;
  if (unseen) {
    std::vector<Separation> separations;
    for (std::size_t a = 0; a < arms.size(); ++a) {
      const std::size_t s = a == chosen ? choices.recommended_score() : 0;
      separations.emplace_back(at_rows(arms[a].own.scores[s], carriers[a].rows), carriers[a].right,
                               all_rows((*unseen)[a].scores[s]), choices.aim().compared_at());
    }
    const Answers& of = (*unseen)[chosen].answers;
    labelled = measure_draws(
        {clusters_of(carriers[chosen].groups), clusters_of(of.group_of_row)},
        {carriers[chosen].rows.size(), of.highest.size()},
        [&](const auto& times) {
          std::vector<double> found;
          for (const Separation& one : separations) {
            found.push_back(one.measure(times[0], times[1]).passing);
          }
          return found;
        },
        seed, "draws for the differences");
  }
  std::vector<ArmDifference> differences;
  for (std::size_t a = 0; a < arms.size(); ++a) {
    if (a == chosen) continue;
    ArmDifference one;
    one.arm = a;
    const Difference score = paired_difference(choices.in_domain(), chosen, a);
    one.score = measured_of(score);
    one.score_differs = score.beyond_chance;
    if (!many_labels) {
      one.p =
          mcnemar(carriers[chosen].right, carriers[a].right, clusters_of(carriers[chosen].groups))
              .p;
      one.score_differs = one.score_differs && one.p < kBeyondChance;
    }
    if (labelled) {
      const Difference shares = paired_difference(*labelled, chosen, a);
      one.unseen = measured_of(shares);
      one.unseen_differs = shares.beyond_chance;
    }
    differences.push_back(one);
  }
  return differences;
}

ConformalFinding judge_sets(const Choices& choices, const ArmSaid& arm, const Said* unseen,
                            const Labels& labels, const std::vector<int>& folds,
                            const std::vector<ClassCount>& classes, double risk,
                            std::uint64_t seed) {
  ConformalFinding finding;
  finding.risk = risk;
  const auto n = static_cast<Index>(folds.size());
  const auto count = static_cast<Index>(classes.size());
  const Labels own_labels(labels.begin(), labels.begin() + n);
  const std::vector<int>& all_groups = arm.own.answers.group_of_row;
  const std::vector<int> groups(all_groups.begin(), all_groups.begin() + n);
  const Matrix own = label_scores(arm.spec, arm.own.logits.topRows(n), count);
  finding.in_domain =
      sizes_of(SetCounts(sets_out_of_fold(own, own_labels, groups, folds, risk), own_labels),
               groups, seed, &finding.coverage);
  const auto of_others = [&](const Said& said, const Vector& thresholds) {
    const Matrix scores = label_scores(arm.spec, said.logits, count);
    return sizes_of(
        SetCounts(sets_at(scores, thresholds), Labels(static_cast<std::size_t>(scores.rows()))),
        said.answers.group_of_row, seed, nullptr);
  };
  if (arm.rehearsal) {
    const Matrix rehearsed = label_scores(arm.spec, arm.rehearsal->own.logits, count);
    finding.background = of_others(arm.rehearsal->background,
                                   Conformal(rehearsed, labels, all_groups).thresholds(risk));
  }
  if (unseen) finding.unseen = of_others(*unseen, choices.set_thresholds());
  // In domain the sets of a fold come from the others alone: these must suffice.
  const int deals = 1 + *std::max_element(folds.begin(), folds.end());
  for (Index c = 0; c < count; ++c) {
    std::size_t fewest = labels.size();
    for (int fold = 0; fold < deals; ++fold) {
      std::set<int> known;  // groups
      for (std::size_t i = 0; i < folds.size(); ++i) {
        const auto& carried = own_labels[i];
        if (folds[i] != fold &&
            std::find(carried.begin(), carried.end(), static_cast<int>(c)) != carried.end()) {
          known.insert(groups[i]);
        }
      }
      fewest = std::min(fewest, known.size());
    }
    if (Conformal::smallest_risk_of(fewest) > risk) {
      finding.without_promise.push_back(classes[static_cast<std::size_t>(c)].name);
    }
  }
  return finding;
}

Measured judge_recommended(const Choices& choices, const ScoreFinding& score, const Said& unseen,
                           std::uint64_t seed) {
  if (choices.aim().kind == Aim::Kind::kKeep) return *score.labelled;
  return labelled_at(choices.recommended().threshold.value, unseen, choices.recommended_score(),
                     seed);
}

std::vector<Suspect> find_suspects(const ArmSaid& arm, const Labels& labels,
                                   const std::vector<std::filesystem::path>& files,
                                   const std::vector<ClassCount>& classes, bool many_labels,
                                   std::size_t most) {
  const auto n = static_cast<Index>(files.size());
  const Matrix& all = arm.own.answers.probabilities;
  const Index deals = all.rows() / n;
  Matrix p = Matrix::Zero(n, all.cols());
  for (Index d = 0; d < deals; ++d) p += all.middleRows(d * n, n) / static_cast<double>(deals);

  struct Found {
    double margin;
    Suspect suspect;
  };
  std::vector<Found> found;
  for (Index i = 0; i < n; ++i) {
    const auto& own = labels[static_cast<std::size_t>(i)];
    const auto carries = [&](Index c) {
      return std::find(own.begin(), own.end(), static_cast<int>(c)) != own.end();
    };
    const auto name = [&](Index c) { return classes[static_cast<std::size_t>(c)].name; };
    const std::filesystem::path& file = files[static_cast<std::size_t>(i)];
    if (!many_labels) {
      Index best = 0;
      const double highest = p.row(i).maxCoeff(&best);
      if (carries(best)) continue;
      const double of_label = p(i, own.front());
      found.push_back(
          {highest - of_label, {file, name(own.front()), name(best), of_label, highest}});
      continue;
    }
    for (Index c = 0; c < p.cols(); ++c) {  // each label is a question of its own
      const double probability = p(i, c);
      if (carries(c) && probability < 0.5) {
        found.push_back({1 - 2 * probability, {file, name(c), "", probability, 1 - probability}});
      } else if (!carries(c) && probability > 0.5) {
        found.push_back({2 * probability - 1, {file, "", name(c), 1 - probability, probability}});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.margin > b.margin; });
  std::vector<Suspect> suspects;
  std::set<std::filesystem::path> shown;
  for (Found& one : found) {
    if (suspects.size() == most) break;
    if (shown.insert(one.suspect.file).second) suspects.push_back(std::move(one.suspect));
  }
  return suspects;
}

}  // namespace oneormany
