#include "evaluate/estimates.h"

#include <algorithm>
#include <set>

#include "evaluate/data_summary.h"
#include "evaluate/keeping.h"
#include "metrics/kinds.h"
#include "metrics/paired.h"

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;

constexpr int kNewKinds = 5;  // of unrelated pictures: of anything

double lowest_of(const Thresholds& thresholds) {
  return *std::min_element(thresholds.values.begin(), thresholds.values.end());
}

std::size_t unlabelled_pictures(const ModelPredictions::HeldOutClusters& held_out) {
  std::set<int> pictures;
  for (std::size_t i = 0; i < held_out.unlabelled.size(); ++i) {
    if (held_out.unlabelled[i]) pictures.insert(held_out.background.group_of_row[i]);
  }
  return pictures.size();
}

}  // namespace

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

std::vector<ShareEstimate> estimate_related(const ModelPredictions& model, const Labels& labels,
                                            const metrics::Keep& keep,
                                            const metrics::Resampling& resampling) {
  std::vector<ShareEstimate> found;
  if (model.held_out && unlabelled_pictures(*model.held_out) >= DataSummary::Unlabelled::kFewest) {
    found = expect_background(*model.held_out, true, labels, keep, resampling);
  }
  if (found.empty() && model.hidden_classes) {
    found = expect_related(*model.hidden_classes, keep, resampling);
  }
  return found;
}

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

bool is_more(const Loss& a, const Loss& b) {
  const metrics::Difference difference =
      metrics::paired_difference(a.value, b.value, a.replicates, b.replicates);
  return difference.significant && difference.value > 0;
}

}  // namespace oneormany::evaluate
