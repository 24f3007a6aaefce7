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

/// The share with the least expected squared error (Ledoit & Wolf 2004). lengths: |z|² of each of
/// the n > 0 rows of Z, which are d numbers each and around a mean of 0; products: ZᵀZ or ZZᵀ. The
/// result can always be inverted: the share is at least 1e-6, and rows of zeros give I.
Shrinkage ledoit_wolf(const Vector& lengths, Index d, const Eigen::MatrixXd& products);

/// ridge · I + weight · VᵀV of n rows V of d numbers, by a factor of their n × n products: cheaper
/// than d × d where rows are few. With T Tᵀ = (ridge / weight) I + VVᵀ and Woodbury's identity,
///   xᵀ Σ⁻¹ y = (x·y − (T⁻¹ V x)·(T⁻¹ V y)) / ridge.
class LowRankCovariance {
 public:
  /// products: VVᵀ. Requires ridge > 0, weight > 0.
  LowRankCovariance(const Eigen::MatrixXd& products, Index d, double ridge, double weight);

  /// T⁻¹ V x, given V x, of each column x.
  Eigen::MatrixXd embed(Eigen::MatrixXd products) const;

  /// V Σ⁻¹ x, given T⁻¹ V x, of each column.
  Eigen::MatrixXd products(Eigen::MatrixXd embedded) const;

  /// V Σ⁻¹ Vᵀ.
  Eigen::MatrixXd products() const;

  double ridge() const { return ridge_; }
  double log_determinant() const { return log_determinant_; }

 private:
  Eigen::LLT<Eigen::MatrixXd> factor_;
  double ridge_, weight_, log_determinant_;
};

}  // namespace oneormany::ood
