#include "metrics/paired.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/simulated.h"

namespace oneormany::metrics {
namespace {

/// Replicates of the share of right predictions.
std::vector<double> replicates_of(const std::vector<bool>& right, const Clusters& clusters,
                                  std::uint64_t seed) {
  Eigen::RowVectorXi ones(static_cast<Index>(right.size()));
  std::copy(right.begin(), right.end(), ones.begin());
  return bootstrap(
             {clusters},
             [&](const std::vector<Times>& times) {
               return std::vector{ratio(weighted_sum(times[0], ones), times[0].sum(), 0)};
             },
             seed)
      .replicates[0];
}

double share(const std::vector<bool>& right) {
  return static_cast<double>(std::count(right.begin(), right.end(), true)) /
         static_cast<double>(right.size());
}

/// Two models that stumble over the same hard pictures: on 70 % both are right, on 24 % both are
/// wrong, on 5 % A alone is right and on 1 % B alone.
struct Pair {
  std::vector<bool> a, b;
};
Pair correlated(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  Pair pair;
  for (std::size_t i = 0; i < n; ++i) {
    const double where = random.uniform();
    pair.a.push_back(where < 0.75);
    pair.b.push_back(where < 0.70 || where > 0.99);
  }
  return pair;
}

TEST(PairedDifference, SeesWhatTwoIntervalsHide) {
  const auto [a, b] = correlated(600, 3);
  const Clusters clusters = clusters_of(each_alone(600));
  const auto replicates_a = replicates_of(a, clusters, 1),
             replicates_b = replicates_of(b, clusters, 1);
  const auto paired = paired_difference(share(a), share(b), replicates_a, replicates_b);
  const auto unpaired =
      paired_difference(share(a), share(b), replicates_a, replicates_of(b, clusters, 2));
  EXPECT_LT(paired.interval.high - paired.interval.low,
            0.6 * (unpaired.interval.high - unpaired.interval.low));
  EXPECT_DOUBLE_EQ(paired.value, share(a) - share(b));
  EXPECT_TRUE(paired.significant);
  EXPECT_FALSE(unpaired.significant);
  // The intervals of the two alone overlap.
  EXPECT_LT(interval_of(replicates_a).low, interval_of(replicates_b).high);
  // And the other way round it is as far below 0.
  const auto reversed = paired_difference(share(b), share(a), replicates_b, replicates_a);
  EXPECT_TRUE(reversed.significant);
  EXPECT_DOUBLE_EQ(reversed.interval.low, -paired.interval.high);
}

TEST(PairedDifference, OfAModelFromItselfIsNothing) {
  const auto [a, b] = correlated(50, 4);
  const auto replicates = replicates_of(a, clusters_of(each_alone(50)), 1);
  const auto none = paired_difference(share(a), share(a), replicates, replicates);
  EXPECT_EQ(none.value, 0);
  EXPECT_FALSE(none.significant);
  EXPECT_THROW(paired_difference(0, 0, replicates, {}), std::invalid_argument);
}

// 0.05 - 0.01 is the true difference. Of 400 intervals that hold it with a chance of 0.95 each,
// fewer than 365 or more than 392 would in 2 cases of 1,000 (binomial).
TEST(PairedDifference, CoversTheTrueOne) {
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 400; ++trial) {
    const auto [a, b] = correlated(300, 100 + trial);
    const Clusters clusters = clusters_of(each_alone(300));
    const auto found = paired_difference(share(a), share(b), replicates_of(a, clusters, trial),
                                         replicates_of(b, clusters, trial));
    covered += found.interval.low <= 0.04 && 0.04 <= found.interval.high;
  }
  EXPECT_GE(covered, 365);
  EXPECT_LE(covered, 392);
}

McNemar split(int only_a, int only_b, int both = 5) {
  std::vector<bool> a, b;
  const auto add = [&](int n, bool by_a, bool by_b) {
    a.insert(a.end(), static_cast<std::size_t>(n), by_a);
    b.insert(b.end(), static_cast<std::size_t>(n), by_b);
  };
  add(only_a, true, false);
  add(only_b, false, true);
  add(both, true, true);
  return mcnemar(a, b, clusters_of(each_alone(static_cast<int>(a.size()))));
}

// scipy 1.17.1: binomtest(only_a, only_a + only_b).pvalue
TEST(McNemar, IsScipysBinomialTest) {
  EXPECT_EQ(split(0, 0).p, 1);
  EXPECT_EQ(split(1, 0).p, 1);
  EXPECT_NEAR(split(4, 0).p, 0.125, 1e-12);
  EXPECT_NEAR(split(10, 2).p, 0.03857421875, 1e-12);
  EXPECT_EQ(split(3, 3).p, 1);
  EXPECT_NEAR(split(15, 30).p, 0.035697803555194696, 1e-12);
  EXPECT_NEAR(split(120, 160).p, 0.019606727290281328, 1e-12);
  EXPECT_NEAR(split(7, 1).p, 0.0703125, 1e-12);
  EXPECT_NEAR(split(2000, 2200).p, 0.0021323556719912455, 1e-10);
  EXPECT_EQ(split(10, 2).only_a, 10);
  EXPECT_EQ(split(10, 2).only_b, 2);
}

TEST(McNemar, CountsCopiesOnce) {
  // Three copies of one picture that A alone gets right, and a group where each wins a row.
  const std::vector<bool> a{true, true, true, true, false, false};
  const std::vector<bool> b{false, false, false, false, true, true};
  const auto found = mcnemar(a, b, clusters_of({0, 0, 0, 1, 1, 2}));
  EXPECT_EQ(found.only_a, 1);
  EXPECT_EQ(found.only_b, 1);
}

}  // namespace
}  // namespace oneormany::metrics
