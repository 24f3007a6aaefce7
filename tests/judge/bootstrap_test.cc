#include "judge/bootstrap.h"

#include <gtest/gtest.h>

#include <random>

namespace oneormany {
namespace {

std::vector<double> share_of_ones(const std::vector<int>& data, const Times& times) {
  const Eigen::Map<const Eigen::RowVectorXi> ones(data.data(), times.size());
  return {static_cast<double>(times.dot(ones)) / times.sum()};
}

std::vector<int> each_alone(int n) {
  std::vector<int> groups;
  for (int i = 0; i < n; ++i) groups.push_back(i);
  return groups;
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

}  // namespace
}  // namespace oneormany
