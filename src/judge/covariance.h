#pragma once
// Covariance of few rows with many features, shrunk so that it can be inverted.

#include <Eigen/Cholesky>

#include "base/matrix.h"

namespace oneormany {

/// (1 − shrinkage) S + shrinkage μ I, where S = ZᵀZ / n and μ is the mean of S's diagonal.
struct ShrunkCovariance {
  Eigen::MatrixXd covariance;
  double shrinkage = 0;
};

/// The shrinkage with the least expected squared error (Ledoit & Wolf 2004). centred: n × d, rows
/// around a mean of 0, n > 0. Always invertible: the shrinkage is at least 1e-6, and rows of zeros
/// give I.
ShrunkCovariance ledoit_wolf(const Matrix& centred);

/// aᵀ a, on all threads.
Eigen::MatrixXd gram(const Matrix& a);

}  // namespace oneormany
