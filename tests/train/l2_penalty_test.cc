#include "train/l2_penalty.h"

#include <gtest/gtest.h>

#include <cmath>

namespace oneormany::train {
namespace {

TEST(L2Penalty, APathIsLongEnoughOnceItsLossHasRisenTwice) {
  const HeldOutLosses losses{3, 2, 1, 1.5, 1.2, 1.3, 1.4};
  for (const std::size_t penalty : {0, 1, 2, 3, 4, 5}) {
    EXPECT_FALSE(risen_twice(losses, penalty)) << penalty;
  }
  EXPECT_TRUE(risen_twice(losses, 6));
}

// Of fold 0 the heads of the pairs (0, 1) and (0, 2) count, on folds 1 and 2.
TEST(L2Penalty, IsTheOneOfTheLowestLossThatAllPairsTried) {
  FoldPairs pairs(3);
  pairs.at(1, 0) = {5, 4, 3, 2, 1, 2, 3};
  pairs.at(2, 0) = {5, 4, 3, 4, 5, HUGE_VAL, HUGE_VAL};
  EXPECT_EQ(pairs.best_penalty(0), 2u);
  pairs.at(2, 0) = {5, 4, 3, 3, 3, 3, 3};
  EXPECT_EQ(pairs.best_penalty(0), 4u);
}

TEST(L2Penalty, OfSeveralAsGoodTheLargestIsTaken) {
  FoldPairs pairs(3);
  pairs.at(1, 0) = {5, 4.03, 4.019, 4, 4.5, 5, 5};
  pairs.at(2, 0).fill(0);
  EXPECT_EQ(pairs.best_penalty(0), 2u);
}

}  // namespace
}  // namespace oneormany::train
