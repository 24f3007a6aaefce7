#include "evaluate/predictions.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "evaluate/replicates.h"
#include "metrics/bootstrap.h"
#include "metrics/labels.h"
#include "metrics/measures.h"
#include "metrics/reliability.h"
#include "ood/separation.h"

namespace oneormany::evaluate {
namespace {

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

}  // namespace

Probabilities probabilities_of(const train::ModelSpec& spec, int classes, const Matrix& logits,
                   const std::vector<int>& groups) {
  const Matrix all = loss::activate(spec.activation(), logits);
  if (!all.allFinite()) throw Error(spec.name + ": the model's answers are not numbers");
  Probabilities predictions;
  predictions.probabilities = all.leftCols(classes);
  predictions.best = metrics::argmax(predictions.probabilities);
  const auto n = static_cast<std::size_t>(all.rows());
  for (std::size_t i = 0; i < n; ++i) {
    const double highest = predictions.probabilities(static_cast<Index>(i), predictions.best[i]);
    predictions.highest.push_back(highest);
    predictions.none_wins.push_back(spec.none_class && all(static_cast<Index>(i), classes) > highest);
    predictions.group_of_row.push_back(groups[i % groups.size()]);
  }
  return predictions;
}

LabelledRows labelled_rows(const Probabilities& predictions, const std::vector<std::vector<int>>& labels) {
  LabelledRows labelled;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) continue;  // no picture "of the classes"
    labelled.rows.push_back(static_cast<int>(i));
    labelled.groups.push_back(predictions.group_of_row[i]);
    labelled.right.push_back(std::find(labels[i].begin(), labels[i].end(), predictions.best[i]) !=
                             labels[i].end());
  }
  return labelled;
}

std::vector<double> at_rows(const Vector& column, const std::vector<int>& rows) {
  const Vector picked = column(rows);
  return {picked.begin(), picked.end()};
}

std::vector<double> all_rows(const Vector& column) { return {column.begin(), column.end()}; }

std::vector<int> alone(Index rows) {
  std::vector<int> groups(static_cast<std::size_t>(rows));
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

InDomain evaluate_in_domain(const train::ModelSpec& spec, data::Problem problem, const Probabilities& predictions,
                         const Matrix& logits, const std::vector<std::vector<int>>& labels,
                         std::uint64_t seed) {
  const Matrix& p = predictions.probabilities;
  const int classes = static_cast<int>(p.cols());
  const Matrix targets = loss::one_hot(labels, classes);
  const metrics::LabelMatrix target = targets.cast<int>();

  InDomain result;
  std::vector<Measured> shares;
  if (problem == data::Problem::kOneClass) {
    std::vector<int> one;
    for (const auto& own : labels) one.push_back(own[0]);
    const metrics::Times is_right =
        indicator(one.size(), [&](std::size_t i) { return predictions.best[i] == one[i]; });
    shares = measure_replicates(
                 {metrics::clusters_of(predictions.group_of_row)}, {labels.size()},
                 [&](const auto& times) {
                   return std::vector{share(times[0], is_right),
                                      metrics::macro_f1(predictions.best, one, classes, times[0])};
                 },
                 seed)
                 .measured;
    result.ece = metrics::confidence_of_best(p, targets).ece();
  } else {
    const metrics::LabelMatrix decided = metrics::decide(p, 0.5);
    const metrics::Decisions decisions(decided, target);
    const metrics::Times all_right = indicator(labels.size(), [&](std::size_t i) {
      const auto row = static_cast<Index>(i);
      return decided.row(row) == target.row(row);
    });
    shares = measure_replicates(
                 {metrics::clusters_of(predictions.group_of_row)}, {labels.size()},
                 [&](const auto& times) {
                   return std::vector{share(times[0], all_right), decisions.f1(times[0]).macro};
                 },
                 seed)
                 .measured;
    result.ece = metrics::confidence_of_all(p, targets).ece();
  }
  result.accuracy = shares[0];
  result.macro_f1 = shares[1];
  // From the logits: a probability may have been rounded to 0 or 1. Of the standard loss whatever
  // the arm was fitted to, so that arms of one kind can be compared.
  const auto standard = spec.one_class() ? loss::cross_entropy() : loss::bce_with_logits();
  result.log_loss =
      loss::evaluate(*standard, logits, loss::one_hot(labels, logits.cols()), loss::Reduction::kMean).value;
  result.brier = metrics::brier(p, target);
  result.map = metrics::macro_map(p, target);
  result.max_probability = summary_of(predictions.highest);
  result.sum_of_probabilities = summary_of(sums_of(p));
  return result;
}

UnseenResult evaluate_unseen(const Probabilities& in_domain, const std::vector<std::vector<int>>& labels,
                    const Probabilities& unseen, std::uint64_t seed) {
  const LabelledRows labelled = labelled_rows(in_domain, labels);
  std::vector<double> own_highest;
  for (const int row : labelled.rows) {
    own_highest.push_back(in_domain.highest[static_cast<std::size_t>(row)]);
  }
  const std::size_t n = unseen.highest.size();
  const auto reaching = [&](double at) {
    return indicator(n, [&](std::size_t i) { return unseen.highest[i] >= at; });
  };
  const metrics::Times at_05 = reaching(0.5), at_09 = reaching(0.9);
  const metrics::Times not_none = indicator(n, [&](std::size_t i) { return !unseen.none_wins[i]; });
  const ood::Separation separation(own_highest, labelled.right, unseen.highest, kUnseenKept);
  const auto shares = measure_replicates(
                          {metrics::clusters_of(labelled.groups), metrics::clusters_of(unseen.group_of_row)},
                          {labelled.rows.size(), n},
                          [&](const auto& times) {
                            const ood::Separation::Measures found =
                                separation.measure(times[0], times[1]);
                            return std::vector{share(times[1], not_none),
                                               share(times[1], at_05),
                                               share(times[1], at_09),
                                               found.passing,
                                               found.auroc,
                                               found.fpr95};
                          },
                          seed)
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

}  // namespace oneormany::evaluate
