#pragma once
// The kernel head: a smooth, bounded function of how near a picture is to known ones.

#include <Eigen/Cholesky>
#include <memory>
#include <vector>

#include "base/matrix.h"
#include "head/linear.h"

namespace oneormany::head {

/// logits = A k(x) + b, where k_j(x) = exp(−γ |u(x) − l_j|²) for the landmarks l_j. u(x) is the
/// signed square root of each feature, the row then scaled to length 1: common features weigh less
/// (Arandjelović & Zisserman 2012, for Hellinger's distance), and bright pictures as much as dark
/// ones. The further a row is from all landmarks, the nearer its logits are to b.
struct KernelHead {
  struct Map {
    MatrixF landmarks;          ///< landmarks × features, less `centre`
    Eigen::RowVectorXf centre;  ///< taken off each u(x); the distances are the same without it
    double gamma = 1;
  };
  std::shared_ptr<const Map> map;  ///< heads of the same inputs share it
  Matrix weights;                  ///< classes × landmarks
  Vector bias;                     ///< classes

  /// One row of logits for each row of features.
  Matrix logits(const MatrixF& features) const;
};

/// u(x) of many rows, and their distances: what heads that are fitted on some of them have in
/// common. The distances of all pairs are computed once where there is room for them, else those
/// that are asked for.
class KernelRows {
 public:
  static constexpr Index kRoom = 12'000;  ///< rows; more than half a gigabyte of pairs

  /// features: n × d, of either sign, n > 0; more: further rows, which are numbered on. Throws
  /// Error if a feature is not a number.
  explicit KernelRows(const MatrixF& features, const MatrixF& more = MatrixF());

  Index count() const { return roots_.rows(); }
  const MatrixF& roots() const { return roots_; }  ///< u(x) less centre(): n × d
  const Eigen::RowVectorXf& centre() const { return centre_; }

  /// |u(x) − u(y)|² of two rows.
  float distance(Index row, Index other) const;

  /// The same: rows × others.
  MatrixF distances(const std::vector<Index>& rows, const std::vector<Index>& others) const;

 private:
  MatrixF roots_;
  Eigen::RowVectorXf centre_;
  Eigen::VectorXf lengths_;  // squared, of each root
  MatrixF all_;              // distances: n × n, or empty
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

  /// rows: of `all`, not empty. Nothing is drawn anew from call to call.
  KernelInputs(std::shared_ptr<const KernelRows> all, const std::vector<Index>& rows);
  explicit KernelInputs(const MatrixF& features);  ///< all rows of these

  const MatrixF& rows() const { return rows_; }  ///< φ of each row: n × landmarks
  /// φ of other rows of KernelRows.
  MatrixF rows_of(const std::vector<Index>& rows) const;
  const Directions& directions() const { return directions_; }

  /// The head on features that the one on rows() stands for.
  KernelHead head(const LinearHead& on_rows) const;

  /// What a head of these inputs says to rows of KernelRows: head.logits() of their features, but
  /// for rounding, and with distances that are known.
  Matrix logits(const KernelHead& head, const std::vector<Index>& rows) const;

 private:
  std::shared_ptr<const KernelRows> all_;
  std::vector<Index> landmarks_;  // rows of `all`
  std::shared_ptr<const KernelHead::Map> map_;
  MatrixF kernels_of(const std::vector<Index>& rows) const;
  void solve(MatrixF& kernels) const;

  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::MatrixXf upper_;  // its U, for whole rows
  Eigen::RowVectorXf mean_;
  double scale_ = 1;  // φ = scale_ (Uᵀ⁻¹ k − mean_)
  MatrixF rows_;
  Directions directions_;
};

using KernelFit = HeadFit<KernelInputs>;

}  // namespace oneormany::head
