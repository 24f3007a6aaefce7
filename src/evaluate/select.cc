#include "evaluate/select.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "evaluate/keeping.h"
#include "evaluate/related.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "metrics/kinds.h"
#include "metrics/labels.h"
#include "metrics/measures.h"
#include "metrics/paired.h"
#include "metrics/prediction_sets.h"
#include "metrics/thresholds.h"

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;

constexpr int kNewKinds = 5;  // of unrelated pictures: of anything

bool is_plain(const train::ModelSpec& spec) { return !spec.background; }

const Measured& in_domain_score(const ModelResult& model) {
  return model.in_domain.labels ? model.in_domain.labels->macro_map : model.in_domain.accuracy;
}

/// The plain model that others must not be worse than: the best in domain, of equals the first.
std::size_t best_plain(const std::vector<ModelPredictions>& models,
                       const std::vector<ModelResult>& results) {
  std::size_t best = 0;
  bool found = false;
  for (std::size_t m = 0; m < models.size(); ++m) {
    if (!is_plain(models[m].spec)) continue;
    if (!found || in_domain_score(results[m]).value > in_domain_score(results[best]).value)
      best = m;
    found = true;
  }
  return best;
}

/// Mean average precision of the labels that these rows carry.
metrics::Lanes<double> macro_map(const std::vector<metrics::Ranking>& labels,
                                 const metrics::Times& times) {
  metrics::Lanes<double> sum{}, carried{};
  for (const metrics::Ranking& label : labels) {
    const metrics::Lanes<double> precision = label.average_precision(times);
    for (std::size_t l = 0; l < metrics::kLanes; ++l) {
      sum[l] += precision[l];
      carried[l] += precision[l] > 0;  // it is never 0 where a row carries the label
    }
  }
  return metrics::ratio(sum, carried, 0);
}

/// See Selection::in_domain().
MeasuredReplicates replicate_in_domain(const std::vector<ModelPredictions>& models,
                                       const Labels& labels, bool multi_label,
                                       const metrics::Resampling& resampling) {
  const Index classes = models.front().own.probabilities.cols();
  const metrics::LabelMatrix target = metrics::label_matrix(labels, classes);
  std::vector<std::vector<metrics::Ranking>> rankings(models.size());
  std::vector<Indicator> right;
  std::vector<int> classes_of;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const Predictions& predictions = models[m].own;
    if (multi_label) {
      for (Index c = 0; c < classes; ++c) {
        rankings[m].emplace_back(predictions.probabilities.col(c), target.col(c));
      }
    } else {
      right.push_back(indicator(
          labels.size(), [&](std::size_t i) { return predictions.best[i] == labels[i].front(); }));
    }
  }
  if (!multi_label) {
    for (const auto& own : labels) classes_of.push_back(own.front());
  }
  return measure_replicates(
      {metrics::clusters_of(models.front().own.group_of_row)},
      [&](const std::vector<metrics::Times>& times) {
        std::vector<metrics::Lanes<double>> found;
        for (std::size_t m = 0; m < models.size(); ++m) {
          found.push_back(multi_label ? macro_map(rankings[m], times[0])
                                      : share(times[0], right[m]));
        }
        for (std::size_t m = 0; !multi_label && m < models.size(); ++m) {
          found.push_back(metrics::macro_f1(models[m].own.best, classes_of,
                                            static_cast<int>(classes), times[0]));
        }
        return found;
      },
      resampling, "intervals of the differences");
}

/// Is model `a` significantly worse in domain than model `b`?
bool is_worse(const std::vector<ModelPredictions>& models, const MeasuredReplicates& measured,
              bool multi_label, const Labels& labels, std::size_t a, std::size_t b) {
  const auto worse = [&](std::size_t first) {
    const metrics::Difference difference = paired_difference(measured, first + a, first + b);
    return difference.significant && difference.value < 0;
  };
  if (multi_label) return worse(0);
  const LabelledRows of_a = labelled_rows(models[a].own, labels);
  const LabelledRows of_b = labelled_rows(models[b].own, labels);
  const bool uneven =
      metrics::mcnemar(of_a.right, of_b.right, metrics::clusters_of(of_a.groups)).p <
      kSignificanceLevel;
  return (worse(0) && uneven) || worse(models.size());
}

/// A score with its threshold and its estimates.
struct ScoreEstimate {
  ScoreResult result;
  std::vector<double> of_unrelated, of_related;  // replicates; empty: no estimate
};

/// What is chosen by, of all replicates too: the less the better.
struct Loss {
  double value = 0;
  std::vector<double> replicates;
};

double lowest_of(const Thresholds& thresholds) {
  return *std::min_element(thresholds.values.begin(), thresholds.values.end());
}

/// Of each score, the share of that background which gets a label from heads that did not learn it.
/// Empty where there is none. Of clusters the interval holds other kinds of pictures too
/// (metrics/kinds.h): where all of them agree, those to come need not.
std::vector<ShareEstimate> expect_background(const ModelPredictions::HeldOutClusters& held_out,
                                             bool unlabelled, const Labels& labels,
                                             const metrics::Keep& keep,
                                             const metrics::Resampling& resampling) {
  const LabelledRows own = labelled_rows(held_out.own, labels);
  const Predictions& background = held_out.background;
  std::vector<int> rows, groups;
  for (std::size_t i = 0; i < background.rows(); ++i) {
    const bool is_unlabelled = !held_out.unlabelled.empty() && held_out.unlabelled[i];
    if (is_unlabelled != unlabelled) continue;
    rows.push_back(static_cast<int>(i));
    groups.push_back(background.group_of_row[i]);
  }
  std::vector<ShareEstimate> estimates;
  if (rows.empty()) return estimates;
  std::vector<Keeping> keeping;
  for (std::size_t s = 0; s < background.scores.size(); ++s) {
    keeping.emplace_back(keep, held_out.own, own, s, background, rows);
  }
  MeasuredReplicates shares = measure_replicates(
      {metrics::clusters_of(own.groups), metrics::clusters_of(groups)},
      [&](const auto& times) {
        std::vector<metrics::Lanes<double>> passing;
        for (const Keeping& one : keeping) passing.push_back(one.passing(times[0], times[1]));
        return passing;
      },
      resampling, "expected false accepts");
  metrics::Clusters clusters = metrics::clusters_of(groups);
  const bool kinds = !unlabelled && clusters.size() > 1 && clusters.size() < rows.size();
  for (auto& cluster : clusters) {
    for (int& row : cluster) row = rows[static_cast<std::size_t>(row)];
  }
  for (std::size_t s = 0; s < keeping.size(); ++s) {
    Measured share = shares.measured[s];
    if (unlabelled) {
      share = at_least_wilson(share, static_cast<double>(clusters.size()));
    } else if (kinds) {
      // Where all replicates agree, other kinds alone say how wide it is.
      if (is_point(shares.replicates[s])) share.low = share.high = share.value;
      const metrics::Interval of_new = metrics::interval_of_new_kinds(
          passing_of_each(keeping[s].thresholds(), background, s, clusters), kNewKinds);
      share.low = std::min(share.low, of_new.low);
      share.high = std::max(share.high, of_new.high);
    }
    estimates.push_back({share, std::move(shares.replicates[s])});
  }
  return estimates;
}

/// Of each score, what becomes of related pictures; empty where nothing tells. The user's unsorted
/// pictures tell more than hidden classes: they are what will come.
std::vector<ShareEstimate> estimate_related(const ModelPredictions& model, const Labels& labels,
                                            const metrics::Keep& keep,
                                            const metrics::Resampling& resampling) {
  std::vector<ShareEstimate> found;
  if (model.held_out) {
    found = expect_background(*model.held_out, true, labels, keep, resampling);
  }
  if (found.empty() && model.hidden_classes) {
    found = expect_related(*model.hidden_classes, keep, resampling);
  }
  return found;
}

/// Of each score of the model.
std::vector<ScoreEstimate> estimate_scores(const ModelPredictions& model, const Labels& labels,
                                           const metrics::Keep& keep,
                                           const metrics::Resampling& resampling) {
  std::vector<ScoreEstimate> estimates(model.score_kinds.size());
  const LabelledRows labelled = labelled_rows(model.own, labels);
  for (std::size_t s = 0; s < estimates.size(); ++s) {
    estimates[s].result.kind = model.score_kinds[s];
    const Thresholds thresholds = Keeping(keep, model.own, labelled, s).thresholds();
    estimates[s].result.threshold = lowest_of(thresholds);
  }
  std::vector<ShareEstimate> related = estimate_related(model, labels, keep, resampling);
  for (std::size_t s = 0; s < related.size(); ++s) {
    estimates[s].result.related = related[s].labelled;
    estimates[s].of_related = std::move(related[s].replicates);
  }
  if (!model.held_out) return estimates;
  std::vector<ShareEstimate> unrelated =
      expect_background(*model.held_out, false, labels, keep, resampling);
  for (std::size_t s = 0; s < unrelated.size(); ++s) {
    estimates[s].result.estimate = unrelated[s].labelled;
    estimates[s].of_unrelated = std::move(unrelated[s].replicates);
  }
  return estimates;
}

/// The mean of both. related: some model has an estimate of related pictures; one that hasn't
/// labels all.
Loss expected_of(const ScoreEstimate& one, bool related, int replicates) {
  Loss mean{0, std::vector<double>(static_cast<std::size_t>(replicates))};
  const bool all_related = related && !one.result.related;
  const double n = one.result.estimate.has_value() + one.result.related.has_value() + all_related;
  const auto add = [&](double value, const std::vector<double>& each) {
    mean.value += value / n;
    for (std::size_t r = 0; r < mean.replicates.size(); ++r) {
      mean.replicates[r] += (each.empty() ? value : each[r]) / n;
    }
  };
  if (one.result.estimate) add(one.result.estimate->value, one.of_unrelated);
  if (one.result.related) add(one.result.related->value, one.of_related);
  if (all_related) add(1, {});
  return mean;
}

/// Is a significantly more than b?
bool is_more(const Loss& a, const Loss& b) {
  const metrics::Difference difference =
      metrics::paired_difference(a.value, b.value, a.replicates, b.replicates);
  return difference.significant && difference.value > 0;
}

/// The highest probability, which needs no explanation, or both gates where no more passes: what
/// neither estimate has met is more likely to be far away. Another score in their place if
/// significantly fewer of the held-out background pass: then the one that lets the fewest pass.
/// (The best of many is partly luck. Hidden classes have no part in it: without them the logits of
/// softmax mean something else, and scores of logits look better than they are.)
std::size_t best_score(const std::vector<ScoreEstimate>& scores, bool related, int replicates) {
  const std::size_t gates = scores.size() - 1;
  const bool both = scores[gates].result.kind == ood::ScoreKind::kBothGates &&
                    expected_of(scores[gates], related, replicates).value <=
                        expected_of(scores[0], related, replicates).value;
  const std::size_t usual = both ? gates : 0;
  std::size_t best = usual;
  const auto share = [&](std::size_t s) { return scores[s].result.estimate->value; };
  for (std::size_t s = 1; scores[0].result.estimate && s < scores.size(); ++s) {
    if (share(s) < share(best) &&
        is_more({share(usual), scores[usual].of_unrelated}, {share(s), scores[s].of_unrelated})) {
      best = s;
    }
  }
  return best;
}

/// A model, by the score that it would be used with.
struct Candidate {
  std::size_t model;
  Loss loss;
  bool by_distance;
};

/// See select(). The first one is the best plain model.
const Candidate& choose(const std::vector<Candidate>& candidates) {
  const Candidate* fewest = &candidates.front();
  for (const Candidate& one : candidates) {
    if (one.loss.value < fewest->loss.value) fewest = &one;
  }
  const Candidate* chosen = nullptr;
  for (const Candidate& one : candidates) {
    if (!one.by_distance || is_more(one.loss, fewest->loss)) {
      continue;
    }
    if (!chosen || one.loss.value < chosen->loss.value) chosen = &one;
  }
  return chosen ? *chosen : *fewest;
}

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
struct Evidence {
  std::vector<double> scores;
  LabelledRows labelled;
  Negatives negatives;

  Evidence(const Predictions& own, const Predictions* background, std::size_t score,
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
Evidence held_out_evidence(const ModelPredictions& model, std::size_t score, const Labels& labels) {
  return model.held_out ? Evidence(model.held_out->own, &model.held_out->background, score, labels)
                        : Evidence(model.own, nullptr, score, labels);
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
  const metrics::ChosenThreshold chosen =
      model.held_out
          ? Evidence(model.own, nullptr, score, labels).choose(keep ? aim : same_share, resampling)
          : by_held_out;
  recommended.threshold = measured_of(chosen.value, chosen.interval);
  recommended.reachable = by_held_out.reachable;
  recommended.kept = achieved(keep ? chosen.kept : by_held_out.kept);
  recommended.precision = achieved(by_held_out.precision);
  recommended.answered = achieved(by_held_out.answered);
  return recommended;
}

/// The threshold of a model's score, and what it will do.
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

}  // namespace

Matrix label_scores(const train::ModelSpec& spec, const Matrix& logits, Index classes) {
  return (spec.one_class() ? metrics::against_the_rest(logits) : logits).leftCols(classes);
}

Thresholds thresholds_of(const Recommendation& recommended) {
  Thresholds thresholds;
  for (const auto& one : recommended.each_class) thresholds.values.push_back(one.threshold.value);
  if (thresholds.values.empty()) thresholds.values = {recommended.threshold.value};
  return thresholds;
}

Measured labelled_at(const Thresholds& thresholds, const Predictions& predictions,
                     std::size_t score, const metrics::Resampling& resampling) {
  const Indicator passes = indicator(
      predictions.rows(), [&](std::size_t i) { return thresholds.accepts(predictions, score, i); });
  return measure_replicates(
             {metrics::clusters_of(predictions.group_of_row)},
             [&](const auto& times) { return std::vector{share(times[0], passes)}; }, resampling)
      .measured[0];
}

Indicator accepted(const Selection& selection, const Predictions& predictions) {
  const Thresholds thresholds = thresholds_of(selection.recommended());
  return indicator(predictions.rows(), [&](std::size_t i) {
    return thresholds.accepts(predictions, selection.recommended_score(), i);
  });
}

Selection select(const std::vector<ModelPredictions>& models,
                 const std::vector<ModelResult>& results, const Labels& labels,
                 const SelectOptions& options) {
  if (models.empty()) throw std::invalid_argument("no model to select from");
  const bool multi_label = results.front().in_domain.labels.has_value();
  Selection selection;
  selection.aim_ = options.aim;
  const metrics::Keep keep = options.aim.compared_at();
  selection.in_domain_ = replicate_in_domain(models, labels, multi_label, options.resampling);
  std::vector<std::vector<ScoreEstimate>> estimates;
  for (const ModelPredictions& model : models) {
    estimates.push_back(estimate_scores(model, labels, keep, options.resampling));
    selection.scores_.emplace_back();
    for (const ScoreEstimate& one : estimates.back())
      selection.scores_.back().push_back(one.result);
  }

  const bool related = std::any_of(models.begin(), models.end(), [](const ModelPredictions& model) {
    return model.hidden_classes || (model.held_out && !model.held_out->unlabelled.empty());
  });
  selection.used_.assign(models.size(), 0);
  std::size_t chosen = 0;
  // With neither estimate there is nothing to select by: the first.
  if (models.front().held_out || related) {
    for (std::size_t m = 0; m < models.size(); ++m) {
      selection.used_[m] = best_score(estimates[m], related, options.resampling.replicates());
    }
    const std::size_t plain = best_plain(models, results);
    std::vector<Candidate> candidates;
    const auto add = [&](std::size_t m) {
      const std::size_t score = selection.used_[m];
      Loss loss =
          options.aim.kind == metrics::Aim::Kind::kKeep
              ? expected_of(estimates[m][score], related, options.resampling.replicates())
              : held_out_evidence(models[m], score, labels).loss(options.aim, options.resampling);
      candidates.push_back({m, std::move(loss),
                            models[m].spec.head == head::HeadKind::kRbf ||
                                ood::needs_features(models[m].score_kinds[score])});
    };
    add(plain);
    for (std::size_t m = 0; m < models.size(); ++m) {
      if (m != plain && !is_worse(models, selection.in_domain_, multi_label, labels, m, plain)) {
        add(m);
      }
    }
    chosen = choose(candidates).model;
  }
  const ModelPredictions& model = models[chosen];
  selection.recommended_ = with_threshold(model, selection.used_[chosen],
                                          selection.scores_[chosen][selection.used_[chosen]],
                                          options.aim, labels, options.resampling);
  selection.recommended_.model = chosen;

  const Index classes = model.own.probabilities.cols();
  selection.set_thresholds_ =
      metrics::ConformalPredictor(label_scores(model.spec, model.own.logits, classes), labels,
                                  model.own.group_of_row)
          .thresholds(options.alpha);
  return selection;
}

}  // namespace oneormany::evaluate
