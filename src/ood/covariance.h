#pragma once
// Covariance of few rows with many features, shrunk so that it can be inverted.

#include <Eigen/Cholesky>

#include "base/matrix.h"

namespace oneormany::ood {

/// aᵀ a, on all threads.
Eigen::MatrixXd gram(const Matrix& a);

/// For (1 − share) S + share · mean · I, where S = ZᵀZ / n and mean is that of S's diagonal.
struct Shrinkage {
  double share = 1, mean = 1;
};

/// The share with the least expected squared error (Ledoit & Wolf 2004). centred: Z, n × d, rows
/// around a mean of 0, n > 0; products: ZᵀZ or ZZᵀ. The result can always be inverted: the share is
/// at least 1e-6, and rows of zeros give I.
Shrinkage ledoit_wolf(const Matrix& centred, const Eigen::MatrixXd& products);

/// ridge · I + weight · VᵀV of n rows V, by a factor of their n × n products: cheaper than d × d
/// where rows are few. With T Tᵀ = (ridge / weight) I + VVᵀ and Woodbury's identity,
///   xᵀ Σ⁻¹ x = (|x|² − |T⁻¹ V x|²) / ridge.
class LowRankCovariance {
 public:
  /// products: VVᵀ. Requires ridge > 0, weight > 0.
  LowRankCovariance(Matrix rows, const Eigen::MatrixXd& products, double ridge, double weight);

  /// T⁻¹ V x of each row x.
  Matrix embed(const Matrix& rows) const;
  double ridge() const { return ridge_; }
  double log_determinant() const { return log_determinant_; }

 private:
  Matrix rows_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
  double ridge_, log_determinant_;
};

}  // namespace oneormany::ood
