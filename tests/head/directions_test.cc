#include "head/directions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "head/random.h"

namespace oneormany::head {
namespace {

/// n × d, whose column j varies by 1 / (1 + j): the axes are the directions.
MatrixF rows_of(Index n, Index d) {
  Random random(5);
  MatrixF rows(n, d);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < d; ++j) {
      const double uniform = std::sqrt(12.0) * (random.uniform() - 0.5);
      rows(i, j) = static_cast<float>(uniform / std::sqrt(1.0 + static_cast<double>(j)));
    }
  }
  return rows;
}

TEST(Directions, AreThoseInWhichRowsVaryMost) {
  const Directions found = leading_directions(rows_of(4000, 60));
  ASSERT_EQ(found.variances.size(), Directions::kMost);
  for (Index k = 0; k < 5; ++k) {
    EXPECT_NEAR(found.variances(k), 1 / (1.0 + static_cast<double>(k)), 0.05) << k;
    EXPECT_GT(std::abs(found.basis(k, k)), 0.9) << k;
  }
  const MatrixF products = found.basis * found.basis.transpose();
  EXPECT_LT((products - MatrixF::Identity(products.rows(), products.cols())).norm(), 1e-4);
  EXPECT_LT(found.of_rest, found.variances(Directions::kMost - 1));
}

TEST(Directions, AreNoMoreThanRowsOrColumns) {
  EXPECT_EQ(leading_directions(rows_of(100, 3)).basis.rows(), 3);
  EXPECT_EQ(leading_directions(rows_of(2, 40)).basis.rows(), 2);
  const Directions still = leading_directions(MatrixF::Zero(10, 5));
  EXPECT_TRUE(still.basis.allFinite());
  EXPECT_EQ(still.variances.norm(), 0);
}

}  // namespace
}  // namespace oneormany::head
