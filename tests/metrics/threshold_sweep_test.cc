#include "metrics/threshold_sweep.h"

#include <gtest/gtest.h>

#include "tests/ood/simulated.h"

namespace oneormany::metrics {
namespace {

// Rows that were not drawn are as if they had never been; with ties, and for every aim.
TEST(Ladder, ChoosesAsOfTheRowsWrittenOut) {
  Random random(21);
  for (int trial = 0; trial < 60; ++trial) {
    const int levels = trial % 2 ? 8 : 1000;
    std::vector<double> scores, negatives, drawn_scores, drawn_never;
    std::vector<bool> right, drawn_right;
    Times times(50);
    for (int& t : times) t = random.below(3);
    for (Index i = 0; i < 50; ++i) {
      const double score = random.below(levels) / static_cast<double>(levels);
      const bool is_right = random.uniform() < score;
      const auto n = static_cast<std::size_t>(times(i));
      if (i < 35) {
        scores.push_back(score);
        right.push_back(is_right);
        drawn_scores.insert(drawn_scores.end(), n, score);
        drawn_right.insert(drawn_right.end(), n, is_right);
      } else {
        negatives.push_back(score);
        drawn_never.insert(drawn_never.end(), n, score);
      }
    }
    const Vector p = Eigen::Map<const Vector>(scores.data(), 35);
    const Vector drawn_p =
        Eigen::Map<const Vector>(drawn_scores.data(), static_cast<Index>(drawn_scores.size()));
    Eigen::VectorXi target(35), drawn_target(drawn_p.size());
    std::copy(right.begin(), right.end(), target.begin());
    std::copy(drawn_right.begin(), drawn_right.end(), drawn_target.begin());
    for (const auto* text :
         {"keep=0.9", "precision=0.8", "precision=1", "f1", "cost:none=0.3", "cost:none=3"}) {
      const Aim aim = parse_aim(text);
      const auto same = [&](const ThresholdSweep& all, const Times& drawn,
                            const ThresholdSweep& written) {
        const auto one = all.choose(aim, drawn);
        const auto other = written.choose(aim, Times::Ones(written.rows()));
        EXPECT_EQ(all.threshold(one), written.threshold(other)) << text;
        EXPECT_EQ(one.below, other.below) << text;
        EXPECT_EQ(one.reachable, other.reachable) << text;
        EXPECT_EQ(one.given.right, other.given.right) << text;
        EXPECT_EQ(one.given.all(), other.given.all()) << text;
        EXPECT_EQ(one.all.all(), other.all.all()) << text;
        // What was counted on the way is what the threshold gives.
        EXPECT_EQ(written.given(written.threshold(other)).all(), other.given.all()) << text;
      };
      same(ThresholdSweep(scores, right, negatives), times,
           ThresholdSweep(drawn_scores, drawn_right, drawn_never));
      same(ThresholdSweep(p, target), times.head(35), ThresholdSweep(drawn_p, drawn_target));
    }
  }
}

}  // namespace
}  // namespace oneormany::metrics
