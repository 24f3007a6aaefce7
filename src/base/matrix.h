#pragma once
// Matrices: one row for each picture, so that a row is contiguous in memory.

#include <Eigen/Core>

namespace oneormany {

template <typename T>
using MatrixOf = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = MatrixOf<double>;
using MatrixF = MatrixOf<float>;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

}  // namespace oneormany
