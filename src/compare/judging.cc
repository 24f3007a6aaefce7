#include "compare/judging.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "compare/measured.h"
#include "judge/bootstrap.h"
#include "judge/labels.h"
#include "judge/measures.h"
#include "judge/reliability.h"
#include "judge/separation.h"

namespace oneormany {
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

Answers answers_of(const ArmSpec& spec, int classes, const Matrix& logits,
                   const std::vector<int>& groups) {
  const Matrix all = activate(spec.activation(), logits);
  if (!all.allFinite()) throw Error(spec.name + ": the model's answers are not numbers");
  Answers answers;
  answers.probabilities = all.leftCols(classes);
  answers.best = argmax(answers.probabilities);
  const auto n = static_cast<std::size_t>(all.rows());
  for (std::size_t i = 0; i < n; ++i) {
    const double highest = answers.probabilities(static_cast<Index>(i), answers.best[i]);
    answers.highest.push_back(highest);
    answers.none_wins.push_back(spec.none_class && all(static_cast<Index>(i), classes) > highest);
    answers.group_of_row.push_back(groups[i % groups.size()]);
  }
  return answers;
}

Carriers carriers_of(const Answers& answers, const std::vector<std::vector<int>>& labels) {
  Carriers carriers;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) continue;  // no picture "of the classes"
    carriers.rows.push_back(static_cast<int>(i));
    carriers.groups.push_back(answers.group_of_row[i]);
    carriers.right.push_back(std::find(labels[i].begin(), labels[i].end(), answers.best[i]) !=
                             labels[i].end());
  }
  return carriers;
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

InDomain judge_in_domain(const ArmSpec& spec, Problem problem, const Answers& answers,
                         const Matrix& logits, const std::vector<std::vector<int>>& labels,
                         std::uint64_t seed) {
  const Matrix& p = answers.probabilities;
  const int classes = static_cast<int>(p.cols());
  const Matrix targets = one_hot(labels, classes);
  const LabelMatrix target = targets.cast<int>();

  InDomain result;
  std::vector<Measured> shares;
  if (problem == Problem::kOneClass) {
    std::vector<int> one;
    for (const auto& own : labels) one.push_back(own[0]);
    const Times is_right =
        said_of(one.size(), [&](std::size_t i) { return answers.best[i] == one[i]; });
    shares = measure_draws(
                 {clusters_of(answers.group_of_row)}, {labels.size()},
                 [&](const auto& times) {
                   return std::vector{share(times[0], is_right),
                                      macro_f1(answers.best, one, classes, times[0])};
                 },
                 seed)
                 .measured;
    result.ece = confidence_of_best(p, targets).ece();
  } else {
    const LabelMatrix decided = decide(p, 0.5);
    const Decisions decisions(decided, target);
    const Times all_right = said_of(labels.size(), [&](std::size_t i) {
      const auto row = static_cast<Index>(i);
      return decided.row(row) == target.row(row);
    });
    shares = measure_draws(
                 {clusters_of(answers.group_of_row)}, {labels.size()},
                 [&](const auto& times) {
                   return std::vector{share(times[0], all_right), decisions.f1(times[0]).macro};
                 },
                 seed)
                 .measured;
    result.ece = confidence_of_all(p, targets).ece();
  }
  result.accuracy = shares[0];
  result.macro_f1 = shares[1];
  // From the logits: a probability may have been rounded to 0 or 1. Of the standard loss whatever
  // the arm was fitted to, so that arms of one kind can be compared.
  const auto standard = spec.one_class() ? cross_entropy() : bce_with_logits();
  result.log_loss =
      evaluate(*standard, logits, one_hot(labels, logits.cols()), Reduction::kMean).value;
  result.brier = brier(p, target);
  result.map = macro_map(p, target);
  result.max_probability = summary_of(answers.highest);
  result.sum_of_probabilities = summary_of(sums_of(p));
  return result;
}

Unseen judge_unseen(const Answers& in_domain, const std::vector<std::vector<int>>& labels,
                    const Answers& unseen, std::uint64_t seed) {
  const Carriers carriers = carriers_of(in_domain, labels);
  std::vector<double> own_highest;
  for (const int row : carriers.rows) {
    own_highest.push_back(in_domain.highest[static_cast<std::size_t>(row)]);
  }
  const std::size_t n = unseen.highest.size();
  const auto reaching = [&](double at) {
    return said_of(n, [&](std::size_t i) { return unseen.highest[i] >= at; });
  };
  const Times at_05 = reaching(0.5), at_09 = reaching(0.9);
  const Times not_none = said_of(n, [&](std::size_t i) { return !unseen.none_wins[i]; });
  const Separation separation(own_highest, carriers.right, unseen.highest, kUnseenKept);
  const auto shares = measure_draws(
                          {clusters_of(carriers.groups), clusters_of(unseen.group_of_row)},
                          {carriers.rows.size(), n},
                          [&](const auto& times) {
                            const Separation::Measures found =
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

  Unseen result;
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

}  // namespace oneormany
