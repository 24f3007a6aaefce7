#pragma once
// The small network as it is trained: forward and backward through a batch.
//
//   batch norm → dropout → linear → ReLU → batch norm → dropout → linear
//
// which is the head that fastai puts on a backbone (fastai.vision.learner.create_head). The linear
// layers have no bias of their own: the shift of the batch norm before them does that work.

#include <array>
#include <span>

#include "base/matrix.h"
#include "head/batch_norm.h"
#include "head/random.h"

namespace oneormany::head {

/// T: float, or double to test the gradient.
template <typename T>
class MlpNetwork {
 public:
  struct Shape {
    Index features, hidden, columns;
  };

  /// Weights as He et al. 2015 start them; batch norms start as the identity.
  MlpNetwork(Shape shape, Random& random);

  /// Draws which inputs of the linear layers are dropped in the next batches of so many rows. What
  /// stays is scaled up, so that sums keep their expectation.
  void draw_dropout(Index rows, double of_features, double of_hidden, Random& random);

  /// Logits of a batch in training. Requires as many rows as were drawn for, at least 2.
  const base::MatrixOf<T>& forward(const base::MatrixOf<T>& batch);

  /// From d value / d logits of that batch to gradient().
  void backward(const base::MatrixOf<T>& logits_gradient);

  /// All parameters in one row, and their parts: scale and shift of the first batch norm, weights
  /// (hidden × features), scale and shift of the second, weights (columns × hidden).
  enum Part { kScale1, kShift1, kWeights1, kScale2, kShift2, kWeights2, kParts };
  base::AlignedVector<T>& parameters() { return parameters_; }
  const base::AlignedVector<T>& gradient() const { return gradient_; }
  std::size_t begin_of(Part part) const { return begin_[part]; }

  /// The network as it predicts is two linear layers with a ReLU between, as dropout and batch
  /// norms are folded into their weights and biases.
  struct Folded {
    base::MatrixOf<T> hidden_weights, weights;
    RowOf<T> hidden_bias, bias;
  };
  Folded folded() const;

 private:
  using RowMap = Eigen::Map<RowOf<T>>;
  using MatrixMap = Eigen::Map<base::MatrixOf<T>>;
  template <typename V>
  auto row(V& all, Part part) const;
  template <typename V>
  auto matrix(V& all, Part part) const;

  Shape shape_;
  std::array<std::size_t, kParts + 1> begin_;
  base::AlignedVector<T> parameters_, gradient_;
  BatchNorm<T> norm1_, norm2_;
  base::MatrixOf<T> keep1_, keep2_;  // 0 where dropped, else 1 / (1 − share that is dropped)
  base::MatrixOf<T> input1_, hidden_, input2_, logits_, back_;
};

extern template class MlpNetwork<float>;
extern template class MlpNetwork<double>;

}  // namespace oneormany::head
