#include "evaluate/in_domain.h"

#include <algorithm>
#include <numeric>

#include "evaluate/replicates.h"
#include "loss/matrix.h"
#include "loss/rows.h"
#include "metrics/labels.h"
#include "metrics/measures.h"
#include "metrics/reliability.h"

namespace oneormany::evaluate {

Summary summary_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {values.front(),
          std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n),
          (values[(n - 1) / 2] + values[n / 2]) / 2, values.back()};
}

std::vector<double> sums_of(const Matrix& probabilities) {
  const Vector sums = probabilities.rowwise().sum();
  return {sums.begin(), sums.end()};
}

namespace {

/// The mean loss, as loss::evaluate() has it: some rows at a time, for targets and gradient of all
/// would take as much memory as the logits each. Of each row, or for a loss of labels each logit.
double log_loss(const loss::Loss& loss, const Matrix& logits,
                const std::vector<std::vector<int>>& labels) {
  const auto step = static_cast<std::size_t>(loss::rows_per_chunk(logits.cols()));
  double sum = 0;
  for (std::size_t first = 0; first < labels.size(); first += step) {
    const std::size_t n = std::min(step, labels.size() - first);
    const auto from = labels.begin() + static_cast<std::ptrdiff_t>(first);
    const Matrix targets =
        loss::one_hot({from, from + static_cast<std::ptrdiff_t>(n)}, logits.cols());
    sum += loss.evaluate({.logits = &logits(static_cast<Index>(first), 0),
                          .rows = targets.rows(),
                          .columns = targets.cols(),
                          .targets = targets.data()},
                         loss::Reduction::kSum);
  }
  return sum / static_cast<double>(loss.values_size(logits.rows(), logits.cols()));
}

}  // namespace

InDomain evaluate_in_domain(const train::ModelSpec& spec, const Predictions& predictions,
                            data::Problem problem, const std::vector<std::vector<int>>& labels,
                            const metrics::Resampling& resampling) {
  const Matrix& p = predictions.probabilities;
  const int classes = static_cast<int>(p.cols());
  const metrics::LabelMatrix target = metrics::label_matrix(labels, classes);

  const metrics::Clusters clusters = metrics::clusters_of(predictions.group_of_row);
  InDomain result;
  MeasuredReplicates shares;
  if (problem == data::Problem::kOneClass) {
    std::vector<int> one;
    for (const auto& own : labels) one.push_back(own[0]);
    const Indicator is_right =
        indicator(one.size(), [&](std::size_t i) { return predictions.best[i] == one[i]; });
    shares = measure_replicates(
        {clusters},
        [&](const auto& times) {
          return std::vector{share(times[0], is_right),
                             metrics::macro_f1(predictions.best, one, classes, times[0])};
        },
        resampling);
    result.ece = metrics::confidence_of_best(p, labels).ece();
  } else {
    const metrics::LabelMatrix decided = metrics::decide(p, 0.5);
    const metrics::Decisions decisions(decided, target);
    const Indicator all_right = indicator(labels.size(), [&](std::size_t i) {
      const auto row = static_cast<Index>(i);
      return decided.row(row) == target.row(row);
    });
    shares = measure_replicates(
        {clusters},
        [&](const auto& times) {
          return std::vector{share(times[0], all_right), decisions.f1(times[0]).macro};
        },
        resampling);
    result.ece = metrics::confidence_of_all(p, labels).ece();
  }
  result.accuracy = shares.measured[0];
  const std::vector<double> pictures = pictures_of(target, clusters);
  result.macro_f1 = macro_f1_of(shares, 1, pictures);
  if (problem == data::Problem::kOneClass) {
    result.macro_f1 = at_least_wilson(
        result.macro_f1, pictures_of_mean(pictures, static_cast<double>(clusters.size())));
  }
  // From the logits: a probability may have been rounded to 0 or 1. Of the standard loss whatever
  // the model was fitted to, so that models of one activation can be compared.
  result.log_loss = log_loss(*(spec.one_class() ? loss::cross_entropy() : loss::bce_with_logits()),
                             predictions.logits, labels);
  result.brier = metrics::brier(p, target);
  result.map = metrics::macro_map(p, target);
  result.max_probability = summary_of(predictions.highest);
  result.sum_of_probabilities = summary_of(sums_of(p));
  return result;
}

}  // namespace oneormany::evaluate
