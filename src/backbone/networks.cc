#include "backbone/networks.h"

#include <fmt/core.h>

#include <array>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/op/concat.hpp>
#include <openvino/op/parameter.hpp>

#include "backbone/layers.h"
#include "base/error.h"

namespace oneormany::backbone {
namespace {

constexpr int kClasses = 1000;

/// Inverted residual blocks: both families are rows of these.
struct BlockRow {
  int expand, channels, repeats, stride, kernel;
};

/// A network without its input and outputs.
struct Body {
  Layers layers;
  ov::OutputVector stages;  ///< [1,C] each: the last layer's, which the classifier reads, first
  std::string classifier;
};

/// Inverted residual blocks are widest after their expansion: what the first ones of these rows and
/// of those after them find there are features too.
constexpr std::size_t kFirstRowOfStages = 5;

Body efficientnet_lite0(const Tensors& tensors, const Node& input) {
  constexpr std::array<BlockRow, 7> kRows{{{1, 16, 1, 1, 3},
                                           {6, 24, 2, 2, 3},
                                           {6, 40, 2, 2, 5},
                                           {6, 80, 3, 2, 3},
                                           {6, 112, 3, 1, 5},
                                           {6, 192, 4, 2, 5},
                                           {6, 320, 1, 1, 3}}};
  Layers layers(tensors, "efficientnet-lite0", Layers::Padding::kSame, 1e-3f);
  Node x = Layers::relu6(layers.conv_norm(input, "_conv_stem", "_bn0", {32, 3, 2}));
  int block = 0;
  ov::OutputVector stages;
  for (std::size_t r = 0; r < kRows.size(); ++r) {
    const BlockRow& row = kRows[r];
    for (int repeat = 0; repeat < row.repeats; ++repeat) {
      const std::string name = fmt::format("_blocks.{}.", block++);
      const int stride = repeat == 0 ? row.stride : 1;
      const auto in = static_cast<int>(x.get_shape()[1]);
      Node y = x;
      if (row.expand != 1) {
        y = layers.conv_norm(y, name + "_expand_conv", name + "_bn0", {in * row.expand});
        y = Layers::relu6(y);
        if (r >= kFirstRowOfStages && repeat == 0) stages.push_back(Layers::mean_pool(y));
      }
      y = layers.conv_norm(y, name + "_depthwise_conv", name + "_bn1", {0, row.kernel, stride});
      y = Layers::relu6(y);
      y = layers.conv_norm(y, name + "_project_conv", name + "_bn2", {row.channels});
      x = stride == 1 && in == row.channels ? Layers::add(x, y) : y;
    }
  }
  x = Layers::relu6(layers.conv_norm(x, "_conv_head", "_bn1", {1280}));
  stages.insert(stages.begin(), Layers::mean_pool(x));
  return {std::move(layers), std::move(stages), "_fc"};
}

Body mobilenet_v2(const Tensors& tensors, const Node& input) {
  constexpr std::array<BlockRow, 7> kRows{{{1, 16, 1, 1, 3},
                                           {6, 24, 2, 2, 3},
                                           {6, 32, 3, 2, 3},
                                           {6, 64, 4, 2, 3},
                                           {6, 96, 3, 1, 3},
                                           {6, 160, 3, 2, 3},
                                           {6, 320, 1, 1, 3}}};
  Layers layers(tensors, "mobilenet_v2", Layers::Padding::kSymmetric, 1e-5f);
  Node x = Layers::relu6(layers.conv_norm(input, "features.0.0", "features.0.1", {32, 3, 2}));
  int block = 1;
  ov::OutputVector stages;
  for (std::size_t r = 0; r < kRows.size(); ++r) {
    const BlockRow& row = kRows[r];
    for (int repeat = 0; repeat < row.repeats; ++repeat) {
      const std::string name = fmt::format("features.{}.conv.", block++);
      const int stride = repeat == 0 ? row.stride : 1;
      const auto in = static_cast<int>(x.get_shape()[1]);
      Node y = x;
      int part = 0;
      if (row.expand != 1) {
        y = Layers::relu6(layers.conv_norm(y, name + "0.0", name + "0.1", {in * row.expand}));
        if (r >= kFirstRowOfStages && repeat == 0) stages.push_back(Layers::mean_pool(y));
        ++part;
      }
      y = layers.conv_norm(y, fmt::format("{}{}.0", name, part), fmt::format("{}{}.1", name, part),
                           {0, row.kernel, stride});
      y = layers.conv_norm(Layers::relu6(y), fmt::format("{}{}", name, part + 1),
                           fmt::format("{}{}", name, part + 2), {row.channels});
      x = stride == 1 && in == row.channels ? Layers::add(x, y) : y;
    }
  }
  x = Layers::relu6(layers.conv_norm(x, "features.18.0", "features.18.1", {1280}));
  stages.insert(stages.begin(), Layers::mean_pool(x));
  return {std::move(layers), std::move(stages), "classifier"};
}

/// How many blocks each of the four layers of a resnet has, as the names tell.
std::array<int, 4> resnet_blocks(const Tensors& tensors) {
  std::array<int, 4> blocks{};
  for (std::size_t layer = 0; layer < blocks.size(); ++layer) {
    const auto name = [&] {
      return fmt::format("layer{}.{}.conv1.weight", layer + 1, blocks[layer]);
    };
    while (tensors.contains(name())) ++blocks[layer];
  }
  return blocks;
}

Body resnet(const Tensors& tensors, const Node& input, const std::string& name) {
  const bool bottleneck = tensors.contains("layer1.0.conv3.weight");
  const auto blocks = resnet_blocks(tensors);
  Layers layers(tensors, name, Layers::Padding::kSymmetric, 1e-5f);
  Node x = Layers::relu(layers.conv_norm(input, "conv1", "bn1", {64, 7, 2}));
  x = Layers::max_pool(x);
  ov::OutputVector stages;
  for (int layer = 0; layer < 4; ++layer) {
    const int width = 64 << layer;
    const int out = bottleneck ? 4 * width : width;
    for (int block = 0; block < blocks[static_cast<std::size_t>(layer)]; ++block) {
      const std::string at = fmt::format("layer{}.{}.", layer + 1, block);
      const int stride = layer > 0 && block == 0 ? 2 : 1;
      const auto conv = [&](const Node& in, int i, const Layers::Convolution& shape) {
        return layers.conv_norm(in, fmt::format("{}conv{}", at, i), fmt::format("{}bn{}", at, i),
                                shape);
      };
      Node y;
      if (bottleneck) {
        y = Layers::relu(conv(x, 1, {width}));
        y = Layers::relu(conv(y, 2, {width, 3, stride}));
        y = conv(y, 3, {out});
      } else {
        y = Layers::relu(conv(x, 1, {out, 3, stride}));
        y = conv(y, 2, {out, 3});
      }
      if (stride != 1 || x.get_shape()[1] != static_cast<std::size_t>(out)) {
        x = layers.conv_norm(x, at + "downsample.0", at + "downsample.1", {out, 1, stride});
      }
      x = Layers::relu(Layers::add(x, y));
    }
    if (layer >= 2) stages.insert(stages.begin(), Layers::mean_pool(x));
  }
  return {std::move(layers), std::move(stages), "fc"};
}

/// The network's name, told by the names of its tensors.
std::string recognise(const Tensors& tensors) {
  if (tensors.contains("_conv_stem.weight")) return "efficientnet-lite0";
  if (tensors.contains("features.0.0.weight")) return "mobilenet_v2";
  if (tensors.contains("layer1.0.conv1.weight")) {
    const bool bottleneck = tensors.contains("layer1.0.conv3.weight");
    const auto blocks = resnet_blocks(tensors);
    if (!bottleneck && blocks == std::array{2, 2, 2, 2}) return "resnet18";
    if (blocks == std::array{3, 4, 6, 3}) return bottleneck ? "resnet50" : "resnet34";
  }
  throw Error(
      "holds none of the known networks (EfficientNet-Lite0; torchvision's resnet18, resnet34, "
      "resnet50, mobilenet_v2); give others as ONNX");
}

}  // namespace

Network build_network(const Tensors& tensors, int size, bool with_logits) {
  const std::string name = recognise(tensors);
  const auto side = static_cast<std::size_t>(size);
  const auto input =
      std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::Shape{1, 3, side, side});
  const bool lite = name == "efficientnet-lite0";
  Body body = lite                     ? efficientnet_lite0(tensors, input)
              : name == "mobilenet_v2" ? mobilenet_v2(tensors, input)
                                       : resnet(tensors, input, name);
  ov::OutputVector outputs{std::make_shared<ov::op::v0::Concat>(body.stages, 1)};
  if (with_logits) {
    const std::string linear = name == "mobilenet_v2" ? "classifier.1" : body.classifier;
    outputs.push_back(body.layers.linear(body.stages.front(), linear, kClasses));
  }
  body.layers.expect_no_more_than(body.classifier);
  constexpr Normalisation kLite{{127, 127, 127}, {128, 128, 128}};
  return {name, lite ? kLite : kImageNet,
          std::make_shared<ov::Model>(outputs, ov::ParameterVector{input}, name),
          static_cast<int>(body.stages.front().get_shape()[1])};
}

void take_pixels(std::shared_ptr<ov::Model>& model, const Normalisation& normalisation,
                 const Input& input) {
  const ov::element::Type type = model->input().get_element_type();
  ov::preprocess::PrePostProcessor steps(model);
  steps.input()
      .tensor()
      .set_element_type(ov::element::u8)
      .set_layout("NHWC")
      .set_color_format(ov::preprocess::ColorFormat::RGB);
  auto& preprocess = steps.input().preprocess();
  if (type != ov::element::u8) {
    preprocess.convert_element_type(ov::element::f32)
        .mean({normalisation.mean.begin(), normalisation.mean.end()})
        .scale({normalisation.scale.begin(), normalisation.scale.end()});
  }
  if (input.bgr) preprocess.convert_color(ov::preprocess::ColorFormat::BGR);
  if (type != ov::element::f32) preprocess.convert_element_type(type);
  steps.input().model().set_layout(input.layout == Input::Layout::kNhwc ? "NHWC" : "NCHW");
  for (std::size_t i = 0; i < model->outputs().size(); ++i) {
    steps.output(i).tensor().set_element_type(ov::element::f32);
  }
  model = steps.build();
}

}  // namespace oneormany::backbone
