#include "metrics/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/parallel.h"
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

std::size_t rows_of(const Clusters& clusters) {
  std::size_t rows = 0;
  for (const auto& cluster : clusters) rows += cluster.size();
  return rows;
}

/// A threshold for each of the sweeps, which are all of the same rows: those of the samples, one
/// after the other.
std::vector<ChosenThreshold> choose_each(const Aim& aim, const std::vector<ThresholdSweep>& sweeps,
                                         const std::vector<Clusters>& samples,
                                         const Resampling& resampling,
                                         const std::function<void()>& each_block) {
  if (sweeps.empty()) return {};
  std::vector<Times> once;
  std::vector<int> cluster_of_row;  // of all samples
  for (int cluster = 0; const Clusters& clusters : samples) {
    const std::size_t first = cluster_of_row.size(), rows = rows_of(clusters);
    once.push_back(Times::once(static_cast<Index>(rows)));
    cluster_of_row.resize(first + rows);
    for (const auto& own : clusters) {
      for (const int row : own) cluster_of_row.at(first + static_cast<std::size_t>(row)) = cluster;
      ++cluster;
    }
  }
  std::vector<ThresholdSweep::OperatingPoint> points;  // on all rows
  for (const ThresholdSweep& sweep : sweeps) points.push_back(sweep.choose(aim, once)[0]);

  constexpr std::size_t kEach = 4;  // the threshold, and the flattery of three shares
  const auto replicates = bootstrap(
                              samples,
                              [&](const std::vector<Times>& times) {
                                if (each_block) each_block();
                                std::vector<Lanes<double>> found(kEach * sweeps.size());
                                for (std::size_t s = 0; s < sweeps.size(); ++s) {
                                  const ThresholdSweep& sweep = sweeps[s];
                                  const auto of_lanes = sweep.choose(aim, times);
                                  for (std::size_t l = 0; l < kLanes; ++l) {
                                    const ThresholdSweep::OperatingPoint& point = of_lanes[l];
                                    Lanes<double>* own = &found[kEach * s];
                                    if (!point.chosen) {
                                      for (std::size_t m = 0; m < kEach; ++m) own[m][l] = kNaN;
                                      continue;
                                    }
                                    const double threshold = sweep.threshold(point);
                                    own[0][l] = threshold;
                                    const auto here = sweep.shares(point.accepted, point.all);
                                    const auto there =
                                        sweep.shares(sweep.accepted(threshold), points[s].all);
                                    for (std::size_t m = 0; m < here.size(); ++m)
                                      own[1 + m][l] = here[m] - there[m];
                                  }
                                }
                                return found;
                              },
                              resampling)
                              .replicates;

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

double part(double some, double all) { return all > 0 ? some / all : 0; }

double loss_of(const Aim& aim, const ThresholdSweep::OperatingPoint& point) {
  const ThresholdSweep::Counts &some = point.accepted, &all = point.all;
  const double rows = all.right + all.wrong;
  switch (aim.kind) {
    case Aim::Kind::kKeep:
      return part(some.negative, all.negative);
    case Aim::Kind::kPrecision:
      return point.reachable ? 1 - part(some.right, all.right) : 2 - part(some.right, some.all());
    case Aim::Kind::kF1:
      return 1 - part(2 * some.right, some.all() + rows);
    case Aim::Kind::kCost:
      break;
  }
  const double wrong = some.wrong + some.negative;
  return part(aim.wrong * wrong + aim.none * (rows - some.right - some.wrong), all.all());
}

void require_same_rows(const std::vector<double>& scores, const std::vector<bool>& right,
                       const Clusters& clusters, const std::vector<double>& negatives,
                       const Clusters& negative_clusters) {
  if (scores.empty()) throw std::invalid_argument("choose_threshold: there are no scores");
  if (scores.size() != right.size() || scores.size() != rows_of(clusters) ||
      negatives.size() != rows_of(negative_clusters)) {
    throw std::invalid_argument(
        "choose_threshold: scores, predictions and clusters of different rows");
  }
}

}  // namespace

AimLoss aim_loss(const Aim& aim, const std::vector<double>& scores, const std::vector<bool>& right,
                 const Clusters& clusters, const Resampling& resampling,
                 const std::vector<double>& negatives, const Clusters& negative_clusters) {
  require_same_rows(scores, right, clusters, negatives, negative_clusters);
  const ThresholdSweep sweep(scores, right, negatives);
  Bootstrapped found = bootstrap(
      {clusters, negative_clusters},
      [&](const std::vector<Times>& times) {
        const auto points = sweep.choose(aim, times);
        std::vector<Lanes<double>> loss(1);
        for (std::size_t l = 0; l < kLanes; ++l) loss[0][l] = loss_of(aim, points[l]);
        return loss;
      },
      resampling);
  return {found.once[0], std::move(found.replicates[0])};
}

ChosenThreshold choose_threshold(const Aim& aim, const std::vector<double>& scores,
                                 const std::vector<bool>& right, const Clusters& clusters,
                                 const Resampling& resampling, const std::vector<double>& negatives,
                                 const Clusters& negative_clusters) {
  require_same_rows(scores, right, clusters, negatives, negative_clusters);
  return choose_each(aim, {ThresholdSweep(scores, right, negatives)}, {clusters, negative_clusters},
                     resampling, {})[0];
}

double label_threshold(const Aim& aim, const Vector& probabilities, const Eigen::VectorXi& target) {
  const ThresholdSweep sweep(probabilities, target);
  return sweep.threshold(sweep.choose(aim, {Times::once(probabilities.size())})[0]);
}

std::vector<ChosenThreshold> choose_label_thresholds(const Aim& aim, const Matrix& probabilities,
                                                     const LabelMatrix& target,
                                                     const Clusters& clusters,
                                                     const Resampling& resampling,
                                                     const std::function<void()>& each_block) {
  if (probabilities.rows() != target.rows() || probabilities.cols() != target.cols() ||
      static_cast<std::size_t>(target.rows()) != rows_of(clusters)) {
    throw std::invalid_argument(
        "choose_label_thresholds: probabilities, labels and clusters of different rows");
  }
  std::vector<ThresholdSweep> sweeps;
  for (Index c = 0; c < target.cols(); ++c) {
    sweeps.emplace_back(probabilities.col(c), target.col(c));
  }
  return choose_each(aim, sweeps, {clusters}, resampling, each_block);
}

Matrix thresholds_from_other_folds(const Aim& aim, const Matrix& probabilities,
                                   const LabelMatrix& target, const std::vector<int>& fold) {
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  Matrix thresholds(folds, probabilities.cols());
  for (int first = 0; first < folds; first += static_cast<int>(kLanes)) {
    // In lane l the rows of all folds but first + l are there, so that each label is sorted once.
    std::vector<std::uint8_t> counts(kLanes * fold.size(), 1);
    for (std::size_t i = 0; i < fold.size(); ++i) {
      const int lane = fold[i] - first;
      if (lane >= 0 && lane < static_cast<int>(kLanes)) {
        counts[kLanes * i + static_cast<std::size_t>(lane)] = 0;
      }
    }
    const Times times(counts.data(), nullptr, probabilities.rows());
    base::parallel_for(static_cast<std::size_t>(probabilities.cols()), [&](std::size_t label) {
      const auto c = static_cast<Index>(label);
      const ThresholdSweep sweep(probabilities.col(c), target.col(c));
      const auto points = sweep.choose(aim, {times});
      for (int f = first; f < std::min(folds, first + static_cast<int>(kLanes)); ++f) {
        thresholds(f, c) = sweep.threshold(points[static_cast<std::size_t>(f - first)]);
      }
    });
  }
  return thresholds;
}

}  // namespace oneormany::metrics
