#include "backbone/networks.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <openvino/runtime/core.hpp>

#include "tests/backbone/files.h"
#include "tests/backbone/formula.h"

namespace oneormany::backbone {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// What PyTorch's hooks on the layers in question give.
const json& stages() {
  static const json all = golden(TEST_DATA "/../backbone/stages.json");
  return all;
}

const Tensors& lite() {
  static const Tensors tensors =
      read_weights(ONEORMANY_SHARE "/weights/efficientnet-lite0-57934424.pth");
  return tensors;
}

/// All outputs of a model for one input, in f32.
std::vector<std::vector<float>> infer(const std::shared_ptr<ov::Model>& model, void* input) {
  ov::Core core;
  auto request = core.compile_model(model, "CPU", ov::hint::inference_precision(ov::element::f32))
                     .create_infer_request();
  const auto port = model->input();
  request.set_input_tensor(ov::Tensor(port.get_element_type(), port.get_shape(), input));
  request.infer();
  std::vector<std::vector<float>> outputs;
  for (std::size_t i = 0; i < model->outputs().size(); ++i) {
    const ov::Tensor output = request.get_output_tensor(i);
    outputs.emplace_back(output.data<float>(), output.data<float>() + output.get_size());
  }
  return outputs;
}

void expect_near(const std::vector<float>& got, const json& want, double tolerance) {
  ASSERT_GE(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], tolerance) << i;
}

/// The stages behind the first `columns` features, which are the last layer's.
void expect_stages(const std::vector<float>& features, std::size_t columns,
                   const std::string& network) {
  std::size_t begin = columns;
  for (const json& want : stages()["networks"][network]) {
    const std::size_t end = begin + want["columns"].get<std::size_t>();
    ASSERT_GE(features.size(), end);
    const std::vector<float> got(features.begin() + static_cast<std::ptrdiff_t>(begin),
                                 features.begin() + static_cast<std::ptrdiff_t>(end));
    expect_near(got, want["first"], 1e-4);
    EXPECT_NEAR(std::accumulate(got.begin(), got.end(), 0.0), want["sum"], 1e-2);
    begin = end;
  }
  EXPECT_GT(begin, columns);
  EXPECT_EQ(features.size(), begin);
}

std::string message(const Tensors& tensors, bool with_logits = false) {
  return error_in([&] { build_network(tensors, 64, with_logits); });
}

TEST(Networks, EfficientNetLite0GivesTheGoldenFeaturesAndLogits) {
  const json want = golden(TEST_DATA "/efficientnet_lite0.json");
  constexpr int kSize = 224;
  std::vector<float> input;
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) {
        input.push_back(static_cast<float>((7 * i + 13 * j + 29 * c) % 256 - 127) / 128);
      }
    }
  }
  const Network network = build_network(lite(), kSize, true);
  EXPECT_EQ(network.name, "efficientnet-lite0");
  const auto outputs = infer(network.model, input.data());
  ASSERT_EQ(outputs.size(), 2u);
  ASSERT_EQ(want["logits"].size(), outputs[1].size());
  expect_near(outputs[0], want["features"], 1e-4);
  expect_stages(outputs[0], want["features"].size(), "efficientnet-lite0");
  EXPECT_EQ(network.last_layer_count, static_cast<int>(want["features"].size()));
  expect_near(outputs[1], want["logits"], 1e-3);
}

class Torchvision : public testing::TestWithParam<std::string> {};

TEST_P(Torchvision, GivesTheFeaturesAndLogitsOfTorchvision) {
  const json& want = torchvision()["networks"][GetParam()];
  const int size = torchvision()["size"];
  Network network = build_network(formula_tensors(GetParam()), size, true);
  EXPECT_EQ(network.name, GetParam());
  take_pixels(network.model, network.normalisation);
  auto pixels = formula_pixels(size);
  const auto outputs = infer(network.model, pixels.data());
  expect_near(outputs[0], want["features"], 1e-4);
  const bool basic = GetParam() == "resnet18" || GetParam() == "resnet34";
  const int last = GetParam() == "resnet50" ? 2048 : basic ? 512 : 1280;
  const double sum = std::accumulate(outputs[0].begin(), outputs[0].begin() + last, 0.0);
  EXPECT_NEAR(sum, want["sum"], 1e-3);
  expect_stages(outputs[0], static_cast<std::size_t>(last), GetParam());
  EXPECT_EQ(network.last_layer_count, last);
  EXPECT_EQ(outputs[1].size(), 1000u);
  expect_near(outputs[1], want["logits"], 1e-4);
}

TEST_P(Torchvision, NeedsEveryTensorButTheClassifier) {
  Tensors tensors = formula_tensors(GetParam());
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  // One in seven is enough; the first convolution and the blocks tell which network it is.
  for (std::size_t i = 0; i < names.size(); i += 7) {
    const std::string& name = names[i];
    if (name.ends_with("conv1.weight") || name.ends_with("conv3.weight")) continue;
    auto taken = tensors.extract(name);
    if (name.starts_with("fc.") || name.starts_with("classifier.")) {
      EXPECT_NO_THROW(build_network(tensors, 64)) << name;
    } else {
      EXPECT_THAT(message(tensors), AllOf(HasSubstr(name), HasSubstr("lacks"))) << name;
    }
    tensors.insert(std::move(taken));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Torchvision,
                         testing::Values("resnet18", "resnet34", "resnet50", "mobilenet_v2"),
                         [](const auto& about) { return about.param; });

TEST(Networks, AMissingTensorIsAnErrorThatNamesIt) {
  Tensors tensors = lite();
  tensors.erase("_blocks.3._bn1.running_var");
  EXPECT_THAT(message(tensors), HasSubstr("lacks the tensor _blocks.3._bn1.running_var"));
}

TEST(Networks, ATensorOfTheWrongShapeIsAnErrorThatNamesItAndBothShapes) {
  Tensors tensors = lite();
  tensors["_conv_head.weight"].shape = {320, 1280, 1, 1};
  EXPECT_THAT(message(tensors), AllOf(HasSubstr("_conv_head.weight"), HasSubstr("320, 1280, 1, 1"),
                                      HasSubstr("1280, 320, 1, 1")));
  // The same names, wider: torchvision's wide_resnet50_2.
  Tensors wide = formula_tensors("resnet50");
  wide["layer1.0.conv1.weight"] = formula_tensor("x", {128, 64, 1, 1});
  EXPECT_THAT(message(wide), HasSubstr("layer1.0.conv1.weight"));
}

TEST(Networks, ATensorOfNoLayerIsAnErrorThatNamesIt) {
  Tensors tensors = lite();
  tensors["_blocks.0._se_reduce.weight"] = {{1}, {0}};
  EXPECT_THAT(message(tensors), HasSubstr("_blocks.0._se_reduce.weight belongs to no layer"));
}

TEST(Networks, ANumberThatIsNotFiniteIsAnErrorThatNamesTheTensor) {
  for (const float bad : {NAN, INFINITY}) {
    Tensors tensors = lite();
    tensors["_bn0.bias"].values[3] = bad;
    EXPECT_THAT(message(tensors), HasSubstr("_bn0.bias"));
  }
  Tensors tensors = lite();
  tensors["_bn0.running_var"].values[3] = -1;
  EXPECT_THAT(message(tensors), HasSubstr("_bn0.running_var"));
}

TEST(Networks, AnotherClassifierDoesNotMatterUnlessLogitsAreWanted) {
  Tensors tensors = lite();
  tensors["_fc.weight"] = {{2, 1280}, std::vector<float>(2560)};
  EXPECT_NO_THROW(build_network(tensors, 64));
  EXPECT_THAT(message(tensors, true), HasSubstr("_fc.weight"));
}

TEST(Networks, UnknownNetworksAreAnErrorThatListsTheKnown) {
  EXPECT_THAT(message({{"encoder.weight", {{1}, {0}}}}), HasSubstr("resnet18"));
  Tensors deep = formula_tensors("resnet34");
  deep["layer1.3.conv1.weight"] = deep["layer1.2.conv1.weight"];
  EXPECT_THAT(message(deep), HasSubstr("none of the known networks"));
}

}  // namespace
}  // namespace oneormany::backbone
