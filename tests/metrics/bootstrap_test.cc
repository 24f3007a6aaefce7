#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/simulated.h"

namespace oneormany::metrics {
namespace {

std::vector<Lanes<double>> share_of_ones(const std::vector<int>& data, const Times& times) {
  const Eigen::Map<const Eigen::RowVectorXi> ones(data.data(), times.rows());
  return {ratio(weighted_sum(times, ones), times.sum(), 0)};
}

/// The share's replicates.
std::vector<double> replicates_of(const std::vector<int>& data, const Clusters& clusters,
                                  const Resampling& resampling) {
  return bootstrap(
             {clusters}, [&](const auto& times) { return share_of_ones(data, times[0]); },
             resampling)
      .replicates[0];
}

// As the textbook has it, one replicate and one draw at a time: what is measured has not changed
// since the replicates were drawn like this, nor may it.
TEST(Resampling, DrawsWhatAPlainLoopDraws) {
  constexpr std::size_t kOwn = 560, kOthers = 400;  // both more than a turn of the generator
  std::vector<int> groups;
  for (int row = 0; row < static_cast<int>(kOwn); ++row) groups.push_back(row * 5 / 8);
  const Clusters own = clusters_of(groups), others = clusters_of(each_alone(kOthers));
  const auto plain = [&](std::uint64_t replicate) {
    std::mt19937_64 random(7 + 0x9e3779b97f4a7c15u * (replicate + 1));
    std::vector<std::vector<int>> times{std::vector<int>(kOwn), std::vector<int>(kOthers)};
    for (std::size_t s = 0; s < 2; ++s) {
      const Clusters& clusters = s == 0 ? own : others;
      for (std::size_t i = 0; i < clusters.size(); ++i) {
        for (const int row : clusters[random() % clusters.size()])
          ++times[s][static_cast<std::size_t>(row)];
      }
    }
    return times;
  };
  const Resampling resampling(7, 70);
  // The first sample alone is drawn first, or together with the other one.
  for (const bool first_alone : {true, false}) {
    const Resampling own_resampling = first_alone ? resampling : Resampling(7, 70);
    if (first_alone) {
      bootstrap(
          {own}, [](const auto&) { return std::vector<Lanes<double>>(1); }, own_resampling);
    }
    const Bootstrapped found = bootstrap(
        {own, others},
        [](const std::vector<Times>& times) {
          std::vector<Lanes<double>> counts;
          for (const Times& sample : times) {
            for (Index i = 0; i < sample.rows(); ++i) {
              Lanes<double>& own_counts = counts.emplace_back();
              for (std::size_t l = 0; l < kLanes; ++l) own_counts[l] = sample.of(i)[l];
            }
          }
          return counts;
        },
        own_resampling);
    for (std::size_t r = 0; r < 70; ++r) {
      const auto times = plain(r);
      for (std::size_t i = 0; i < kOwn + kOthers; ++i) {
        EXPECT_EQ(found.replicates[i][r], i < kOwn ? times[0][i] : times[1][i - kOwn]);
        EXPECT_EQ(found.once[i], 1);
      }
    }
  }
}

// The remainder is taken by a multiplication.
TEST(Resampling, TakesTheRemainderOfAnyNumberOfClusters) {
  for (const std::size_t n : {1u, 2u, 3u, 64u, 255u, 256u, 1000u, 65537u, 200003u}) {
    const auto counts = Resampling(3, 1).draw({n}, 0);
    std::vector<int> plain(n);
    std::mt19937_64 random(3 + 0x9e3779b97f4a7c15u);
    for (std::size_t i = 0; i < n; ++i) ++plain[random() % n];
    for (std::size_t k = 0; k < n; ++k) {
      ASSERT_EQ((*counts[0])[kLanes * k], plain[k]) << n;
      ASSERT_EQ((*counts[0])[kLanes * k + 1], 1);  // after the replicates, each once
      ASSERT_EQ((*counts[0])[kLanes * k + 2], 0);
    }
  }
}

TEST(Resampling, IsTheSameForAnyNumberOfThreads) {
  std::vector<int> data;
  for (int i = 0; i < 300; ++i) data.push_back(i % 3 == 0);
  const auto run = [&](const char* threads) {
    setenv("ONEORMANY_THREADS", threads, 1);
    const auto found = replicates_of(data, clusters_of(each_alone(300)), 5);
    unsetenv("ONEORMANY_THREADS");
    return found;
  };
  const auto one = run("1");
  EXPECT_EQ(run("3"), one);
  EXPECT_EQ(run("16"), one);
}

// 95 % of such intervals should hold the true share; with 200 of them, between 90 % and 99 % do
// in all but a few cases in a thousand.
TEST(Bootstrap, IntervalsCoverTheTrueShare) {
  std::mt19937_64 random(5);
  int covered = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<int> data(120);
    for (int& value : data) value = random() % 10 < 3;
    const auto interval = interval_of(replicates_of(data, clusters_of(each_alone(120)),
                                                    {static_cast<std::uint64_t>(trial), 400}));
    covered += interval.low <= 0.3 && 0.3 <= interval.high;
  }
  EXPECT_GE(covered, 180);
  EXPECT_LE(covered, 198);
}

TEST(Bootstrap, CopiesOfAPictureAddNoCertainty) {
  std::vector<int> once, copied, groups;
  for (int i = 0; i < 40; ++i) {
    once.push_back(i % 2);
    for (int copy = 0; copy < 10; ++copy) {
      copied.push_back(i % 2);
      groups.push_back(i);
    }
  }
  const auto width = [](const std::vector<int>& data, const std::vector<int>& group_of_row) {
    const auto interval = interval_of(replicates_of(data, clusters_of(group_of_row), 1));
    return interval.high - interval.low;
  };
  EXPECT_NEAR(width(copied, groups), width(once, each_alone(40)), 1e-12);
  EXPECT_LT(width(copied, each_alone(400)), 0.5 * width(copied, groups));
}

TEST(Bootstrap, TheSeedDecides) {
  const std::vector<int> data{0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1};
  const auto run = [&](std::uint64_t seed) {
    return interval_of(replicates_of(data, clusters_of(each_alone(17)), {seed, 50}));
  };
  EXPECT_EQ(run(1).low, run(1).low);
  EXPECT_EQ(run(1).high, run(1).high);
}

TEST(MirroredInterval, MirrorsTheReplicatesAtTheValueOnTheScaleOfArcsineRoots) {
  std::vector<double> replicates;  // 96 % of them in 0.3–0.5
  for (int i = 0; i <= 1000; ++i) replicates.push_back(0.3 + 0.2 * (i - 20) / 960.0);
  // numpy: sin(asin(sqrt(v)) - sqrt(n / (n - 1)) * (asin(sqrt(end)) - asin(sqrt(v))))**2
  const Interval many = mirrored_interval(0.4, replicates, 1e9);
  EXPECT_NEAR(many.low, 0.3040408205310334, 1e-8);
  EXPECT_NEAR(many.high, 0.5044004454873886, 1e-8);
  const Interval five = mirrored_interval(0.4, replicates, 5);
  EXPECT_NEAR(five.low, 0.29316433721278035, 1e-8);
  EXPECT_NEAR(five.high, 0.5168002874969, 1e-8);
  replicates.push_back(std::numeric_limits<double>::quiet_NaN());  // doesn't count
  EXPECT_EQ(mirrored_interval(0.4, replicates, 5).low, five.low);
  // All replicates above the value, which is in the interval all the same.
  const Interval below = mirrored_interval(0.25, replicates, 1e9);
  EXPECT_NEAR(below.low, 0.06698729810778069, 1e-8);
  EXPECT_EQ(below.high, 0.25);
  for (const double n : {0.0, 1.0}) {
    EXPECT_EQ(mirrored_interval(0.4, replicates, n).low, 0);
    EXPECT_EQ(mirrored_interval(0.4, replicates, n).high, 1);
  }
}

TEST(WiderInterval, ReachesAsFarAsTheStretchedPercentilesToo) {
  std::vector<double> replicates;
  for (int i = 0; i <= 1000; ++i) replicates.push_back(0.3 + 0.2 * (i - 20) / 960.0);
  const Interval five = wider_interval(0.4, replicates, 5);
  EXPECT_NEAR(five.low, 0.4 - 0.1 * std::sqrt(1.25), 1e-12);
  EXPECT_NEAR(five.high, 0.5168002874969, 1e-8);
  const Interval low = wider_interval(0.32, replicates, 1e9);  // replicates are above the value
  EXPECT_NEAR(low.low, mirrored_interval(0.32, replicates, 1e9).low, 1e-12);
  EXPECT_NEAR(low.high, 0.5, 1e-8);
}

TEST(HarmonicMean, IsOfTheCountsThatAreNot0) {
  EXPECT_DOUBLE_EQ(harmonic_mean({2, 0, 6}), 3);
  EXPECT_EQ(harmonic_mean({0, 0}), 0);
}

// scipy 1.17.1: binomtest(k, n).proportion_ci(method="wilson")
TEST(ProportionInterval, IsWilsons) {
  const auto expect = [](double successes, double n, double low, double high) {
    const Interval interval = proportion_interval(successes, n);
    EXPECT_NEAR(interval.low, low, 1e-12) << successes << " of " << n;
    EXPECT_NEAR(interval.high, high, 1e-12) << successes << " of " << n;
  };
  expect(0, 10, 0, 0.27753279986288926);
  expect(10, 10, 0.7224672001371109, 1);
  expect(0, 1, 0, 0.7934506856227626);
  expect(19, 20, 0.763868806553258, 0.9911185511992047);
  expect(50, 100, 0.4038315303659956, 0.5961684696340044);
  expect(3, 70, 0.014681541004111391, 0.11859668748527549);
  EXPECT_EQ(proportion_interval(0, 0).low, 0);
  EXPECT_EQ(proportion_interval(0, 0).high, 1);
  EXPECT_EQ(proportion_interval(7, 7).high, 1);
}

TEST(ProportionInterval, TakesThePlaceOfReplicatesThatAllAgree) {
  const auto of = [](const std::vector<int>& data) {
    const int n = static_cast<int>(data.size());
    const auto replicates = replicates_of(data, clusters_of(each_alone(n)), 3);
    return std::pair(interval_of(replicates), interval_of_proportion(replicates, n));
  };
  const auto [point, wide] = of(std::vector<int>(40, 0));
  EXPECT_EQ(point.high, 0);
  EXPECT_EQ(wide.low, 0);
  EXPECT_NEAR(wide.high, proportion_interval(0, 40).high, 1e-12);
  std::vector<int> mixed(40, 1);
  mixed[3] = mixed[7] = 0;
  const auto [own, same] = of(mixed);
  EXPECT_EQ(own.low, same.low);
  EXPECT_EQ(own.high, same.high);
}

}  // namespace
}  // namespace oneormany::metrics
