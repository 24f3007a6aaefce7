// Do 95 % intervals hold the truth in 95 of 100 simulated data sets? See tests/evaluate too.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metrics/reliability.h"
#include "metrics/thresholds.h"
#include "tests/simulated.h"

namespace oneormany::metrics {
namespace {

constexpr int kDataSets = 200;
/// Of an interval that covers 94 %, fewer are found once in a thousand times.
constexpr int kFewest = 178;

double logistic(double z) { return 1 / (1 + std::exp(-z)); }

/// Predictions of the best of two classes: the model says p = σ(sure · |z|), and σ(|z|) is true.
struct Predicted {
  Vector confidence;
  Eigen::VectorXi right;
  Predicted(Index n, double sure, Random& random) : confidence(n), right(n) {
    for (Index i = 0; i < n; ++i) {
      const double z = std::abs(1.7 * random.normal());
      confidence(i) = logistic(sure * z);
      right(i) = random.uniform() < logistic(z);
    }
  }
};

double true_ece(double sure) {
  std::vector<double> gaps(15);
  constexpr int kSteps = 200000;
  double all = 0;
  for (int k = 0; k < kSteps; ++k) {
    const double z = 10 * (k + 0.5) / kSteps, weight = std::exp(-z * z / (2 * 1.7 * 1.7));
    const double p = logistic(sure * z);
    const auto bin = static_cast<std::size_t>(std::ceil(15 * p)) - 1;
    gaps[bin] += weight * (p - logistic(z));
    all += weight;
  }
  double sum = 0;
  for (const double gap : gaps) sum += std::abs(gap) / all;
  return sum;
}

// The basic interval alone holds the truth in 60 % where a model is perfectly calibrated.
TEST(Coverage, OfTheCalibrationError) {
  for (const double sure : {1.0, 1.5, 2.5}) {
    for (const Index n : {120, 350}) {
      const double truth = true_ece(sure);
      int hold = 0;
      double width = 0;
      Random random(201);
      for (int set = 0; set < kDataSets; ++set) {
        const Predicted made(n, sure, random);
        const Confidence confidence(made.confidence, made.right);
        const auto replicates = bootstrap(
                                    {clusters_of(each_alone(static_cast<int>(n)))},
                                    [&](const auto& times) {
                                      const Confidence::Replicates one =
                                          confidence.replicate(times[0]);
                                      return std::vector{one.ece, one.distance};
                                    },
                                    static_cast<std::uint64_t>(set))
                                    .replicates;
        const double value = confidence.ece();
        const Interval interval = ece_interval(value, replicates[0], replicates[1]);
        EXPECT_TRUE(0 <= interval.low && interval.low <= value && value <= interval.high);
        hold += interval.low <= truth + 1e-12 && truth <= interval.high;
        width += (interval.high - interval.low) / kDataSets;
      }
      EXPECT_GE(hold, kFewest) << sure << ", " << n;
      EXPECT_LT(width, 2.3 / std::sqrt(n)) << sure << ", " << n;
    }
  }
}

/// Predictions, of which 85 in 100 are right and score higher, and background.
struct Scored {
  std::vector<double> scores, negatives;
  std::vector<bool> right;
  Scored(int n, int background, Random& random) {
    for (int i = 0; i < n; ++i) {
      right.push_back(random.uniform() < 0.85);
      scores.push_back(random.normal() + (right.back() ? 2.5 : 1));
    }
    for (int i = 0; i < background; ++i) negatives.push_back(random.normal());
  }
  ChosenThreshold choose(const Aim& aim, std::uint64_t seed) const {
    return choose_threshold(aim, scores, right,
                            clusters_of(each_alone(static_cast<int>(scores.size()))), seed,
                            negatives, clusters_of(each_alone(static_cast<int>(negatives.size()))));
  }
};

/// The threshold that all pictures would choose, by a fine search. `passing(z)`: of the right
/// predictions, the wrong ones and the background.
double true_threshold(Aim::Kind kind) {
  const auto passing = [](double z, double centre) { return normal_below(centre - z); };
  double best = 0, most = -1;
  for (double z = 5; z > -3; z -= 1e-4) {
    const double right = 0.85 * passing(z, 2.5), wrong = 0.15 * passing(z, 1);
    const double all = right + wrong + 0.5 * passing(z, 0);
    const double worth = kind == Aim::Kind::kKeep        ? std::min(right / 0.85, 0.95)
                         : kind == Aim::Kind::kPrecision ? std::min(right / all, 0.93)
                                                         : 2 * right / (all + 1);
    if (worth > most || (kind == Aim::Kind::kPrecision && worth == most)) best = z;
    most = std::max(most, worth);
  }
  return best;
}

TEST(Coverage, OfThresholds) {
  for (const Aim& aim :
       {Aim{}, Aim{.kind = Aim::Kind::kPrecision, .share = 0.93}, Aim{.kind = Aim::Kind::kF1}}) {
    const double truth = true_threshold(aim.kind);
    int hold = 0;
    Random random(202);
    for (int set = 0; set < kDataSets; ++set) {
      const Interval interval =
          Scored(130, 65, random).choose(aim, static_cast<std::uint64_t>(set)).interval;
      hold += interval.low <= truth && truth <= interval.high;
    }
    EXPECT_GE(hold, kFewest) << aim.text();
  }
}

}  // namespace
}  // namespace oneormany::metrics
