#include "backbone/layers.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <openvino/op/ops.hpp>
#include <utility>

#include "base/error.h"
#include "base/printable.h"

namespace oneormany::backbone {
namespace {

template <class T>
Node constant(const ov::Shape& shape, const std::vector<T>& values) {
  return std::make_shared<ov::op::v0::Constant>(ov::element::from<T>(), shape, values);
}

}  // namespace

Layers::Layers(const Tensors& tensors, std::string network, Padding padding, float epsilon)
    : tensors_(tensors), network_(std::move(network)), padding_(padding), epsilon_(epsilon) {}

const std::vector<float>& Layers::values(const std::string& name,
                                         const std::vector<std::int64_t>& shape) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw Error(fmt::format("lacks the tensor {} of {}", name, network_));
  }
  const Tensor& tensor = found->second;
  if (tensor.shape != shape) {
    throw Error(fmt::format("tensor {} has the shape {}, but {} needs {}", name, tensor.shape,
                            network_, shape));
  }
  if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                   [](float v) { return std::isfinite(v); })) {
    throw Error(fmt::format("tensor {} holds a number that isn't finite", name));
  }
  used_.insert(name);
  return tensor.values;
}

Node Layers::conv_norm(const Node& x, const std::string& conv, const std::string& norm,
                       const Convolution& shape) {
  const auto in = static_cast<std::int64_t>(x.get_shape()[1]);
  const bool depthwise = shape.channels == 0;
  const std::int64_t out = depthwise ? in : shape.channels;
  const std::int64_t kernel = shape.kernel;
  std::vector<float> weights = values(conv + ".weight", {out, depthwise ? 1 : in, kernel, kernel});
  const auto& gamma = values(norm + ".weight", {out});
  const auto& beta = values(norm + ".bias", {out});
  const auto& mean = values(norm + ".running_mean", {out});
  const auto& variance = values(norm + ".running_var", {out});
  std::vector<float> bias(beta.size());
  const std::size_t per_channel = weights.size() / bias.size();
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const double factor = gamma[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon_);
    if (!std::isfinite(factor)) {
      throw Error(fmt::format("tensor {}.running_var is negative somewhere", norm));
    }
    bias[c] = static_cast<float>(beta[c] - mean[c] * factor);
    for (std::size_t i = 0; i < per_channel; ++i) {
      float& weight = weights[c * per_channel + i];
      weight = static_cast<float>(weight * factor);
    }
  }

  const auto side = static_cast<std::size_t>(kernel);
  const auto channels = static_cast<std::size_t>(out);
  const auto channels_in = static_cast<std::size_t>(in);
  const auto pad = static_cast<std::ptrdiff_t>((kernel - 1) / 2);
  const ov::CoordinateDiff pads{pad, pad};
  const ov::Strides strides(2, static_cast<std::size_t>(shape.stride));
  const auto pad_type =
      padding_ == Padding::kSame ? ov::op::PadType::SAME_UPPER : ov::op::PadType::EXPLICIT;
  Node y;
  if (depthwise) {
    y = std::make_shared<ov::op::v1::GroupConvolution>(
        x, constant(ov::Shape{channels, 1, 1, side, side}, weights), strides, pads, pads,
        ov::Strides{1, 1}, pad_type);
  } else {
    y = std::make_shared<ov::op::v1::Convolution>(
        x, constant(ov::Shape{channels, channels_in, side, side}, weights), strides, pads, pads,
        ov::Strides{1, 1}, pad_type);
  }
  return add(y, constant(ov::Shape{1, channels, 1, 1}, bias));
}

Node Layers::linear(const Node& x, const std::string& name, int out) {
  const auto in = static_cast<std::int64_t>(x.get_shape()[1]);
  const auto& weights = values(name + ".weight", {out, in});
  const auto& bias = values(name + ".bias", {out});
  const auto rows = static_cast<std::size_t>(out);
  const Node product = std::make_shared<ov::op::v0::MatMul>(
      x, constant(ov::Shape{rows, x.get_shape()[1]}, weights), false, true);
  return add(product, constant(ov::Shape{1, rows}, bias));
}

Node Layers::relu(const Node& x) { return std::make_shared<ov::op::v0::Relu>(x); }

Node Layers::relu6(const Node& x) { return std::make_shared<ov::op::v0::Clamp>(x, 0.0, 6.0); }

Node Layers::add(const Node& x, const Node& y) { return std::make_shared<ov::op::v1::Add>(x, y); }

Node Layers::max_pool(const Node& x) {
  return std::make_shared<ov::op::v1::MaxPool>(x, ov::Strides{2, 2}, ov::Shape{1, 1},
                                               ov::Shape{1, 1}, ov::Shape{3, 3});
}

Node Layers::mean_pool(const Node& x) {
  const Node axes = constant<std::int64_t>(ov::Shape{2}, {2, 3});
  return std::make_shared<ov::op::v1::ReduceMean>(x, axes, false);
}

void Layers::expect_no_more_than(const std::string& classifier) const {
  for (const auto& [name, tensor] : tensors_) {
    if (!used_.contains(name) && !name.starts_with(classifier + ".")) {
      throw Error(
          fmt::format("tensor {} belongs to no layer of {}", base::excerpt(name), network_));
    }
  }
}

}  // namespace oneormany::backbone
