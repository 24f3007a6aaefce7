#pragma once
// Matrices: one row for each picture, so that a row is contiguous in memory.

#include <Eigen/Core>
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

/// Rows scaled to length 1, each by itself; a row of zeros stays.
inline MatrixF unit_rows(MatrixF rows) {
  for (auto row : rows.rowwise()) row.normalize();  // leaves zeros alone
  return rows;
}

}  // namespace oneormany::base

namespace oneormany {  // every module speaks of these
using base::Index;
using base::Matrix;
using base::MatrixF;
using base::Vector;
}  // namespace oneormany
