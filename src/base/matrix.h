#pragma once
// Matrices: one row for each picture, so that a row is contiguous in memory.

#include <Eigen/Core>
#include <cmath>
#include <utility>
#include <vector>

namespace oneormany::base {

template <typename T>
using MatrixOf = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = MatrixOf<double>;
using MatrixF = MatrixOf<float>;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

/// For Eigen::Map. Where memory begins decides the order in which Eigen adds, and what it rounds:
/// on memory of other allocators the last digits may differ from run to run.
template <typename T>
using AlignedVector = std::vector<T, Eigen::aligned_allocator<T>>;

/// |row|² of each, the same wherever in the matrix the row is (see AlignedVector).
inline Eigen::VectorXf squared_lengths(const MatrixF& rows) {
  Eigen::VectorXf lengths(rows.rows());
  Eigen::RowVectorXf row;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    row = rows.row(i);
    lengths(i) = row.squaredNorm();
  }
  return lengths;
}

/// Rows scaled to length 1, each by itself; a row of zeros stays.
inline MatrixF unit_rows(MatrixF rows) {
  const Eigen::VectorXf squares = squared_lengths(rows);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    if (squares(i) > 0) rows.row(i) /= std::sqrt(squares(i));
  }
  return rows;
}

}  // namespace oneormany::base

namespace oneormany {  // every module speaks of these
using base::Index;
using base::Matrix;
using base::MatrixF;
using base::Vector;
}  // namespace oneormany
