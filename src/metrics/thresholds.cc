#include "metrics/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "metrics/threshold_sweep.h"

namespace oneormany::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  // a replicate that says nothing

/// The interval of a share of pictures to come. `flattery`: how much higher it was in each
/// replicate, of the threshold that the replicate chose, than the same threshold's on all rows. At
/// least as wide as Wilson's: close to 0 and 1 too few replicates differ to say what might have
/// been.
Interval interval_to_come(double value, std::vector<double> flattery, double independent) {
  std::erase_if(flattery, [](double one) { return std::isnan(one); });
  if (std::isnan(value) || flattery.empty()) return {0, 1};
  const Interval off = interval_of(std::move(flattery));
  const Interval wilson = proportion_interval(value * independent, independent);
  return {std::clamp(value - off.high, 0.0, wilson.low),
          std::clamp(value - off.low, wilson.high, 1.0)};
}

/// What is left out at either end for the interval of a threshold. Few pictures choose among few
/// scores, and their replicates among fewer: 0.025 for very many, 0.0125 for 200 right predictions.
double tail_of(double right) { return 0.025 * right / (right + 200); }

/// A threshold for each of the sweeps, which are all of the same rows: those of the samples, one
/// after the other.
std::vector<ChosenThreshold> choose_each(const Aim& aim, const std::vector<ThresholdSweep>& sweeps,
                                         const std::vector<Clusters>& samples, std::uint64_t seed,
                                         const std::function<void()>& each_replicate) {
  if (sweeps.empty()) return {};
  const Times once = Times::Ones(sweeps[0].rows());
  std::vector<ThresholdSweep::OperatingPoint> points;  // on all rows
  for (const ThresholdSweep& sweep : sweeps) points.push_back(sweep.choose(aim, once));

  std::vector<int> cluster_of_row;
  for (int cluster = 0, first = 0; const Clusters& clusters : samples) {
    cluster_of_row.resize(static_cast<std::size_t>(once.size()));
    int rows = 0;
    for (const auto& own : clusters) {
      for (const int row : own)
        cluster_of_row.at(static_cast<std::size_t>(first) + static_cast<std::size_t>(row)) =
            cluster;
      rows += static_cast<int>(own.size());
      ++cluster;
    }
    first += rows;
  }

  constexpr std::size_t kEach = 4;  // the threshold, and the flattery of three shares
  const auto replicates = bootstrap(
      samples,
      [&](const std::vector<Times>& each_sample) {
        if (each_replicate) each_replicate();
        Times times(once.size());
        Index first = 0;
        for (const Times& own : each_sample) {
          times.segment(first, own.size()) = own;
          first += own.size();
        }
        std::vector<double> found;
        for (std::size_t l = 0; l < sweeps.size(); ++l) {
          const ThresholdSweep& sweep = sweeps[l];
          const ThresholdSweep::OperatingPoint point = sweep.choose(aim, times);
          if (!point.chosen) {
            found.insert(found.end(), kEach, kNaN);
            continue;
          }
          found.push_back(sweep.threshold(point));
          const auto here = sweep.shares(point.accepted, point.all);
          const auto there = sweep.shares(sweep.accepted(found.back()), points[l].all);
          for (std::size_t m = 0; m < here.size(); ++m) found.push_back(here[m] - there[m]);
        }
        return found;
      },
      seed);

  std::vector<ChosenThreshold> chosen;
  for (std::size_t l = 0; l < sweeps.size(); ++l) {
    const ThresholdSweep& sweep = sweeps[l];
    ChosenThreshold one;
    one.value = sweep.threshold(points[l]);
    one.reachable = points[l].reachable;
    std::vector<double> values = replicates[l * kEach];
    std::erase_if(values, [](double value) { return std::isnan(value); });
    const auto independent = sweep.independent(one.value, cluster_of_row);
    one.interval = values.empty() ? Interval{one.value, one.value}
                                  : interval_of(values, tail_of(independent[0]));
    const auto shares = sweep.shares(sweep.accepted(one.value), points[l].all);
    const std::array<ChosenThreshold::Achieved*, 3> achieved{&one.kept, &one.precision,
                                                             &one.answered};
    for (std::size_t m = 0; m < achieved.size(); ++m) {
      achieved[m]->value = std::isnan(shares[m]) ? 0 : shares[m];
      achieved[m]->interval =
          interval_to_come(shares[m], replicates[l * kEach + 1 + m], independent[m]);
    }
    chosen.push_back(one);
  }
  return chosen;
}

std::size_t rows_of(const Clusters& clusters) {
  std::size_t rows = 0;
  for (const auto& cluster : clusters) rows += cluster.size();
  return rows;
}

}  // namespace

ChosenThreshold choose_threshold(const Aim& aim, const std::vector<double>& scores,
                                 const std::vector<bool>& right, const Clusters& clusters,
                                 std::uint64_t seed, const std::vector<double>& negatives,
                                 const Clusters& negative_clusters) {
  if (scores.empty()) throw std::invalid_argument("choose_threshold: there are no scores");
  if (scores.size() != right.size() || scores.size() != rows_of(clusters) ||
      negatives.size() != rows_of(negative_clusters)) {
    throw std::invalid_argument(
        "choose_threshold: scores, predictions and clusters of different rows");
  }
  return choose_each(aim, {ThresholdSweep(scores, right, negatives)}, {clusters, negative_clusters},
                     seed, {})[0];
}

double label_threshold(const Aim& aim, const Vector& probabilities, const Eigen::VectorXi& target) {
  const ThresholdSweep sweep(probabilities, target);
  return sweep.threshold(sweep.choose(aim, Times::Ones(sweep.rows())));
}

std::vector<ChosenThreshold> choose_label_thresholds(const Aim& aim, const Matrix& probabilities,
                                                     const LabelMatrix& target,
                                                     const Clusters& clusters, std::uint64_t seed,
                                                     const std::function<void()>& each_replicate) {
  if (probabilities.rows() != target.rows() || probabilities.cols() != target.cols() ||
      static_cast<std::size_t>(target.rows()) != rows_of(clusters)) {
    throw std::invalid_argument(
        "choose_label_thresholds: probabilities, labels and clusters of different rows");
  }
  std::vector<ThresholdSweep> sweeps;
  for (Index c = 0; c < target.cols(); ++c) {
    sweeps.emplace_back(probabilities.col(c), target.col(c));
  }
  return choose_each(aim, sweeps, {clusters}, seed, each_replicate);
}

Matrix thresholds_from_other_folds(const Aim& aim, const Matrix& probabilities,
                                   const LabelMatrix& target, const std::vector<int>& fold) {
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  Matrix thresholds(folds, probabilities.cols());
  for (int f = 0; f < folds; ++f) {
    std::vector<Index> others;
    for (std::size_t i = 0; i < fold.size(); ++i) {
      if (fold[i] != f) others.push_back(static_cast<Index>(i));
    }
    for (Index c = 0; c < probabilities.cols(); ++c) {
      thresholds(f, c) = label_threshold(aim, probabilities(others, c), target(others, c));
    }
  }
  return thresholds;
}

}  // namespace oneormany::metrics
