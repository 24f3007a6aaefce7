#include "head/row_products.h"

#include <gtest/gtest.h>

#include "base/matrix.h"
#include "head/random.h"
#include "tests/instruction_sets.h"

namespace oneormany::head {
namespace {

MatrixF random_rows(Index rows, Index columns, std::uint64_t seed) {
  Random random(seed);
  MatrixF found(rows, columns);
  for (float& x : found.reshaped()) x = static_cast<float>(random.uniform() - 0.5);
  return found;
}

double worst(const MatrixF& found, const Matrix& exact) {
  return (found.cast<double>() - exact).cwiseAbs().maxCoeff();
}

// Lengths below, at and over a vector, and over the part of a row that is taken at once; rows and
// columns that fill the registers or leave some over.
TEST(RowProducts, AreWhatDoublesSay) {
  on_each_instruction_set([] {
    for (const Index d : {1, 3, 16, 37, 64, 1000, 1030, 2100}) {
      for (const Index n : {1, 3, 4, 9}) {
        for (const Index columns : {1, 2, 3, 4, 5, 6, 7, 13}) {
          const MatrixF rows = random_rows(n, d, 1), vectors = random_rows(columns, d, 2);
          MatrixF products = MatrixF::Constant(n, columns, 9);
          multiply(rows.data(), n, d, vectors.data(), columns, products.data());
          EXPECT_LT(worst(products, rows.cast<double>() * vectors.cast<double>().transpose()), 2e-5)
              << n << " x " << d << ", " << columns;

          const MatrixF slopes = random_rows(n, columns, 3), before = random_rows(columns, d, 4);
          MatrixF sums = before;
          add_products(rows.data(), n, d, slopes.data(), columns, sums.data());
          EXPECT_LT(worst(sums, before.cast<double>() +
                                    slopes.cast<double>().transpose() * rows.cast<double>()),
                    2e-5)
              << n << " x " << d << ", " << columns;
        }
      }
    }
  });
}

// So that a fit doesn't depend on which others go along with it.
TEST(RowProducts, OfAVectorAreTheSameWhateverElseIsMultiplied) {
  const MatrixF rows = random_rows(7, 1200, 1), vectors = random_rows(8, 1200, 2);
  MatrixF together(7, 8);
  multiply(rows.data(), 7, 1200, vectors.data(), 8, together.data());
  for (Index c = 0; c < 8; ++c) {
    MatrixF alone(7, 1);
    multiply(rows.data(), 7, 1200, vectors.row(c).data(), 1, alone.data());
    EXPECT_EQ(alone, MatrixF(together.col(c))) << c;
  }
}

TEST(RowProducts, OfTwoMatricesAreThoseOfTheirRows) {
  for (const Index d : {1, 31, 1200}) {
    const MatrixF a = random_rows(17, d, 1), b = random_rows(130, d, 2);
    const MatrixF found = products(a, b);
    const Matrix expected = a.cast<double>() * b.cast<double>().transpose();
    EXPECT_LT((found.cast<double>() - expected).cwiseAbs().maxCoeff(), 1e-5 * std::sqrt(d) + 1e-6);
    for (Index i = 0; i < a.rows(); ++i) {
      EXPECT_EQ(products(a.row(i), b), MatrixF(found.row(i))) << i;
      EXPECT_EQ(products(a, b.row(7 * i)), MatrixF(found.col(7 * i))) << i;
    }
  }
}

}  // namespace
}  // namespace oneormany::head
