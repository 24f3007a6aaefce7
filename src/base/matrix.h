#pragma once
// Matrices: one row for each picture, so that a row is contiguous in memory.

#include <Eigen/Core>

namespace oneormany {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

}  // namespace oneormany
