#include "metrics/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/metrics/label_case.h"
#include "tests/metrics/measures.h"

namespace oneormany::metrics {
namespace {

using testing::ElementsAre;

TEST(Decide, EachRowAtTheThresholdOfItsFold) {
  const Matrix p{{0.4, 0.4}, {0.4, 0.4}};
  EXPECT_EQ(decide(p, Matrix{{0.3, 0.4}, {0.5, 0.1}}, {1, 0}), (LabelMatrix{{0, 1}, {1, 0}}));
}

TEST(OfReplicates, AreThoseOfTheRowsRepeated) {
  const LabelCase made = random_case(60, 3, 1);
  std::mt19937_64 random(5);
  for (int replicate = 0; replicate < 20; ++replicate) {
    Eigen::RowVectorXi times = Eigen::RowVectorXi::Zero(60);
    std::vector<Index> rows;
    for (int i = 0; i < 60; ++i) {
      rows.push_back(static_cast<Index>(random() % 60));
      ++times(rows.back());
    }
    const Matrix p = made.p(rows, Eigen::all);
    const LabelMatrix target = made.target(rows, Eigen::all);
    for (Index c = 0; c < 3; ++c) {
      EXPECT_NEAR(Ranking(made.p.col(c), made.target.col(c)).average_precision(times),
                  average_precision(p.col(c), target.col(c)), 1e-12);
    }
    const Ranking all(made.p.reshaped<Eigen::RowMajor>(), made.target.reshaped<Eigen::RowMajor>(),
                      3);
    EXPECT_NEAR(all.average_precision(times), micro_map(p, target), 1e-12);
    const auto f1 = Decisions(decide(made.p, 0.5), made.target).f1(times);
    const auto expected = label_f1(decide(p, 0.5), target);
    EXPECT_NEAR(f1.micro, expected.micro, 1e-12);
    EXPECT_NEAR(f1.macro, expected.macro, 1e-12);
    EXPECT_NEAR(f1.each[1], f1_at(p.col(1), target.col(1), 0.5), 1e-12);
  }
}

TEST(OfReplicates, WithoutPositivesAreZero) {
  const Ranking ranking(Vector{{0.9, 0.1}}, Eigen::VectorXi{{1, 0}});
  EXPECT_EQ(ranking.average_precision(Eigen::RowVectorXi{{0, 2}}), 0);
  EXPECT_THAT(Decisions(LabelMatrix{{0}}, LabelMatrix{{0}}).f1(Eigen::RowVectorXi{{1}}).each,
              ElementsAre(0));
}

}  // namespace
}  // namespace oneormany::metrics
