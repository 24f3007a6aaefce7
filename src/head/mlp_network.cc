#include "head/mlp_network.h"

#include <algorithm>
#include <cmath>

namespace oneormany::head {
namespace {

/// Every 64 random bits decide on four entries, to 1/65,536.
template <typename T>
void draw_mask(base::MatrixOf<T>& mask, double dropped, Random& random) {
  const auto threshold = static_cast<std::uint64_t>(std::lround(dropped * 0x1p16));
  const T kept = static_cast<T>(1 / (1 - dropped));
  std::uint64_t bits = 0;
  for (Index i = 0; i < mask.size(); ++i) {
    bits = i % 4 == 0 ? random.bits() : bits >> 16;
    mask.data()[i] = (bits & 0xffff) < threshold ? T(0) : kept;
  }
}

}  // namespace

template <typename T>
template <typename V>
auto MlpNetwork<T>::row(V& all, Part part) const {
  using Map = std::conditional_t<std::is_const_v<V>, Eigen::Map<const RowOf<T>>, RowMap>;
  return Map(all.data() + begin_[part], static_cast<Index>(begin_[part + 1] - begin_[part]));
}

template <typename T>
template <typename V>
auto MlpNetwork<T>::matrix(V& all, Part part) const {
  using Map =
      std::conditional_t<std::is_const_v<V>, Eigen::Map<const base::MatrixOf<T>>, MatrixMap>;
  const Index inputs = part == kWeights1 ? shape_.features : shape_.hidden;
  return Map(all.data() + begin_[part],
             static_cast<Index>(begin_[part + 1] - begin_[part]) / inputs, inputs);
}

template <typename T>
MlpNetwork<T>::MlpNetwork(Shape shape, Random& random) : shape_(shape) {
  const Index d = shape.features, h = shape.hidden, c = shape.columns;
  std::size_t at = 0;
  const std::array<Index, kParts> sizes{d, d, h * d, h, h, c * h};
  for (std::size_t part = 0; part < kParts; ++part) {
    begin_[part] = at;
    at += static_cast<std::size_t>(sizes[part]);
  }
  begin_[kParts] = at;
  parameters_.assign(at, T(0));
  gradient_.assign(at, T(0));
  row(parameters_, kScale1).setOnes();
  row(parameters_, kScale2).setOnes();
  for (const Part part : {kWeights1, kWeights2}) {
    auto weights = matrix(parameters_, part);
    const double bound = std::sqrt(6.0 / static_cast<double>(weights.cols()));
    for (Index i = 0; i < weights.size(); ++i) {
      weights.data()[i] = static_cast<T>(bound * (2 * random.uniform() - 1));
    }
  }
}

template <typename T>
void MlpNetwork<T>::draw_dropout(Index rows, double of_features, double of_hidden, Random& random) {
  keep1_.resize(rows, shape_.features);
  keep2_.resize(rows, shape_.hidden);
  draw_mask(keep1_, of_features, random);
  draw_mask(keep2_, of_hidden, random);
}

template <typename T>
const base::MatrixOf<T>& MlpNetwork<T>::forward(const base::MatrixOf<T>& batch) {
  norm1_.forward(batch, row(parameters_, kScale1), row(parameters_, kShift1), input1_);
  input1_.array() *= keep1_.array();
  hidden_.noalias() = input1_ * matrix(parameters_, kWeights1).transpose();
  hidden_ = hidden_.cwiseMax(T(0));
  norm2_.forward(hidden_, row(parameters_, kScale2), row(parameters_, kShift2), input2_);
  input2_.array() *= keep2_.array();
  logits_.noalias() = input2_ * matrix(parameters_, kWeights2).transpose();
  return logits_;
}

template <typename T>
void MlpNetwork<T>::backward(const base::MatrixOf<T>& logits_gradient) {
  matrix(gradient_, kWeights2).noalias() = logits_gradient.transpose() * input2_;
  back_.noalias() = logits_gradient * matrix(parameters_, kWeights2);
  back_.array() *= keep2_.array();
  auto scale_gradient = row(gradient_, kScale2), shift_gradient = row(gradient_, kShift2);
  norm2_.backward_parameters(back_, scale_gradient, shift_gradient);
  norm2_.backward_input(row(parameters_, kScale2), scale_gradient, shift_gradient, back_);
  back_ = (hidden_.array() > 0).select(back_, T(0));

  matrix(gradient_, kWeights1).noalias() = back_.transpose() * input1_;
  const base::MatrixOf<T> input_gradient =
      (back_ * matrix(parameters_, kWeights1)).cwiseProduct(keep1_);
  norm1_.backward_parameters(input_gradient, row(gradient_, kScale1), row(gradient_, kShift1));
}

template <typename T>
typename MlpNetwork<T>::Folded MlpNetwork<T>::folded() const {
  Folded folded;
  const auto fold = [&](const BatchNorm<T>& norm, Part scale, Part shift, Part weights,
                        base::MatrixOf<T>& folded_weights, RowOf<T>& folded_bias) {
    const RowOf<T> by = row(parameters_, scale).array() *
                        (norm.variance().array() + BatchNorm<T>::kEpsilon).rsqrt();
    const RowOf<T> at_zero = row(parameters_, shift).array() - norm.mean().array() * by.array();
    folded_weights = matrix(parameters_, weights);
    folded_bias = at_zero * folded_weights.transpose();
    folded_weights.array().rowwise() *= by.array();
  };
  fold(norm1_, kScale1, kShift1, kWeights1, folded.hidden_weights, folded.hidden_bias);
  fold(norm2_, kScale2, kShift2, kWeights2, folded.weights, folded.bias);
  return folded;
}

template class MlpNetwork<float>;
template class MlpNetwork<double>;

}  // namespace oneormany::head
