#include "compare/judging.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "judge/bootstrap.h"
#include "judge/labels.h"
#include "judge/measures.h"
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

template <typename T>
std::vector<T> pick(const std::vector<T>& all, const std::vector<int>& rows) {
  std::vector<T> picked;
  picked.reserve(rows.size());
  for (const int row : rows) picked.push_back(all[static_cast<std::size_t>(row)]);
  return picked;
}

/// The measures on all rows, each with its interval over resampled rows.
std::vector<Measured> measured(
    const std::vector<Clusters>& samples, const std::vector<std::size_t>& rows,
    const std::function<std::vector<double>(const std::vector<Times>&)>& measure,
    std::uint64_t seed) {
  std::vector<Times> once;
  for (const std::size_t n : rows) once.push_back(Times::Ones(static_cast<Index>(n)));
  const auto values = measure(once);
  constexpr int kDraws = 1000;
  Progress progress("draws for the intervals", kDraws);
  const auto draws = bootstrap(
      samples,
      [&](const std::vector<Times>& times) {
        throw_if_stopped();
        auto found = measure(times);
        progress.add();
        return found;
      },
      seed, kDraws);
  std::vector<Measured> result;
  for (std::size_t m = 0; m < values.size(); ++m) {
    const Interval interval = interval_of(draws[m]);
    result.push_back({values[m], interval.low, interval.high});
  }
  return result;
}

/// Share of the drawn rows of which it is said.
double share(const Times& times, const Times& said) {
  return static_cast<double>(times.dot(said)) / static_cast<double>(times.sum());
}

template <typename Says>
Times rows_where(std::size_t n, Says says) {
  Times said(static_cast<Index>(n));
  for (std::size_t i = 0; i < n; ++i) said(static_cast<Index>(i)) = says(i);
  return said;
}

/// The answer is right if the most probable class is one that the picture carries.
bool is_right(const Answers& answers, const std::vector<std::vector<int>>& labels,
              std::size_t row) {
  const auto& own = labels[row];
  return std::find(own.begin(), own.end(), answers.best[row]) != own.end();
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

InDomain judge_in_domain(const ArmSpec& spec, Problem problem, const Answers& answers,
                         const Matrix& logits, const std::vector<std::vector<int>>& labels,
                         std::uint64_t seed) {
  const Matrix& p = answers.probabilities;
  const int classes = static_cast<int>(p.cols());
  const LabelMatrix target = one_hot(labels, classes).cast<int>();

  InDomain result;
  std::vector<Measured> shares;
  if (problem == Problem::kOneClass) {
    std::vector<int> one, right;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      one.push_back(labels[i][0]);
      right.push_back(answers.best[i] == one[i]);
    }
    const Times is_right = rows_where(right.size(), [&](std::size_t i) { return right[i]; });
    shares = measured(
        {clusters_of(answers.group_of_row)}, {labels.size()},
        [&](const auto& times) {
          return std::vector{share(times[0], is_right),
                             macro_f1(answers.best, one, classes, times[0])};
        },
        seed);
    result.ece = expected_calibration_error(answers.highest, right);
  } else {
    const LabelMatrix decided = decide(p, 0.5);
    const Decisions decisions(decided, target);
    const Times all_right = rows_where(labels.size(), [&](std::size_t i) {
      const auto row = static_cast<Index>(i);
      return decided.row(row) == target.row(row);
    });
    shares = measured(
        {clusters_of(answers.group_of_row)}, {labels.size()},
        [&](const auto& times) {
          return std::vector{share(times[0], all_right), decisions.f1(times[0]).macro};
        },
        seed);
    result.ece = expected_calibration_error(
        {p.reshaped<Eigen::RowMajor>().begin(), p.reshaped<Eigen::RowMajor>().end()},
        {target.reshaped<Eigen::RowMajor>().begin(), target.reshaped<Eigen::RowMajor>().end()});
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
  // A picture of the data set that carries no label is no picture "of the classes".
  std::vector<int> carriers, carrier_groups;
  std::vector<bool> right;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) continue;
    carriers.push_back(static_cast<int>(i));
    carrier_groups.push_back(in_domain.group_of_row[i]);
    right.push_back(is_right(in_domain, labels, i));
  }
  const auto own_highest = pick(in_domain.highest, carriers);
  const std::size_t n = unseen.highest.size();
  const auto reaching = [&](double at) {
    return rows_where(n, [&](std::size_t i) { return unseen.highest[i] >= at; });
  };
  const Times at_05 = reaching(0.5), at_09 = reaching(0.9);
  const Times not_none = rows_where(n, [&](std::size_t i) { return !unseen.none_wins[i]; });
  const Separation separation(own_highest, right, unseen.highest);
  const auto shares = measured(
      {clusters_of(carrier_groups), clusters_of(unseen.group_of_row)}, {carriers.size(), n},
      [&](const auto& times) {
        const Separation::Measures found = separation.measure(times[0], times[1]);
        return std::vector{share(times[1], not_none),
                           share(times[1], at_05),
                           share(times[1], at_09),
                           found.passing_right_95,
                           found.auroc,
                           found.fpr95};
      },
      seed);

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
