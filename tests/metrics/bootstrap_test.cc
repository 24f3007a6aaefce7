#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/simulated.h"

namespace oneormany::metrics {
namespace {

std::vector<double> share_of_ones(const std::vector<int>& data, const Times& times) {
  const Eigen::Map<const Eigen::RowVectorXi> ones(data.data(), times.size());
  return {static_cast<double>(times.dot(ones)) / times.sum()};
}

// 95 % of such intervals should hold the true share; with 200 of them, between 90 % and 99 % do
// in all but a few cases in a thousand.
TEST(Bootstrap, IntervalsCoverTheTrueShare) {
  std::mt19937_64 random(5);
  int covered = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<int> data(120);
    for (int& value : data) value = random() % 10 < 3;
    const auto interval = interval_of(bootstrap(
        {clusters_of(each_alone(120))},
        [&](const auto& times) { return share_of_ones(data, times[0]); },
        static_cast<std::uint64_t>(trial), 400)[0]);
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
    const auto interval = interval_of(bootstrap(
        {clusters_of(group_of_row)},
        [&](const auto& times) { return share_of_ones(data, times[0]); }, 1)[0]);
    return interval.high - interval.low;
  };
  EXPECT_NEAR(width(copied, groups), width(once, each_alone(40)), 1e-12);
  EXPECT_LT(width(copied, each_alone(400)), 0.5 * width(copied, groups));
}

TEST(Bootstrap, TheSeedDecides) {
  const std::vector<int> data{0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1};
  const auto run = [&](std::uint64_t seed) {
    return interval_of(bootstrap(
        {clusters_of(each_alone(17))},
        [&](const auto& times) { return share_of_ones(data, times[0]); }, seed, 50)[0]);
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
    const auto replicates = bootstrap(
        {clusters_of(each_alone(n))},
        [&](const auto& times) { return share_of_ones(data, times[0]); }, 3)[0];
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
