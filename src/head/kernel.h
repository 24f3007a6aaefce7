#pragma once
// The kernel head: a smooth, bounded function of how near a picture is to known ones.

#include <Eigen/Cholesky>
#include <memory>

#include "base/matrix.h"
#include "head/linear.h"

namespace oneormany::head {

/// logits = A k(x) + b, where k_j(x) = exp(−γ |u(x) − l_j|²) for the landmarks l_j. u(x) is the
/// signed square root of each feature, the row then scaled to length 1: common features weigh less
/// (Arandjelović & Zisserman 2012, for Hellinger's distance), and bright pictures as much as dark
/// ones. The further a row is from all landmarks, the nearer its logits are to b.
struct KernelHead {
  MatrixF landmarks;          ///< landmarks × features, less `centre`
  Eigen::RowVectorXf centre;  ///< taken off each u(x); the distances are the same without it
  double gamma;
  Matrix weights;  ///< classes × landmarks
  Vector bias;     ///< classes

  /// One row of logits for each row of features.
  Matrix logits(const MatrixF& features) const;
};

/// What kernel heads are fitted on; fits of several losses on the same rows share it.
///
/// γ is 1 over the median squared distance of two of the pictures. The landmarks are all pictures,
/// or kMostLandmarks drawn from them where they are more. With the Cholesky factor U of the
/// landmarks' own kernel matrix, φ(x) = Uᵀ⁻¹ k(x) has φ(x)ᵀ φ(y) ≈ exp(−γ |u(x) − u(y)|²):
/// Nyström's method (Williams & Seeger 2001), exact where all pictures are landmarks. On φ a linear
/// head is fitted, which would be the same on any rotation of it, such as their eigenvectors'. φ is
/// centred, and scaled by one number so that its variances add up to the number of features, as
/// those of LinearInputs' standardised rows do: a λ means about the same in both. Each
/// column by itself is not standardised, as that would make the weak directions as strong as the
/// others.
class KernelInputs {
 public:
  static constexpr Index kMostLandmarks = 1000;

  /// features: n × d, of either sign, n > 0. Nothing is drawn anew from call to call. Throws Error
  /// if a feature is not a number.
  explicit KernelInputs(const MatrixF& features);

  const MatrixF& rows() const { return rows_; }  ///< φ of each row: n × landmarks
  const Directions& directions() const { return directions_; }

  /// The head on features that the one on rows() stands for.
  KernelHead head(const LinearHead& on_rows) const;

 private:
  KernelHead map_;  // all but weights and bias
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::RowVectorXd mean_;
  double scale_ = 1;  // φ = scale_ (Uᵀ⁻¹ k − mean_), with U of the factor
  MatrixF rows_;
  Directions directions_;
};

using KernelFit = HeadFit<KernelInputs>;

}  // namespace oneormany::head
