#include "judge/costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace oneormany {
namespace {

using testing::ElementsAre;

// With equal costs that is Chow's rule: answer where the highest probability is at least
// 1 - none / wrong.
TEST(Costs, EqualOnesAreChowsThreshold) {
  const Matrix cost = cost_matrix(2, 1, 0.2).topRows(2);
  const Matrix p{{0.9, 0.1}, {0.75, 0.25}, {0.81, 0.19}, {0.5, 0.5}, {0.1, 0.9}};
  EXPECT_THAT(decide_by_cost(p, cost), ElementsAre(0, -1, 0, -1, 1));
  // A "none" that costs as much as the worst guess is never cheaper, and of equals the class wins.
  EXPECT_THAT(decide_by_cost(p, cost_matrix(2, 1, 0.5).topRows(2)), ElementsAre(0, 0, 0, 0, 1));
}

TEST(Costs, MakeARareButDearMistakeDecide) {
  // To call class 1 a 0 costs 20, the other way round 1.
  const Matrix cost{{0, 1, 5}, {20, 0, 5}};
  const Matrix p{{0.99, 0.01}, {0.9, 0.1}, {0.7, 0.3}};
  EXPECT_THAT(decide_by_cost(p, cost), ElementsAre(0, 1, 1));
}

TEST(Costs, WhatIsMissingToOneIsNone) {
  const Matrix p{{0.5, 0.1}, {0.9, 0.05}};  // 0.4 and 0.05 for none
  EXPECT_THAT(decide_by_cost(p, cost_matrix(2, 1, 0.3)), ElementsAre(-1, 0));
  // Expected: 0.5 wrong against 0.6 of 0.9 for a needless "none".
  EXPECT_THAT(decide_by_cost(p, cost_matrix(2, 1, 0.9)), ElementsAre(0, 0));
}

TEST(Costs, NoOtherDecisionIsCheaper) {
  std::mt19937_64 random(11);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Matrix cost(4, 4), p(50, 3);
  for (double& one : cost.reshaped()) one = uniform();
  for (Index i = 0; i < 50; ++i) {
    for (double& one : p.row(i)) one = uniform();
    p.row(i) /= p.row(i).sum() * (1 + uniform());
  }
  const auto decided = decide_by_cost(p, cost);
  std::vector<int> seen(4);
  for (Index i = 0; i < 50; ++i) {
    const auto expected = [&](int decision) {
      double sum = (1 - p.row(i).sum()) * cost(3, decision);
      for (int c = 0; c < 3; ++c) sum += p(i, c) * cost(c, decision);
      return sum;
    };
    const int own =
        decided[static_cast<std::size_t>(i)] < 0 ? 3 : decided[static_cast<std::size_t>(i)];
    ++seen[static_cast<std::size_t>(own)];
    for (int other = 0; other < 4; ++other) EXPECT_LE(expected(own), expected(other) + 1e-12);
  }
  EXPECT_GT(*std::max_element(seen.begin(), seen.end()), 0);
  EXPECT_LT(*std::max_element(seen.begin(), seen.end()), 50);
}

TEST(Costs, AchievedAreThoseOfEachRow) {
  const Matrix cost{{0, 1, 5}, {20, 0, 6}, {2, 3, 0}};
  const std::vector<int> decided{0, 0, -1, 1, -1}, target{0, 1, 1, -1, -1};
  EXPECT_DOUBLE_EQ(mean_cost(decided, target, cost, Eigen::RowVectorXi::Ones(5)), 29 / 5.0);
  EXPECT_DOUBLE_EQ(mean_cost(decided, target, cost, Eigen::RowVectorXi{{1, 0, 2, 0, 1}}), 12 / 4.0);
  EXPECT_EQ(mean_cost(decided, target, cost, Eigen::RowVectorXi::Zero(5)), 0);
}

TEST(Costs, OfOtherShapesAreRefused) {
  const Matrix p{{0.5, 0.5}};
  EXPECT_THROW(decide_by_cost(p, Matrix::Zero(2, 2)), std::invalid_argument);
  EXPECT_THROW(decide_by_cost(p, Matrix::Zero(3, 4)), std::invalid_argument);
  EXPECT_THROW(decide_by_cost(p, Matrix::Constant(2, 3, NAN)), std::invalid_argument);
  EXPECT_THROW(decide_by_cost(Matrix{{NAN, 0.5}}, Matrix::Zero(2, 3)), std::invalid_argument);
  EXPECT_THROW(mean_cost({0}, {-1}, Matrix::Zero(2, 3), Eigen::RowVectorXi::Ones(1)),
               std::invalid_argument);
}

}  // namespace
}  // namespace oneormany
