#include "metrics/kinds.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/simulated.h"

namespace oneormany::metrics {
namespace {

// The same formula in Python, with Student's t of SciPy 1.15.
TEST(Kinds, AgreesWithSciPy) {
  constexpr double kTo = 0.002;  // the t distribution is approximated
  const Interval two = interval_of_new_kinds({{3, 10}, {40, 50}}, 2);
  EXPECT_NEAR(two.low, 0.0481, kTo);
  EXPECT_NEAR(two.high, 0.9694, kTo);
  const Interval none = interval_of_new_kinds({{0, 68}, {0, 497}}, 2);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.6730, kTo);
  const Interval six = interval_of_new_kinds({{1, 4}, {2, 4}, {3, 4}, {4, 4}, {0, 4}, {2, 4}}, 2);
  EXPECT_NEAR(six.low, 0.0728, kTo);
  EXPECT_NEAR(six.high, 0.9272, kTo);
  EXPECT_DOUBLE_EQ(mean_share({{3, 10}, {40, 50}}), 0.55);
}

TEST(Kinds, ManyThatAgreeSayMoreThanFew) {
  const auto width = [](std::size_t kinds) {
    const Interval found = interval_of_new_kinds(std::vector<KindCount>(kinds, {10, 100}), 2);
    return found.high - found.low;
  };
  EXPECT_GT(width(2), 1.5 * width(10));
  EXPECT_GT(width(10), width(100));
}

/// How often the mean share of new kinds lies in the interval, where kinds vary by `deviation`
/// in their log-odds.
double coverage(int kinds, double centre, double deviation, int new_kinds) {
  constexpr int kTimes = 2000, kPictures = 60;
  Random random(5);
  const auto share = [&] { return 1 / (1 + std::exp(-centre - deviation * random.normal())); };
  int covered = 0;
  for (int time = 0; time < kTimes; ++time) {
    std::vector<KindCount> known;
    for (int k = 0; k < kinds; ++k) {
      const double own = share();
      known.push_back({0, kPictures});
      for (int i = 0; i < kPictures; ++i) known.back().some += random.uniform() < own;
    }
    const Interval interval = interval_of_new_kinds(known, new_kinds);
    double truth = 0;
    for (int k = 0; k < new_kinds; ++k) truth += share() / new_kinds;
    covered += truth >= interval.low && truth <= interval.high;
  }
  return static_cast<double>(covered) / kTimes;
}

// From two kinds up, rare and frequent labels, kinds that are alike and kinds that are not.
TEST(Kinds, CoversNewKindsAsOftenAsItSays) {
  for (const int kinds : {2, 3, 5, 10, 30}) {
    for (const double centre : {-3.0, 0.0, 1.5}) {
      for (const double deviation : {0.3, 1.0, 1.8}) {
        for (const int new_kinds : {2, 5}) {
          EXPECT_GE(coverage(kinds, centre, deviation, new_kinds), new_kinds == 2 ? 0.92 : 0.87)
              << kinds << " kinds, " << centre << ", " << deviation << ", " << new_kinds << " new";
        }
      }
    }
  }
}

}  // namespace
}  // namespace oneormany::metrics
