#include "evaluate/select.h"

#include <algorithm>
#include <stdexcept>

#include "evaluate/related.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "metrics/kinds.h"
#include "metrics/labels.h"
#include "metrics/measures.h"
#include "metrics/paired.h"
#include "metrics/prediction_sets.h"
#include "metrics/thresholds.h"
#include "ood/separation.h"

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

/// A share in all replicates too.
struct Share {
  double value = 0;
  std::vector<double> replicates;
};

/// A score with its threshold and its estimates.
struct ScoreEstimate {
  ScoreResult result;
  std::vector<double> of_unrelated, of_related;  // replicates; empty: no estimate
  Share expected;                                // of both: what is chosen by
};

/// Of each cluster how many of its rows reach the threshold.
std::vector<metrics::KindCount> counts_of(const std::vector<double>& scores, double threshold,
                                          const metrics::Clusters& clusters) {
  std::vector<metrics::KindCount> counts;
  for (const auto& rows : clusters) {
    metrics::KindCount count{0, static_cast<double>(rows.size())};
    for (const int row : rows) count.some += scores[static_cast<std::size_t>(row)] >= threshold;
    counts.push_back(count);
  }
  return counts;
}

/// Of each score, the share of that background which gets a label from heads that did not learn it.
/// Empty where there is none. Of clusters the interval holds other kinds of pictures too
/// (metrics/kinds.h): where all of them agree, those to come need not.
std::vector<ShareEstimate> expect_background(const ModelPredictions::HeldOutClusters& held_out,
                                             bool unlabelled, const Labels& labels, double kept,
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
  std::vector<ood::Separation> separations;
  for (std::size_t s = 0; s < background.scores.size(); ++s) {
    separations.emplace_back(at_rows(held_out.own.scores[s], own.rows), own.right,
                             at_rows(background.scores[s], rows), kept);
  }
  MeasuredReplicates shares = measure_replicates(
      {metrics::clusters_of(own.groups), metrics::clusters_of(groups)},
      [&](const auto& times) {
        std::vector<metrics::Lanes<double>> passing;
        for (const ood::Separation& one : separations) {
          passing.push_back(one.measure(times[0], times[1]).passing);
        }
        return passing;
      },
      resampling, "expected false accepts");
  const metrics::Clusters clusters = metrics::clusters_of(groups);
  for (std::size_t s = 0; s < separations.size(); ++s) {
    Measured share = shares.measured[s];
    if (unlabelled) {
      share = at_least_wilson(share, static_cast<double>(clusters.size()));
    } else if (clusters.size() > 1 && clusters.size() < rows.size()) {
      const metrics::Interval of_new = metrics::interval_of_new_kinds(
          counts_of(at_rows(background.scores[s], rows), separations[s].threshold(), clusters),
          kNewKinds);
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
                                            double kept, const metrics::Resampling& resampling) {
  std::vector<ShareEstimate> found;
  if (model.held_out) {
    found = expect_background(*model.held_out, true, labels, kept, resampling);
  }
  if (found.empty() && model.hidden_classes) {
    found = expect_related(*model.hidden_classes, kept, resampling);
  }
  return found;
}

/// Of each score of the model.
std::vector<ScoreEstimate> estimate_scores(const ModelPredictions& model, const Labels& labels,
                                           double kept, const metrics::Resampling& resampling) {
  std::vector<ScoreEstimate> estimates(model.score_kinds.size());
  const LabelledRows labelled = labelled_rows(model.own, labels);
  for (std::size_t s = 0; s < estimates.size(); ++s) {
    estimates[s].result.kind = model.score_kinds[s];
    estimates[s].result.threshold =
        ood::Separation(at_rows(model.own.scores[s], labelled.rows), labelled.right, {}, kept)
            .threshold();
  }
  std::vector<ShareEstimate> related = estimate_related(model, labels, kept, resampling);
  for (std::size_t s = 0; s < related.size(); ++s) {
    estimates[s].result.related = related[s].labelled;
    estimates[s].of_related = std::move(related[s].replicates);
  }
  if (!model.held_out) return estimates;
  std::vector<ShareEstimate> unrelated =
      expect_background(*model.held_out, false, labels, kept, resampling);
  for (std::size_t s = 0; s < unrelated.size(); ++s) {
    estimates[s].result.estimate = unrelated[s].labelled;
    estimates[s].of_unrelated = std::move(unrelated[s].replicates);
  }
  return estimates;
}

/// Their mean. related: some model has an estimate of related pictures; one that hasn't labels all.
Share expected_of(const ScoreEstimate& one, bool related, int replicates) {
  std::vector<Share> parts;
  if (one.result.estimate) parts.push_back({one.result.estimate->value, one.of_unrelated});
  if (one.result.related) parts.push_back({one.result.related->value, one.of_related});
  if (related && !one.result.related) parts.push_back({1, {}});
  Share mean{0, std::vector<double>(static_cast<std::size_t>(replicates))};
  const auto n = static_cast<double>(parts.size());
  for (Share& part : parts) {
    if (part.replicates.empty()) part.replicates.assign(mean.replicates.size(), part.value);
    mean.value += part.value / n;
    for (std::size_t r = 0; r < mean.replicates.size(); ++r) {
      mean.replicates[r] += part.replicates[r] / n;
    }
  }
  return mean;
}

/// Does `a` have significantly more than `b`?
bool is_more(const Share& a, const Share& b) {
  const metrics::Difference difference =
      metrics::paired_difference(a.value, b.value, a.replicates, b.replicates);
  return difference.significant && difference.value > 0;
}

/// The highest probability, which needs no explanation, unless another score lets fewer of the
/// held-out background pass by a significant difference: then the one that lets the fewest pass.
/// (The best of many is partly luck. Hidden classes have no part in it: without them the logits of
/// softmax mean something else, and scores of logits look better than they are.)
std::size_t best_score(const std::vector<ScoreEstimate>& scores) {
  std::size_t best = 0;
  const auto share = [&](std::size_t s) {
    return Share{scores[s].result.estimate->value, scores[s].of_unrelated};
  };
  for (std::size_t s = 1; scores[0].result.estimate && s < scores.size(); ++s) {
    const bool fewest = share(s).value < share(best).value;
    if (fewest && is_more(share(0), share(s))) best = s;
  }
  return best;
}

/// A model with the score that it would be used with.
struct Candidate {
  std::size_t model, score;
  const Share& expected;
  bool by_distance;
};

/// See select(). The first one is the best plain model.
const Candidate& choose(const std::vector<Candidate>& candidates) {
  const Candidate* fewest = &candidates.front();
  for (const Candidate& one : candidates) {
    if (one.expected.value < fewest->expected.value) fewest = &one;
  }
  const Candidate* chosen = nullptr;
  for (const Candidate& one : candidates) {
    if (!one.by_distance || is_more(one.expected, fewest->expected)) continue;
    if (!chosen || one.expected.value < chosen->expected.value) chosen = &one;
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

metrics::ChosenThreshold choose_on(const metrics::Aim& aim, const Predictions& own,
                                   const Predictions* background, std::size_t score,
                                   const Labels& labels, const metrics::Resampling& resampling) {
  const LabelledRows labelled = labelled_rows(own, labels);
  const Negatives negatives = negatives_of(own, background, score, labels);
  return metrics::choose_threshold(aim, at_rows(own.scores[score], labelled.rows), labelled.right,
                                   metrics::clusters_of(labelled.groups), resampling,
                                   negatives.scores, metrics::clusters_of(negatives.groups));
}

/// The threshold of a model's score, and what it will do.
Recommendation with_threshold(const ModelPredictions& model, std::size_t score,
                              const ScoreResult& result, const metrics::Aim& aim,
                              const Labels& labels, const metrics::Resampling& resampling) {
  Recommendation recommended;
  const auto& held_out = model.held_out;
  const bool keep = aim.kind == metrics::Aim::Kind::kKeep;
  // What background does to precision or cost must be measured by heads that never met it.
  const metrics::ChosenThreshold by_held_out =
      held_out ? choose_on(aim, held_out->own, &held_out->background, score, labels, resampling)
               : choose_on(aim, model.own, nullptr, score, labels, resampling);
  // Those heads have another scale. What carries over to the heads that know all background is the
  // share of right predictions kept.
  const metrics::Aim same_share{.kind = metrics::Aim::Kind::kKeep,
                                .share = std::max(by_held_out.kept.value, 1e-9)};
  const metrics::ChosenThreshold chosen =
      held_out ? choose_on(keep ? aim : same_share, model.own, nullptr, score, labels, resampling)
               : by_held_out;
  recommended.threshold = {chosen.value, chosen.interval.low, chosen.interval.high};
  recommended.reachable = by_held_out.reachable;
  recommended.kept = achieved(keep ? chosen.kept : by_held_out.kept);
  recommended.precision = achieved(by_held_out.precision);
  recommended.answered = achieved(by_held_out.answered);
  recommended.score = result.kind;
  recommended.aim = aim;
  recommended.related = result.related;
  if (!keep && result.related && by_held_out.kept.value > 0) {
    recommended.related =
        estimate_related(model, labels, by_held_out.kept.value, resampling)[score].labelled;
  }
  if (!held_out) return recommended;
  if (keep || !result.estimate) {
    recommended.estimate = result.estimate;
  } else if (held_out->unlabelled.empty()) {
    recommended.estimate = labelled_at(by_held_out.value, held_out->background, score, resampling);
  } else {
    recommended.estimate =
        expect_background(*held_out, false, labels, std::max(by_held_out.kept.value, 1e-9),
                          resampling)[score]
            .labelled;
  }
  return recommended;
}

}  // namespace

Matrix label_scores(const train::ModelSpec& spec, const Matrix& logits, Index classes) {
  return (spec.one_class() ? metrics::against_the_rest(logits) : logits).leftCols(classes);
}

Measured labelled_at(double threshold, const Predictions& predictions, std::size_t score,
                     const metrics::Resampling& resampling) {
  const std::size_t n = predictions.highest.size();
  const Indicator passes = indicator(n, [&](std::size_t i) {
    return predictions.scores[score](static_cast<Index>(i)) >= threshold;
  });
  return measure_replicates(
             {metrics::clusters_of(predictions.group_of_row)},
             [&](const auto& times) { return std::vector{share(times[0], passes)}; }, resampling)
      .measured[0];
}

Indicator accepted(const Selection& selection, const Predictions& predictions) {
  const Vector& scores = predictions.scores[selection.recommended_score()];
  return (scores.array() >= selection.recommended().threshold.value).cast<int>();
}

Selection select(const std::vector<ModelPredictions>& models,
                 const std::vector<ModelResult>& results, const Labels& labels,
                 const SelectOptions& options) {
  if (models.empty()) throw std::invalid_argument("no model to select from");
  const bool multi_label = results.front().in_domain.labels.has_value();
  Selection selection;
  selection.aim_ = options.aim;
  const double kept = options.aim.compared_at();
  selection.in_domain_ = replicate_in_domain(models, labels, multi_label, options.resampling);
  std::vector<std::vector<ScoreEstimate>> estimates;
  for (const ModelPredictions& model : models) {
    estimates.push_back(estimate_scores(model, labels, kept, options.resampling));
    selection.scores_.emplace_back();
    for (const ScoreEstimate& one : estimates.back())
      selection.scores_.back().push_back(one.result);
  }

  const bool related = std::any_of(models.begin(), models.end(), [](const ModelPredictions& model) {
    return model.hidden_classes || (model.held_out && !model.held_out->unlabelled.empty());
  });
  std::size_t chosen = 0;
  // With neither estimate there is nothing to select by: the first.
  if (models.front().held_out || related) {
    for (auto& of_model : estimates) {
      for (ScoreEstimate& one : of_model) {
        one.expected = expected_of(one, related, options.resampling.replicates());
      }
    }
    const std::size_t plain = best_plain(models, results);
    std::vector<Candidate> candidates;
    const auto add = [&](std::size_t m) {
      const std::size_t score = best_score(estimates[m]);
      candidates.push_back({m, score, estimates[m][score].expected,
                            models[m].spec.head == head::HeadKind::kRbf ||
                                ood::needs_features(models[m].score_kinds[score])});
    };
    add(plain);
    for (std::size_t m = 0; m < models.size(); ++m) {
      if (m != plain && !is_worse(models, selection.in_domain_, multi_label, labels, m, plain)) {
        add(m);
      }
    }
    const Candidate& best = choose(candidates);
    chosen = best.model;
    selection.score_ = best.score;
  }
  const ModelPredictions& model = models[chosen];
  selection.recommended_ =
      with_threshold(model, selection.score_, selection.scores_[chosen][selection.score_],
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
