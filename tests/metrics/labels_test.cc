#include "metrics/labels.h"

#include <gtest/gtest.h>

#include <random>

#include "metrics/bootstrap.h"
#include "tests/metrics/label_case.h"
#include "tests/metrics/measures.h"
#include "tests/metrics/times.h"

namespace oneormany::metrics {
namespace {

TEST(Decide, EachRowAtTheThresholdOfItsFold) {
  const Matrix p{{0.4, 0.4}, {0.4, 0.4}};
  EXPECT_EQ(decide(p, Matrix{{0.3, 0.4}, {0.5, 0.1}}, {1, 0}), (LabelMatrix{{0, 1}, {1, 0}}));
}

TEST(OfReplicates, AreThoseOfTheRowsRepeated) {
  const LabelCase made = random_case(60, 3, 1);
  std::mt19937_64 random(5);
  std::vector<Eigen::RowVectorXi> lanes(20, Eigen::RowVectorXi::Zero(60));
  std::vector<std::vector<Index>> rows_of_lanes(20);
  for (std::size_t l = 0; l < 20; ++l) {
    for (int i = 0; i < 60; ++i) {
      rows_of_lanes[l].push_back(static_cast<Index>(random() % 60));
      ++lanes[l](rows_of_lanes[l].back());
    }
  }
  const WrittenTimes written(lanes);
  const Times times = written.times();
  for (std::size_t l = 0; l < 20; ++l) {
    const std::vector<Index>& rows = rows_of_lanes[l];
    const Matrix p = made.p(rows, Eigen::all);
    const LabelMatrix target = made.target(rows, Eigen::all);
    for (Index c = 0; c < 3; ++c) {
      EXPECT_NEAR(Ranking(made.p.col(c), made.target.col(c)).average_precision(times)[l],
                  average_precision(p.col(c), target.col(c)), 1e-12);
    }
    const Ranking all(made.p.reshaped<Eigen::RowMajor>(), made.target.reshaped<Eigen::RowMajor>(),
                      3);
    EXPECT_NEAR(all.average_precision(times)[l], micro_map(p, target), 1e-12);
    const auto f1 = Decisions(decide(made.p, 0.5), made.target).f1(times);
    const auto expected = label_f1(decide(p, 0.5), target);
    EXPECT_NEAR(f1.micro[l], expected.micro, 1e-12);
    EXPECT_NEAR(f1.macro[l], expected.macro, 1e-12);
    EXPECT_NEAR(f1.each[1][l], f1_at(p.col(1), target.col(1), 0.5), 1e-12);
  }
}

TEST(OfReplicates, WithoutPositivesAreZero) {
  const Ranking ranking(Vector{{0.9, 0.1}}, Eigen::VectorXi{{1, 0}});
  const WrittenTimes written({Eigen::RowVectorXi{{0, 2}}});
  EXPECT_EQ(ranking.average_precision(written.times())[0], 0);
  EXPECT_EQ(Decisions(LabelMatrix{{0}}, LabelMatrix{{0}}).f1(Times::once(1)).each.at(0)[0], 0);
}

/// Of others, as it is defined, row by row. Where nothing else scores as high, `alone` of the row.
double precision_of_others(const LabelCase& made, const std::vector<int>& cluster,
                           const Eigen::RowVectorXi& times, const std::vector<double>& alone,
                           std::vector<double>* each = nullptr) {
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    const auto row = static_cast<Index>(i);
    if (made.target(row, 0) == 0 || times(row) == 0) continue;
    double found = 0, wrong = 0, own = 0, total = 0;
    for (std::size_t k = 0; k < cluster.size(); ++k) {
      const auto other = static_cast<Index>(k);
      const double there = times(other), positive = there * made.target(other, 0);
      total += positive;
      if (cluster[k] == cluster[i]) {
        own += positive;
      } else if (made.p(other, 0) >= made.p(row, 0)) {
        found += positive;
        wrong += there - positive;
      }
    }
    double precision = alone[i];
    if (found + wrong > 0 && total > own) {
      found *= total / (total - own);
      precision = found / (found + wrong);
    }
    if (each) (*each)[i] = precision;
    sum += times(row) * precision;
    all += times(row);
  }
  return all > 0 ? sum / all : 0;
}

TEST(RankingOfOthers, LeavesEachPicturesOwnRowsOut) {
  // Pictures of one to three rows, in no order; scores that are equal.
  const LabelCase made = random_case(60, 1, 1);
  std::vector<int> cluster;
  for (int i = 0; i < 60; ++i) cluster.push_back(i < 20 ? i : i * 7 % 25);
  const RankingOfOthers ranking(made.p.col(0), made.target.col(0), cluster);
  const Eigen::RowVectorXi once = Eigen::RowVectorXi::Ones(60);
  const std::vector<double> alone(60, (ranking.positives() + 1) / (ranking.positives() + 2));
  std::vector<double> on_all_rows = alone;
  const double all = precision_of_others(made, cluster, once, alone, &on_all_rows);
  EXPECT_NEAR(ranking.average_precisions(Times::once(60)).of_others[0], all, 1e-12);
  const auto clusters = clusters_of(cluster);
  std::mt19937_64 random(5);
  for (int replicate = 0; replicate < 50; ++replicate) {
    Eigen::RowVectorXi times = Eigen::RowVectorXi::Zero(60);
    // Of few clusters, so that some have nothing above them.
    for (std::size_t k = 0; k < (replicate % 2 ? 3u : clusters.size()); ++k) {
      for (const int row : clusters[random() % clusters.size()]) ++times(row);
    }
    const WrittenTimes written({once, times});
    const auto both = ranking.average_precisions(written.times());
    EXPECT_NEAR(both.plain[1], ranking.average_precision(written.times())[1], 1e-12);
    EXPECT_NEAR(both.of_others[1], precision_of_others(made, cluster, times, on_all_rows), 1e-12);
  }
}

// Of 40 pictures, what eight positives say of all pictures is right on average; plain average
// precision is too high.
TEST(RankingOfOthers, IsRightOnAverageWhereAveragePrecisionIsTooHigh) {
  Random random(9);
  double plain = 0, of_others = 0, truth = 0, again = 0;
  constexpr int kSets = 4000;
  for (int set = 0; set < kSets; ++set) {
    // No skill: whatever the threshold, the share of positives is the truth.
    Vector scores(40);
    Eigen::VectorXi target(40);
    for (Index i = 0; i < 40; ++i) {
      scores(i) = random.uniform();
      target(i) = random.uniform() < 0.2;
    }
    const RankingOfOthers ranking(scores, target, each_alone(40));
    const auto found = ranking.average_precisions(Times::once(40));
    Eigen::RowVectorXi times = Eigen::RowVectorXi::Zero(40);
    for (int i = 0; i < 40; ++i) ++times(random.below(40));
    plain += found.plain[0] / kSets;
    of_others += found.of_others[0] / kSets;
    again += ranking.average_precisions(WrittenTimes({times}).times()).of_others[0] / kSets;
    truth += 0.2 / kSets;
  }
  EXPECT_GT(plain, truth + 0.06);
  EXPECT_NEAR(of_others, truth, 0.025);  // a positive that is first of all counts as 0.9
  EXPECT_NEAR(again, of_others, 0.01);
}

TEST(Decisions, ALabelThatIsMissingInAReplicateAloneDoesNotCountThere) {
  const LabelMatrix decided{{1, 0, 0}, {0, 1, 0}}, target = decided;
  const Decisions decisions(decided, target);  // no row has or gets the last label
  const WrittenTimes written({Eigen::RowVectorXi{{1, 1}}, Eigen::RowVectorXi{{2, 0}}});
  const Lanes<double> macro = decisions.f1(written.times()).macro;
  EXPECT_NEAR(macro[0], 2. / 3, 1e-15);
  EXPECT_NEAR(macro[1], 2. / 3, 1e-15);
}

}  // namespace
}  // namespace oneormany::metrics
