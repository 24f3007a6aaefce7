#pragma once
// Batch normalisation (Ioffe, Szegedy 2015).

#include "base/matrix.h"

namespace oneormany::head {

template <typename T>
using RowOf = Eigen::Matrix<T, 1, Eigen::Dynamic>;

/// In training each column is standardised with the batch's own mean and variance, then scaled and
/// shifted; later with averages over the batches of the training. As in PyTorch: epsilon 1e-5,
/// averages that move by 0.1 a batch, of the unbiased variance. Theirs start at 0 and 1, ours have
/// no start that must be forgotten: the first batches count as much as there are, so a short
/// training isn't falsified.
template <typename T>
class BatchNorm {
 public:
  static constexpr T kEpsilon = T(1e-5);
  static constexpr T kMomentum = T(0.1);

  /// out = scale · (in − mean) / √(variance + ε) + shift. Requires at least 2 rows.
  template <typename Row>
  void forward(const base::MatrixOf<T>& in, const Row& scale, const Row& shift,
               base::MatrixOf<T>& out) {
    const auto n = static_cast<T>(in.rows());
    const RowOf<T> mean = in.colwise().mean();
    standardised_ = in.rowwise() - mean;
    const RowOf<T> variance = standardised_.colwise().squaredNorm() / n;
    inverse_ = (variance.array() + kEpsilon).rsqrt();
    standardised_.array().rowwise() *= inverse_.array();
    out = (standardised_.array().rowwise() * scale.array()).rowwise() + shift.array();

    if (weight_ == 0) mean_ = variance_ = RowOf<T>::Zero(in.cols());
    mean_ += kMomentum * (mean - mean_);
    variance_ += kMomentum * (variance * (n / (n - 1)) - variance_);
    weight_ += kMomentum * (1 - weight_);
  }

  /// `gradient` holds d value / d out; the gradients of scale and shift are written.
  template <typename Row, typename Out>
  void backward_parameters(const base::MatrixOf<T>& gradient, Row&& scale_gradient,
                           Out&& shift_gradient) {
    scale_gradient = gradient.cwiseProduct(standardised_).colwise().sum();
    shift_gradient = gradient.colwise().sum();
  }

  /// Turns d value / d out into d value / d in, given the gradients of scale and shift.
  template <typename Row, typename Gradient>
  void backward_input(const Row& scale, const Gradient& scale_gradient,
                      const Gradient& shift_gradient, base::MatrixOf<T>& gradient) const {
    const T n = static_cast<T>(gradient.rows());
    gradient.array() -= (standardised_.array().rowwise() * (scale_gradient.array() / n)).rowwise() +
                        shift_gradient.array() / n;
    gradient.array().rowwise() *= scale.array() * inverse_.array();
  }

  /// Averages over the batches so far. Requires that there was one.
  RowOf<T> mean() const { return mean_ / weight_; }
  RowOf<T> variance() const { return variance_ / weight_; }

 private:
  base::MatrixOf<T> standardised_;  // of the last batch
  RowOf<T> inverse_;                // 1 / √(variance + ε) of the last batch
  RowOf<T> mean_, variance_;
  T weight_ = 0;  // of all batches in the averages, 1 in the long run
};

}  // namespace oneormany::head
