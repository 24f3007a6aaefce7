#include "metrics/threshold_sweep.h"

#include <gtest/gtest.h>

#include "tests/metrics/times.h"
#include "tests/simulated.h"

namespace oneormany::metrics {
namespace {

// Rows that are there 0 times are as if they were not there; with ties, and for every aim.
TEST(ThresholdSweep, ChoosesAsOfTheRowsWrittenOut) {
  Random random(21);
  for (int trial = 0; trial < 60; ++trial) {
    const int levels = trial % 2 ? 8 : 1000;
    std::vector<double> scores, negatives, redrawn_scores, redrawn_negatives;
    std::vector<bool> right, redrawn_right;
    Eigen::RowVectorXi times(50);
    for (int& t : times) t = random.below(3);
    for (Index i = 0; i < 50; ++i) {
      const double score = random.below(levels) / static_cast<double>(levels);
      const bool is_right = random.uniform() < score;
      const auto n = static_cast<std::size_t>(times(i));
      if (i < 35) {
        scores.push_back(score);
        right.push_back(is_right);
        redrawn_scores.insert(redrawn_scores.end(), n, score);
        redrawn_right.insert(redrawn_right.end(), n, is_right);
      } else {
        negatives.push_back(score);
        redrawn_negatives.insert(redrawn_negatives.end(), n, score);
      }
    }
    const Vector p = Eigen::Map<const Vector>(scores.data(), 35);
    const Vector redrawn_p =
        Eigen::Map<const Vector>(redrawn_scores.data(), static_cast<Index>(redrawn_scores.size()));
    Eigen::VectorXi target(35), redrawn_target(redrawn_p.size());
    std::copy(right.begin(), right.end(), target.begin());
    std::copy(redrawn_right.begin(), redrawn_right.end(), redrawn_target.begin());
    for (const auto* text :
         {"keep=0.9", "precision=0.8", "precision=1", "f1", "cost:none=0.3", "cost:none=3"}) {
      const Aim aim = parse_aim(text);
      const auto same = [&](const ThresholdSweep& all, const std::vector<Eigen::RowVectorXi>& there,
                            const ThresholdSweep& written, const std::vector<std::size_t>& rows) {
        std::vector<WrittenTimes> owned;
        std::vector<Times> each, once;
        for (const auto& sample : there) {
          // In the second lane; in the first one another sample, which has no part in it.
          owned.emplace_back(std::vector{Eigen::RowVectorXi(sample.reverse()), sample});
        }
        for (const WrittenTimes& sample : owned) each.push_back(sample.times());
        for (const std::size_t n : rows) once.push_back(Times::once(static_cast<Index>(n)));
        const auto one = all.choose(aim, each)[1];
        const auto other = written.choose(aim, once)[0];
        EXPECT_EQ(all.threshold(one), written.threshold(other)) << text;
        EXPECT_EQ(one.below, other.below) << text;
        EXPECT_EQ(one.reachable, other.reachable) << text;
        EXPECT_EQ(one.accepted.right, other.accepted.right) << text;
        EXPECT_EQ(one.accepted.all(), other.accepted.all()) << text;
        EXPECT_EQ(one.all.all(), other.all.all()) << text;
        // What was counted on the way is what the threshold gives.
        EXPECT_EQ(written.accepted(written.threshold(other)).all(), other.accepted.all()) << text;
      };
      same(ThresholdSweep(scores, right, negatives), {times.head(35), times.tail(15)},
           ThresholdSweep(redrawn_scores, redrawn_right, redrawn_negatives),
           {redrawn_scores.size(), redrawn_negatives.size()});
      same(ThresholdSweep(p, target), {times.head(35)}, ThresholdSweep(redrawn_p, redrawn_target),
           {redrawn_scores.size()});
    }
  }
}

}  // namespace
}  // namespace oneormany::metrics
