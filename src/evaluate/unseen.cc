#include "evaluate/unseen.h"

#include "evaluate/in_domain.h"
#include "evaluate/replicates.h"
#include "ood/separation.h"

namespace oneormany::evaluate {

UnseenResult evaluate_unseen(const Predictions& in_domain,
                             const std::vector<std::vector<int>>& labels, const Predictions& unseen,
                             const metrics::Resampling& resampling) {
  const LabelledRows labelled = labelled_rows(in_domain, labels);
  std::vector<double> own_highest;
  for (const int row : labelled.rows) {
    own_highest.push_back(in_domain.highest[static_cast<std::size_t>(row)]);
  }
  const std::size_t n = unseen.highest.size();
  const auto reaching = [&](double at) {
    return indicator(n, [&](std::size_t i) { return unseen.highest[i] >= at; });
  };
  const Indicator at_05 = reaching(0.5), at_09 = reaching(0.9);
  const Indicator not_none = indicator(n, [&](std::size_t i) { return !unseen.none_wins[i]; });
  const ood::Separation separation(own_highest, labelled.right, unseen.highest, kUnseenKept);
  const auto shares =
      measure_replicates(
          {metrics::clusters_of(labelled.groups), metrics::clusters_of(unseen.group_of_row)},
          [&](const auto& times) {
            const ood::Separation::Measures found = separation.measure(times[0], times[1]);
            return std::vector{share(times[1], not_none),
                               share(times[1], at_05),
                               share(times[1], at_09),
                               found.passing,
                               found.auroc,
                               found.fpr95};
          },
          resampling)
          .measured;

  UnseenResult result;
  result.max_probability = summary_of(unseen.highest);
  result.sum_of_probabilities = summary_of(sums_of(unseen.probabilities));
  result.at_argmax = shares[0];
  result.at_05 = shares[1];
  result.at_09 = shares[2];
  result.keeping_95 = shares[3];
  result.threshold = separation.threshold();
  result.auroc = shares[4];
  result.fpr95 = shares[5];
  return result;
}

std::vector<ScoreResult> evaluate_scores(const Selection& selection, std::size_t index,
                                         const ModelPredictions& model, const Predictions& unseen,
                                         const UnseenResult& by_highest,
                                         const std::vector<std::vector<int>>& labels,
                                         const metrics::Resampling& resampling) {
  std::vector<ScoreResult> scores = selection.scores()[index];
  const metrics::Keep keep = selection.aim().compared_at();
  scores[0].labelled = by_highest.keeping_95;
  scores[0].auroc = by_highest.auroc;
  scores[0].fpr95 = by_highest.fpr95;
  // Whose share isn't known yet.
  const std::size_t first = keep == metrics::Keep{.share = kUnseenKept} ? 1 : 0;
  if (first == scores.size()) return scores;

  const LabelledRows labelled = labelled_rows(model.own, labels);
  std::vector<ood::Separation> separations;
  std::vector<Keeping> of_each;  // where each class has a threshold of its own
  for (std::size_t s = first; s < scores.size(); ++s) {
    separations.emplace_back(at_rows(model.own.scores[s], labelled.rows), labelled.right,
                             all_rows(unseen.scores[s]), keep.share);
    if (keep.each) of_each.emplace_back(keep, model.own, labelled, s, unseen, every_row(unseen));
  }
  const auto found =
      measure_replicates(
          {metrics::clusters_of(labelled.groups), metrics::clusters_of(unseen.group_of_row)},
          [&](const auto& times) {
            std::vector<metrics::Lanes<double>> all;
            for (std::size_t i = 0; i < separations.size(); ++i) {
              const ood::Separation::Measures of = separations[i].measure(times[0], times[1]);
              all.insert(all.end(),
                         {keep.each ? of_each[i].passing(times[0], times[1]) : of.passing, of.auroc,
                          of.fpr95});
            }
            return all;
          },
          resampling)
          .measured;
  for (std::size_t s = first; s < scores.size(); ++s) {
    const std::size_t at = 3 * (s - first);
    scores[s].labelled = found[at];
    scores[s].auroc = found[at + 1];
    scores[s].fpr95 = found[at + 2];
  }
  return scores;
}

Measured evaluate_recommended(const Selection& selection, const ScoreResult& score,
                              const Predictions& unseen, const metrics::Resampling& resampling) {
  if (selection.aim().kind == metrics::Aim::Kind::kKeep && !selection.given()) {
    return *score.labelled;
  }
  return labelled_at(thresholds_of(selection.recommended()), unseen, selection.recommended_score(),
                     resampling);
}

}  // namespace oneormany::evaluate
