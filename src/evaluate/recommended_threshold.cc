#include "evaluate/recommended_threshold.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "evaluate/keeping.h"
#include "metrics/thresholds.h"

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;

Measured achieved(const metrics::ChosenThreshold::Achieved& share) {
  return measured_of(share.value, share.interval);
}

/// Rows for which any label is wrong: pictures of the data set without a label, and background.
struct Negatives {
  std::vector<double> scores;
  std::vector<int> groups;
};

Negatives negatives_of(const Predictions& own, const Predictions* background, std::size_t score,
                       const Labels& labels) {
  Negatives negatives;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i].empty()) continue;
    negatives.scores.push_back(own.scores[score](static_cast<Index>(i)));
    negatives.groups.push_back(own.group_of_row[i]);
  }
  if (!background) return negatives;
  const int first = 1 + *std::max_element(own.group_of_row.begin(), own.group_of_row.end());
  for (std::size_t i = 0; i < background->group_of_row.size(); ++i) {
    negatives.scores.push_back(background->scores[score](static_cast<Index>(i)));
    negatives.groups.push_back(first + background->group_of_row[i]);
  }
  return negatives;
}

/// What a threshold on one score is chosen from.
struct ThresholdEvidence {
  std::vector<double> scores;
  LabelledRows labelled;
  Negatives negatives;

  ThresholdEvidence(const Predictions& own, const Predictions* background, std::size_t score,
                    const Labels& labels)
      : labelled(labelled_rows(own, labels)),
        negatives(negatives_of(own, background, score, labels)) {
    scores = at_rows(own.scores[score], labelled.rows);
  }

  metrics::ChosenThreshold choose(const metrics::Aim& aim,
                                  const metrics::Resampling& resampling) const {
    return metrics::choose_threshold(aim, scores, labelled.right,
                                     metrics::clusters_of(labelled.groups), resampling,
                                     negatives.scores, metrics::clusters_of(negatives.groups));
  }

  Loss loss(const metrics::Aim& aim, const metrics::Resampling& resampling) const {
    metrics::AimLoss loss =
        metrics::aim_loss(aim, scores, labelled.right, metrics::clusters_of(labelled.groups),
                          resampling, negatives.scores, metrics::clusters_of(negatives.groups));
    return {loss.value, std::move(loss.replicates)};
  }
};

/// What background does to precision or cost must be measured by heads that never met it.
ThresholdEvidence held_out_evidence(const ModelPredictions& model, std::size_t score,
                                    const Labels& labels) {
  return model.held_out
             ? ThresholdEvidence(model.held_out->own, &model.held_out->background, score, labels)
             : ThresholdEvidence(model.own, nullptr, score, labels);
}

/// A threshold of its own for each class, and the share of its right predictions that pass.
std::vector<Recommendation::OfClass> choose_for_each_class(const ModelPredictions& model,
                                                           std::size_t score,
                                                           const metrics::Aim& aim,
                                                           const Labels& labels,
                                                           const metrics::Resampling& resampling) {
  const LabelledRows all = labelled_rows(model.own, labels);
  std::vector<Recommendation::OfClass> found;
  for (int c = 0; c < model.own.probabilities.cols(); ++c) {
    LabelledRows of_class;
    double right = 0;
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
      if (model.own.best[static_cast<std::size_t>(all.rows[i])] != c) continue;
      of_class.rows.push_back(all.rows[i]);
      of_class.groups.push_back(all.groups[i]);
      of_class.right.push_back(all.right[i]);
      right += all.right[i];
    }
    if (right == 0) {
      found.push_back({{1, 1, 1}, {0, 0, 1}, 0});  // nothing to keep: see Keeping
      continue;
    }
    const metrics::ChosenThreshold chosen = metrics::choose_threshold(
        aim, at_rows(model.own.scores[score], of_class.rows), of_class.right,
        metrics::clusters_of(of_class.groups), resampling);
    found.push_back({measured_of(chosen.value, chosen.interval), achieved(chosen.kept), right});
  }
  return found;
}

/// Of all classes together. They are independent, so that the distances to the intervals' ends add
/// up as deviations do (Zou & Donner 2008).
Measured kept_of(const std::vector<Recommendation::OfClass>& classes) {
  double all = 0, value = 0, below = 0, above = 0;
  for (const auto& one : classes) all += one.right;
  for (const auto& one : classes) {
    const double weight = all > 0 ? one.right / all : 0;
    value += weight * one.kept.value;
    below += std::pow(weight * (one.kept.value - one.kept.low), 2);
    above += std::pow(weight * (one.kept.high - one.kept.value), 2);
  }
  return {value, std::max(0.0, value - std::sqrt(below)), std::min(1.0, value + std::sqrt(above))};
}

/// Precision, and the share of the pictures with a label that get one, of heads that never met the
/// background, at their own thresholds.
std::vector<Measured> achieved_for_each(const ModelPredictions& model, std::size_t score,
                                        const metrics::Keep& keep, const Labels& labels,
                                        const metrics::Resampling& resampling) {
  const Predictions& own = model.held_out ? model.held_out->own : model.own;
  const LabelledRows labelled = labelled_rows(own, labels);
  const Thresholds thresholds = Keeping(keep, own, labelled, score).thresholds();
  const auto passing = [&](const Predictions& of) {
    return indicator(of.rows(), [&](std::size_t i) { return thresholds.accepts(of, score, i); });
  };
  const Indicator passes = passing(own);
  Indicator of_labelled = Indicator::Zero(passes.size()), right = of_labelled;
  for (std::size_t i = 0; i < labelled.rows.size(); ++i) {
    of_labelled(labelled.rows[i]) = 1;
    right(labelled.rows[i]) = labelled.right[i];
  }
  right = right.cwiseProduct(passes);
  const Indicator answered = of_labelled.cwiseProduct(passes);
  std::vector<metrics::Clusters> samples{metrics::clusters_of(own.group_of_row)};
  Indicator background;
  if (model.held_out) {
    background = passing(model.held_out->background);
    samples.push_back(metrics::clusters_of(model.held_out->background.group_of_row));
  }
  return measure_replicates(
             samples,
             [&](const std::vector<metrics::Times>& times) {
               metrics::Lanes<int> given = weighted_sum(times[0], passes);
               if (times.size() > 1) {
                 const metrics::Lanes<int> more = weighted_sum(times[1], background);
                 for (std::size_t l = 0; l < metrics::kLanes; ++l) given[l] += more[l];
               }
               return std::vector{
                   ratio(weighted_sum(times[0], right), given),
                   ratio(weighted_sum(times[0], answered), weighted_sum(times[0], of_labelled))};
             },
             resampling, "intervals",
             {static_cast<double>(passes.sum()), static_cast<double>(labelled.rows.size())})
      .measured;
}

/// The thresholds that keep the same share of each class.
Recommendation with_threshold_of_each(const ModelPredictions& model, std::size_t score,
                                      const metrics::Aim& aim, const Labels& labels,
                                      const metrics::Resampling& resampling) {
  Recommendation recommended;
  recommended.each_class = choose_for_each_class(model, score, aim, labels, resampling);
  recommended.threshold =
      std::min_element(
          recommended.each_class.begin(), recommended.each_class.end(),
          [](const auto& a, const auto& b) { return a.threshold.value < b.threshold.value; })
          ->threshold;
  recommended.kept = kept_of(recommended.each_class);
  const auto achieved = achieved_for_each(model, score, aim.compared_at(), labels, resampling);
  recommended.precision = achieved[0];
  recommended.answered = achieved[1];
  return recommended;
}

/// The threshold that serves the aim, for all classes.
Recommendation with_threshold_of_all(const ModelPredictions& model, std::size_t score,
                                     const metrics::Aim& aim, const Labels& labels,
                                     const metrics::Resampling& resampling) {
  Recommendation recommended;
  const bool keep = aim.kind == metrics::Aim::Kind::kKeep;
  const metrics::ChosenThreshold by_held_out =
      held_out_evidence(model, score, labels).choose(aim, resampling);
  // Heads that never met some background have another scale than those that know all of it. What
  // carries over is the share of right predictions kept.
  const metrics::Aim same_share{.kind = metrics::Aim::Kind::kKeep,
                                .share = std::max(by_held_out.kept.value, 1e-9)};
  const metrics::ChosenThreshold chosen = model.held_out
                                              ? ThresholdEvidence(model.own, nullptr, score, labels)
                                                    .choose(keep ? aim : same_share, resampling)
                                              : by_held_out;
  recommended.threshold = measured_of(chosen.value, chosen.interval);
  recommended.reachable = by_held_out.reachable;
  recommended.kept = achieved(keep ? chosen.kept : by_held_out.kept);
  recommended.precision = achieved(by_held_out.precision);
  recommended.answered = achieved(by_held_out.answered);
  return recommended;
}

}  // namespace

Recommendation with_threshold(const ModelPredictions& model, std::size_t score,
                              const ScoreResult& result, const metrics::Aim& aim,
                              const Labels& labels, const metrics::Resampling& resampling) {
  Recommendation recommended = aim.each
                                   ? with_threshold_of_each(model, score, aim, labels, resampling)
                                   : with_threshold_of_all(model, score, aim, labels, resampling);
  recommended.score = result.kind;
  recommended.aim = aim;
  recommended.estimate = result.estimate;
  recommended.related = result.related;
  if (aim.kind == metrics::Aim::Kind::kKeep) return recommended;
  const metrics::Keep same{.share = std::max(recommended.kept.value, 1e-9)};
  if (result.related) {
    recommended.related = estimate_related(model, labels, same, resampling)[score].labelled;
  }
  if (result.estimate) {
    recommended.estimate =
        expect_background(*model.held_out, false, labels, same, resampling)[score].labelled;
  }
  return recommended;
}

Recommendation with_given_thresholds(const ModelPredictions& model, std::size_t score,
                                     const Thresholds& thresholds, const metrics::Aim& aim,
                                     const Labels& labels, const metrics::Resampling& resampling) {
  Recommendation recommended;
  recommended.score = model.score_kinds[score];
  recommended.aim = aim;
  const LabelledRows labelled = labelled_rows(model.own, labels);
  // Of each class, or of all of them: its labelled rows, those that are right, those that pass.
  const auto measure = [&](const std::function<bool(int best)>& is_of) {
    Indicator all = Indicator::Zero(static_cast<Index>(labels.size())), right = all, passes = all;
    for (std::size_t i = 0; i < labelled.rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(labelled.rows[i]);
      if (!is_of(model.own.best[row])) continue;
      all(labelled.rows[i]) = 1;
      right(labelled.rows[i]) = labelled.right[i];
    }
    for (std::size_t row = 0; row < labels.size(); ++row) {
      passes(static_cast<Index>(row)) =
          is_of(model.own.best[row]) && thresholds.accepts(model.own, score, row);
    }
    const Indicator both = right.cwiseProduct(passes), answered = all.cwiseProduct(passes);
    return measure_replicates(
               {metrics::clusters_of(model.own.group_of_row)},
               [&](const std::vector<metrics::Times>& times) {
                 const metrics::Lanes<int> kept = weighted_sum(times[0], both);
                 return std::vector{
                     ratio(kept, weighted_sum(times[0], right)),
                     ratio(kept, weighted_sum(times[0], passes)),
                     ratio(weighted_sum(times[0], answered), weighted_sum(times[0], all))};
               },
               resampling)
        .measured;
  };
  const auto of_all = measure([](int) { return true; });
  recommended.kept = of_all[0];
  recommended.precision = of_all[1];
  recommended.answered = of_all[2];
  const auto point = [](double value) { return Measured{value, value, value}; };
  recommended.threshold =
      point(*std::min_element(thresholds.values.begin(), thresholds.values.end()));
  for (std::size_t c = 0; thresholds.values.size() > 1 && c < thresholds.values.size(); ++c) {
    double right = 0;
    for (std::size_t i = 0; i < labelled.rows.size(); ++i) {
      right += labelled.right[i] &&
               model.own.best[static_cast<std::size_t>(labelled.rows[i])] == static_cast<int>(c);
    }
    recommended.each_class.push_back(
        {point(thresholds.values[c]),
         measure([c](int best) { return best == static_cast<int>(c); })[0], right});
  }
  return recommended;
}

Loss loss_of_aim(const ModelPredictions& model, std::size_t score, const metrics::Aim& aim,
                 const Labels& labels, const metrics::Resampling& resampling) {
  return held_out_evidence(model, score, labels).loss(aim, resampling);
}

}  // namespace oneormany::evaluate
