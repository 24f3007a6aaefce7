#include "evaluate/trust.h"

#include <algorithm>
#include <set>

#include "base/progress.h"
#include "base/stop.h"
#include "evaluate/replicates.h"
#include "metrics/calibration.h"
#include "metrics/conformal.h"
#include "metrics/labels.h"
#include "metrics/paired.h"
#include "metrics/reliability.h"
#include "ood/separation.h"
#include "loss/matrix.h"

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;

Measured measured_of(const metrics::Difference& difference) {
  return {difference.value, difference.interval.low, difference.interval.high};
}

/// Empty, one, several, coverage: of the rows drawn.
PredictionSets::Sizes sizes_of(const metrics::SetCounts& counts, const std::vector<int>& group_of_row,
                                 std::uint64_t seed, Measured* coverage) {
  const std::size_t n = group_of_row.size();
  const auto measured =
      measure_replicates(
          {metrics::clusters_of(group_of_row)}, {n},
          [&](const auto& times) {
            const metrics::SetSizes found = counts.sizes(times[0]);
            return std::vector{found.empty, found.one, found.several, found.coverage};
          },
          seed)
          .measured;
  if (coverage) *coverage = measured[3];
  const double mean = counts.sizes(metrics::Times::Ones(static_cast<Index>(n))).mean_size;
  return {measured[0], measured[1], measured[2], mean};
}

metrics::CalibrationChoice calibrate(const ModelPredictions& arm, const Matrix& targets,
                            const std::vector<std::vector<int>>& folds) {
  const loss::Activation activation = model.spec.activation();
  base::Progress progress("calibration", metrics::calibration_steps(activation, targets.cols(), folds));
  return metrics::choose_calibration(activation, model.own.logits, targets, folds,
                            model.own.probabilities.group_of_row, [&] {
                              base::throw_if_stopped();
                              progress.add();
                            });
}

/// Sets at fixed thresholds.
metrics::LabelMatrix sets_at(const Matrix& scores, const Vector& thresholds) {
  metrics::LabelMatrix sets(scores.rows(), scores.cols());
  for (Index c = 0; c < scores.cols(); ++c) {
    sets.col(c) = (scores.col(c).array() >= thresholds(c)).cast<int>();
  }
  return sets;
}

}  // namespace

std::vector<ScoreResult> evaluate_scores(const Selection& choices, std::size_t index,
                                       const ModelPredictions& arm, const Predictions& unseen,
                                       const UnseenResult& by_highest, const Labels& labels,
                                       std::uint64_t seed) {
  std::vector<ScoreResult> chosen = selection.scores()[index];
  const double kept = selection.aim().compared_at();
  chosen[0].labelled = by_highest.keeping_95;
  chosen[0].auroc = by_highest.auroc;
  chosen[0].fpr95 = by_highest.fpr95;
  const std::size_t first = kept == kUnseenKept ? 1 : 0;  // whose share isn't known yet
  if (first == chosen.size()) return chosen;

  const LabelledRows labelled = labelled_rows(model.own.probabilities, labels);
  std::vector<ood::Separation> separations;
  for (std::size_t s = first; s < chosen.size(); ++s) {
    separations.emplace_back(at_rows(model.own.scores[s], labelled.rows), labelled.right,
                             all_rows(unseen.scores[s]), kept);
  }
  const auto found = measure_replicates(
                         {metrics::clusters_of(labelled.groups), metrics::clusters_of(unseen.probabilities.group_of_row)},
                         {labelled.rows.size(), unseen.probabilities.highest.size()},
                         [&](const auto& times) {
                           std::vector<double> all;
                           for (const ood::Separation& one : separations) {
                             const ood::Separation::Measures of = one.measure(times[0], times[1]);
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

CalibrationResult evaluate_calibration(const ModelPredictions& arm, const Labels& labels,
                                     const std::vector<std::vector<int>>& folds,
                                     std::uint64_t seed) {
  const std::vector<int>& groups = model.own.probabilities.group_of_row;
  const Index classes = model.own.probabilities.probabilities.cols();
  const Matrix targets = loss::one_hot(labels, model.own.logits.cols());
  const metrics::CalibrationChoice choice = calibrate(model, targets, folds);
  CalibrationResult finding;
  finding.chosen = metrics::name_of(choice.method);
  const Matrix own_targets = targets.leftCols(classes);
  const bool one_class =
      std::all_of(labels.begin(), labels.end(), [](const auto& of) { return of.size() == 1; });
  std::vector<metrics::Confidence> confidences;
  for (const metrics::CalibrationTried& tried : choice.tried) {
    const Matrix own = tried.probabilities.leftCols(classes);
    confidences.push_back(one_class ? metrics::confidence_of_best(own, own_targets)
                                    : metrics::confidence_of_all(own, own_targets));
  }
  const MeasuredReplicates eces = measure_replicates(
      {metrics::clusters_of(groups)}, {groups.size()},
      [&](const auto& times) {
        std::vector<double> found;
        for (const metrics::Confidence& one : confidences) found.push_back(one.ece(times[0]));
        return found;
      },
      seed);
  for (std::size_t k = 0; k < choice.tried.size(); ++k) {
    const metrics::CalibrationTried& tried = choice.tried[k];
    const double ece = eces.measured[k].value;
    // Chance alone makes each bin's gap larger, never smaller: so it does in every draw.
    const metrics::Interval interval = metrics::basic_interval(ece, eces.replicates[k]);
    finding.methods.push_back(
        {std::string(metrics::name_of(tried.method)), tried.log_loss, {ece, interval.low, interval.high}});
    if (tried.method == metrics::CalibrationMethod::kNone) finding.before = confidences[k].reliability();
    if (tried.method != choice.method) continue;
    const metrics::Difference fall = paired_difference(eces, k, 0);
    finding.ece_falls = fall.significant && fall.value < 0;
    finding.after = confidences[k].reliability();
  }
  return finding;
}

std::vector<ModelDifference> compare_models(const Selection& choices,
                                             const std::vector<ModelPredictions>& arms,
                                             const std::vector<Predictions>* unseen, const Labels& labels,
                                             bool many_labels, std::uint64_t seed) {
  if (models.size() < 2) return {};
  const std::size_t chosen = selection.recommended().model;
  std::vector<LabelledRows> carriers;
  for (const ModelPredictions& model : models) carriers.push_back(labelled_rows(model.own.probabilities, labels));

  std::optional<MeasuredReplicates> labelled;
  if (unseen) {
    std::vector<ood::Separation> separations;
    for (std::size_t a = 0; a < models.size(); ++a) {
      const std::size_t s = a == chosen ? selection.recommended_score() : 0;
      separations.emplace_back(at_rows(models[a].own.scores[s], carriers[a].rows), carriers[a].right,
                               all_rows((*unseen)[a].scores[s]), selection.aim().compared_at());
    }
    const Probabilities& of = (*unseen)[chosen].probabilities;
    labelled = measure_replicates(
        {metrics::clusters_of(carriers[chosen].groups), metrics::clusters_of(of.group_of_row)},
        {carriers[chosen].rows.size(), of.highest.size()},
        [&](const auto& times) {
          std::vector<double> found;
          for (const ood::Separation& one : separations) {
            found.push_back(one.measure(times[0], times[1]).passing);
          }
          return found;
        },
        seed, "draws for the differences");
  }
  std::vector<ModelDifference> differences;
  for (std::size_t a = 0; a < models.size(); ++a) {
    if (a == chosen) continue;
    ModelDifference one;
    one.model = a;
    const metrics::Difference score = paired_difference(selection.in_domain(), chosen, a);
    one.score = measured_of(score);
    one.score_significant = score.significant;
    if (!multi_label) {
      one.p =
          metrics::mcnemar(carriers[chosen].right, carriers[a].right, metrics::clusters_of(carriers[chosen].groups))
              .p;
      one.score_significant = one.score_significant && one.p < kSignificanceLevel;
    }
    if (labelled) {
      const metrics::Difference shares = paired_difference(*labelled, chosen, a);
      one.unseen = measured_of(shares);
      one.unseen_significant = shares.significant;
    }
    differences.push_back(one);
  }
  return differences;
}

PredictionSets evaluate_sets(const Selection& choices, const ModelPredictions& arm, const Predictions* unseen,
                            const Labels& labels, const std::vector<int>& folds,
                            const std::vector<ClassCount>& classes, double risk,
                            std::uint64_t seed) {
  PredictionSets finding;
  finding.alpha = alpha;
  const auto n = static_cast<Index>(folds.size());
  const auto count = static_cast<Index>(classes.size());
  const Labels own_labels(labels.begin(), labels.begin() + n);
  const std::vector<int>& all_groups = model.own.probabilities.group_of_row;
  const std::vector<int> groups(all_groups.begin(), all_groups.begin() + n);
  const Matrix own = label_scores(model.spec, model.own.logits.topRows(n), count);
  finding.in_domain =
      sizes_of(metrics::SetCounts(metrics::sets_out_of_fold(own, own_labels, groups, folds, alpha), own_labels),
               groups, seed, &finding.coverage);
  const auto of_others = [&](const Predictions& said, const Vector& thresholds) {
    const Matrix scores = label_scores(model.spec, predictions.logits, count);
    return sizes_of(
        metrics::SetCounts(sets_at(scores, thresholds), Labels(static_cast<std::size_t>(scores.rows()))),
        predictions.probabilities.group_of_row, seed, nullptr);
  };
  if (model.held_out) {
    const Matrix estimates = label_scores(model.spec, model.held_out->own.logits, count);
    finding.background = of_others(model.held_out->background,
                                   metrics::ConformalPredictor(estimates, labels, all_groups).thresholds(alpha));
  }
  if (unseen) finding.unseen = of_others(*unseen, selection.set_thresholds());
  // In domain the sets of a fold come from the others alone: these must suffice.
  const int repeats = 1 + *std::max_element(folds.begin(), folds.end());
  for (Index c = 0; c < count; ++c) {
    std::size_t fewest = labels.size();
    for (int fold = 0; fold < repeats; ++fold) {
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
    if (metrics::ConformalPredictor::smallest_alpha_of(fewest) > alpha) {
      finding.without_guarantee.push_back(classes[static_cast<std::size_t>(c)].name);
    }
  }
  return finding;
}

Measured evaluate_recommended(const Selection& choices, const ScoreResult& score, const Predictions& unseen,
                           std::uint64_t seed) {
  if (selection.aim().kind == metrics::Aim::Kind::kKeep) return *score.labelled;
  return labelled_at(selection.recommended().threshold.value, unseen, selection.recommended_score(),
                     seed);
}

std::vector<LabelError> find_label_errors(const ModelPredictions& arm, const Labels& labels,
                                   const std::vector<std::filesystem::path>& files,
                                   const std::vector<ClassCount>& classes, bool many_labels,
                                   std::size_t most) {
  const auto n = static_cast<Index>(files.size());
  const Matrix& all = model.own.probabilities.probabilities;
  const Index repeats = all.rows() / n;
  Matrix p = Matrix::Zero(n, all.cols());
  for (Index d = 0; d < repeats; ++d) p += all.middleRows(d * n, n) / static_cast<double>(repeats);

  struct Found {
    double margin;
    LabelError label_error;
  };
  std::vector<Found> found;
  for (Index i = 0; i < n; ++i) {
    const auto& own = labels[static_cast<std::size_t>(i)];
    const auto carries = [&](Index c) {
      return std::find(own.begin(), own.end(), static_cast<int>(c)) != own.end();
    };
    const auto name = [&](Index c) { return classes[static_cast<std::size_t>(c)].name; };
    const std::filesystem::path& file = files[static_cast<std::size_t>(i)];
    if (!multi_label) {
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
  std::vector<LabelError> label_errors;
  std::set<std::filesystem::path> shown;
  for (Found& one : found) {
    if (label_errors.size() == most) break;
    if (shown.insert(one.label_error.file).second) label_errors.push_back(std::move(one.label_error));
  }
  return label_errors;
}

}  // namespace oneormany::evaluate
