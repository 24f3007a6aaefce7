#include "judge/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace oneormany {
namespace {

using testing::ElementsAre;

struct Case {
  Matrix p;
  LabelMatrix target;
  std::vector<int> fold;
};

/// Probabilities in steps of 1/20, so that many are equal, and labels that follow them roughly.
Case random_case(int rows, int labels, int folds) {
  std::mt19937_64 random(7);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Case made{Matrix(rows, labels), LabelMatrix(rows, labels), {}};
  for (Index i = 0; i < rows; ++i) {
    for (Index c = 0; c < labels; ++c) {
      made.p(i, c) = std::round(20 * uniform()) / 20;
      made.target(i, c) = uniform() < made.p(i, c) * made.p(i, c);
    }
    made.fold.push_back(static_cast<int>(random() % static_cast<unsigned>(folds)));
  }
  return made;
}

double f1_at(const Vector& p, const Eigen::VectorXi& target, double threshold) {
  double both = 0, either = 0;
  for (Index i = 0; i < p.size(); ++i) {
    both += p(i) > threshold && target(i) == 1;
    either += (p(i) > threshold) + target(i);
  }
  return either > 0 ? 2 * both / either : 0;
}

TEST(BestF1Threshold, NoOtherThresholdIsBetter) {
  for (const int rows : {1, 2, 5, 40, 200}) {
    const Case made = random_case(rows, 6, 1);
    for (Index c = 0; c < 6; ++c) {
      if (made.target.col(c).sum() == 0) continue;
      const double own = f1_at(made.p.col(c), made.target.col(c),
                               best_f1_threshold(made.p.col(c), made.target.col(c)));
      for (int step = 0; step < 80; ++step) {
        EXPECT_GE(own, f1_at(made.p.col(c), made.target.col(c), step / 80.0 + 0.006)) << rows;
      }
    }
  }
}

TEST(BestF1Threshold, LiesHalfwayAndTheHighestOfEquallyGoodOnesIsTaken) {
  EXPECT_DOUBLE_EQ(best_f1_threshold(Vector{{0.9, 0.5, 0.1}}, Eigen::VectorXi{{1, 1, 0}}), 0.3);
  // One of one, and two of three with one missed: F1 2/3 both at 0.7 and at 0.15.
  EXPECT_DOUBLE_EQ(
      best_f1_threshold(Vector{{0.9, 0.5, 0.4, 0.3, 0.0}}, Eigen::VectorXi{{1, 0, 0, 1, 0}}), 0.7);
  EXPECT_DOUBLE_EQ(best_f1_threshold(Vector{{0.2}}, Eigen::VectorXi{{1}}), 0.1);
}

TEST(BestF1Threshold, IsAHalfWhereNothingCanBeChosen) {
  EXPECT_EQ(best_f1_threshold(Vector{{0.9, 0.1}}, Eigen::VectorXi{{0, 0}}), 0.5);
  EXPECT_EQ(best_f1_threshold(Vector{{0.0, 0.0}}, Eigen::VectorXi{{1, 0}}), 0.5);
  EXPECT_EQ(best_f1_threshold(Vector(0), Eigen::VectorXi(0)), 0.5);
}

TEST(BestF1Threshold, PartsEvenNeighbouringNumbers) {
  const double upper = std::nextafter(0.6, 1.0);
  const double threshold = best_f1_threshold(Vector{{upper, 0.6}}, Eigen::VectorXi{{1, 0}});
  EXPECT_LT(threshold, upper);
  EXPECT_GE(threshold, 0.6);
}

TEST(ThresholdsFromOtherFolds, AFoldHasNoPartInItsOwn) {
  const Case made = random_case(120, 3, 4);
  const Matrix before = thresholds_from_other_folds(made.p, made.target, made.fold);
  ASSERT_EQ(before.rows(), 4);
  for (int f = 0; f < 4; ++f) {
    Case other = made;
    for (Index i = 0; i < 120; ++i) {
      if (made.fold[static_cast<std::size_t>(i)] != f) continue;
      other.target.row(i) = 1 - made.target.row(i).array();
      other.p.row(i).setConstant(0.33);
    }
    const Matrix after = thresholds_from_other_folds(other.p, other.target, other.fold);
    for (int g = 0; g < 4; ++g) {
      if (g == f) {
        EXPECT_EQ(before.row(g), after.row(g)) << f;
      } else {
        EXPECT_NE(before.row(g), after.row(g)) << f << ' ' << g;
      }
    }
  }
}

TEST(ThresholdsFromOtherFolds, ALabelThatTheyDoNotCarryStaysAtAHalf) {
  const Matrix p{{0.9}, {0.2}, {0.3}};
  const LabelMatrix target{{1}, {0}, {0}};
  const Matrix thresholds = thresholds_from_other_folds(p, target, {0, 1, 2});
  EXPECT_EQ(thresholds(0, 0), 0.5);
  EXPECT_DOUBLE_EQ(thresholds(1, 0), 0.6);
  EXPECT_DOUBLE_EQ(thresholds(2, 0), 0.55);
}

TEST(Decide, EachRowAtTheThresholdOfItsFold) {
  const Matrix p{{0.4, 0.4}, {0.4, 0.4}};
  EXPECT_EQ(decide(p, Matrix{{0.3, 0.4}, {0.5, 0.1}}, {1, 0}), (LabelMatrix{{0, 1}, {1, 0}}));
}

TEST(OfDraws, AreThoseOfTheRowsRepeated) {
  const Case made = random_case(60, 3, 1);
  std::mt19937_64 random(5);
  for (int draw = 0; draw < 20; ++draw) {
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

TEST(OfDraws, WithoutPositivesAreZero) {
  const Ranking ranking(Vector{{0.9, 0.1}}, Eigen::VectorXi{{1, 0}});
  EXPECT_EQ(ranking.average_precision(Eigen::RowVectorXi{{0, 2}}), 0);
  EXPECT_THAT(Decisions(LabelMatrix{{0}}, LabelMatrix{{0}}).f1(Eigen::RowVectorXi{{1}}).each,
              ElementsAre(0));
}

}  // namespace
}  // namespace oneormany
