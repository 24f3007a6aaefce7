#include "evaluate/select.h"

#include <algorithm>
#include <stdexcept>

#include "evaluate/estimates.h"
#include "evaluate/recommended_threshold.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "metrics/labels.h"
#include "metrics/measures.h"
#include "metrics/paired.h"
#include "metrics/prediction_sets.h"

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;

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
  int distances;  ///< in how many ways it measures distance: its head, its score
};

/// See select(). The first one is the best plain model.
const Candidate& choose(const std::vector<Candidate>& candidates) {
  const Candidate* fewest = &candidates.front();
  for (const Candidate& one : candidates) {
    if (one.loss.value < fewest->loss.value) fewest = &one;
  }
  const Candidate* chosen = fewest;
  for (const Candidate& one : candidates) {
    if (is_more(one.loss, fewest->loss)) continue;
    const bool nearer = one.distances > chosen->distances;
    const bool alike = one.distances == chosen->distances;
    if (nearer || (alike && one.loss.value < chosen->loss.value)) chosen = &one;
  }
  return *chosen;
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
      Loss loss = options.aim.kind == metrics::Aim::Kind::kKeep
                      ? expected_of(estimates[m][score], related, options.resampling.replicates())
                      : loss_of_aim(models[m], score, options.aim, labels, options.resampling);
      candidates.push_back({m, std::move(loss),
                            (models[m].spec.head == head::HeadKind::kRbf) +
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
  chosen = options.model.value_or(chosen);
  if (options.given) {
    selection.given_ = true;
    selection.used_.front() = options.given->score;
    chosen = 0;
  }
  const ModelPredictions& model = models[chosen];
  if (options.given) {
    selection.recommended_ =
        with_given_thresholds(model, options.given->score, {options.given->thresholds}, options.aim,
                              labels, options.resampling);
  } else {
    selection.recommended_ = with_threshold(model, selection.used_[chosen],
                                            selection.scores_[chosen][selection.used_[chosen]],
                                            options.aim, labels, options.resampling);
  }
  selection.recommended_.model = chosen;

  const Index classes = model.own.probabilities.cols();
  selection.set_thresholds_ =
      metrics::ConformalPredictor(label_scores(model.spec, model.own.logits, classes), labels,
                                  model.own.group_of_row)
          .thresholds(options.alpha);
  return selection;
}

}  // namespace oneormany::evaluate
