#include "exporting/old_opset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/error_in.h"
#include "tests/exporting/pictures.h"

namespace oneormany::exporting {
namespace {

using onnx::TensorProto;
using testing::AllOf;
using testing::HasSubstr;

/// A network of any opset, node by node.
class Net {
 public:
  explicit Net(int opset) {
    model_.set_ir_version(4);
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("net");
    auto& info = *model_.mutable_graph()->add_input();
    info.set_name("x");
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(TensorProto::FLOAT);
    tensor.mutable_shape()->add_dim()->set_dim_param("n");
    for (const int length : {3, Pictures::kSize, Pictures::kSize}) {
      tensor.mutable_shape()->add_dim()->set_dim_value(length);
    }
  }

  /// What it is made of may be changed until the next one.
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto& made = *model_.mutable_graph()->add_node();
    made.set_op_type(type);
    for (const auto& input : inputs) made.add_input(input);
    made.add_output(output);
    return made;
  }
  static onnx::AttributeProto& attribute(onnx::NodeProto& node, const std::string& name,
                                         onnx::AttributeProto::AttributeType type) {
    auto& made = *node.add_attribute();
    made.set_name(name);
    made.set_type(type);
    return made;
  }
  static void number(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    attribute(node, name, onnx::AttributeProto::INT).set_i(value);
  }
  static void list(onnx::NodeProto& node, const std::string& name,
                   const std::vector<std::int64_t>& values) {
    auto& ints = *attribute(node, name, onnx::AttributeProto::INTS).mutable_ints();
    ints.Add(values.begin(), values.end());
  }
  static void real(onnx::NodeProto& node, const std::string& name, float value) {
    attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
  }
  static void text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
    attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
  }
  std::string floats(const std::string& name, const std::vector<float>& values,
                     const std::vector<std::int64_t>& shape) {
    auto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(TensorProto::FLOAT);
    tensor.mutable_dims()->Add(shape.begin(), shape.end());
    tensor.mutable_float_data()->Add(values.begin(), values.end());
    return name;
  }

  /// Of four dimensions.
  onnx::ModelProto ended_by(const std::string& output) {
    node("Identity", {output}, "features");
    auto& info = *model_.mutable_graph()->add_output();
    info.set_name("features");
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(TensorProto::FLOAT);
    for (int i = 0; i < 4; ++i) tensor.mutable_shape()->add_dim();
    return model_;
  }

 private:
  onnx::ModelProto model_;
};

std::vector<double> features_of(const json& run) {
  std::vector<double> values;
  const json numbers = run["outputs"]["features"].flatten();
  for (const json& number : numbers) values.push_back(number.get<double>());
  return values;
}

/// ONNX Runtime says the same of real pictures by the old files and the new.
void expect_same(const std::vector<onnx::ModelProto>& old) {
  std::vector<std::string> files;
  for (const onnx::ModelProto& one : old) {
    onnx::ModelProto renewed = one;
    renew_opset(renewed, static_cast<int>(one.opset_import(0).version()));
    files.push_back(one.SerializeAsString());
    files.push_back(renewed.SerializeAsString());
  }
  const auto& all = Pictures::some().pixels;
  const json got = run_onnx(files, npy_of_unit({all.begin(), all.begin() + 4}, Pictures::kSize));
  ASSERT_EQ(got.size(), files.size());
  for (std::size_t n = 0; n < old.size(); ++n) {
    SCOPED_TRACE(fmt::format("network {}, opset {}", n, old[n].opset_import(0).version()));
    EXPECT_EQ(got[2 * n]["opsets"][""], old[n].opset_import(0).version());
    EXPECT_EQ(got[2 * n + 1]["opsets"][""], 13);
    const auto want = features_of(got[2 * n]), found = features_of(got[2 * n + 1]);
    ASSERT_EQ(found.size(), want.size());
    ASSERT_GT(want.size(), 4u);
    for (std::size_t i = 0; i < want.size(); ++i) {
      EXPECT_NEAR(found[i], want[i], 1e-6 + 1e-5 * std::abs(want[i])) << i;
    }
    // Else nothing would be told apart.
    EXPECT_NE(*std::min_element(want.begin(), want.end()),
              *std::max_element(want.begin(), want.end()));
  }
}

TEST(OldOpset, AxesAndPartsBecomeInputs) {
  std::vector<onnx::ModelProto> nets;
  for (const int opset : {7, 9, 11, 12}) {
    Net net(opset);
    auto& split = net.node("Split", {"x"}, "red");
    split.add_output("others");
    Net::number(split, "axis", 1);
    Net::list(split, "split", {1, 2});
    auto& squeeze = net.node("Squeeze", {"red"}, "plane");  // n, height, width
    Net::list(squeeze, "axes", {1});
    auto& unsqueeze = net.node("Unsqueeze", {"plane"}, "again");
    Net::list(unsqueeze, "axes", {1});
    auto& rows = net.node("ReduceSum", {"others"}, "rows");
    Net::list(rows, "axes", {1, 3});
    Net::number(rows, "keepdims", 1);
    net.node("Add", {"again", "rows"}, "y");
    nets.push_back(net.ended_by("y"));
  }
  expect_same(nets);
}

TEST(OldOpset, ASoftmaxIsOverAllAxesFromItsOwnOn) {
  std::vector<onnx::ModelProto> nets;
  for (const char* type : {"Softmax", "LogSoftmax", "Hardmax"}) {
    for (const int axis : {0, 1, 3, -1}) {
      if (axis == 0 && std::string(type) == "Hardmax") continue;  // one in all pictures
      Net net(axis < 0 ? 12 : 9);
      auto& small = net.node("AveragePool", {"x"}, "small");
      Net::list(small, "kernel_shape", {24, 24});
      Net::list(small, "strides", {24, 24});
      auto& node = net.node(type, {"small"}, "y");
      if (axis != 1) Net::number(node, "axis", axis);  // 1 is what it is without a word
      nets.push_back(net.ended_by("y"));
    }
  }
  expect_same(nets);
}

TEST(OldOpset, BoundsPaddingAndSlicesBecomeInputs) {
  std::vector<onnx::ModelProto> nets;
  for (const int opset : {7, 9, 10}) {
    Net net(opset);
    auto& clip = net.node("Clip", {"x"}, "bounded");
    Net::real(clip, "min", 0.25f);
    Net::real(clip, "max", 0.75f);
    Net::real(net.node("Clip", {"bounded"}, "from_above"), "max", 0.7f);
    auto& pad = net.node("Pad", {"from_above"}, "padded");
    Net::list(pad, "pads", {0, 0, 1, 0, 0, 0, 2, 3});
    Net::real(pad, "value", 0.125f);
    auto& edge = net.node("Pad", {"padded"}, "wider");
    Net::list(edge, "pads", {0, 0, 2, 2, 0, 0, 2, 2});
    Net::text(edge, "mode", "reflect");
    if (opset > 9) {
      nets.push_back(net.ended_by("wider"));
      continue;
    }
    auto& slice = net.node("Slice", {"wider"}, "part");
    Net::list(slice, "starts", {1, -60});
    Net::list(slice, "ends", {3, 1000});
    Net::list(slice, "axes", {1, 3});
    auto& top = net.node("TopK", {"part"}, "top");
    top.add_output("places");
    Net::number(top, "k", 5);
    nets.push_back(net.ended_by("top"));
  }
  expect_same(nets);
}

TEST(OldOpset, OfWhatIsDoneInTrainingNothingIsLeft) {
  std::vector<onnx::ModelProto> nets;
  for (const int opset : {7, 8, 10, 11}) {
    Net net(opset);
    auto& norm = net.node(
        "BatchNormalization",
        {"x", net.floats("scale", {1, 2, 3}, {3}), net.floats("bias", {0, 1, -1}, {3}),
         net.floats("mean", {0.5f, 0.4f, 0.3f}, {3}), net.floats("variance", {1, 2, 0.5f}, {3})},
        "normal");
    if (opset < 9) Net::number(norm, "spatial", 1);
    Net::real(net.node("Dropout", {"normal"}, "y"), "ratio", 0.9f);
    nets.push_back(net.ended_by("y"));
  }
  expect_same(nets);
}

TEST(OldOpset, EnlargedPicturesStayTheSame) {
  std::vector<onnx::ModelProto> nets;
  const std::vector<float> scales{1, 1, 2, 1.5f};
  for (const int opset : {7, 8, 9, 10}) {
    for (const char* mode : {"nearest", "linear"}) {
      Net net(opset);
      auto& small = net.node("AveragePool", {"x"}, "small");  // else there are a million numbers
      Net::list(small, "kernel_shape", {8, 8});
      Net::list(small, "strides", {8, 8});
      auto& node = net.node(opset < 10 ? "Upsample" : "Resize", {"small"}, "y");
      Net::text(node, "mode", mode);
      if (opset < 9) {
        auto& all = *Net::attribute(node, "scales", onnx::AttributeProto::FLOATS).mutable_floats();
        all.Add(scales.begin(), scales.end());
      } else {
        node.add_input(net.floats("scales", scales, {4}));
      }
      nets.push_back(net.ended_by("y"));
    }
  }
  expect_same(nets);
}

TEST(OldOpset, ScatterHasAnotherName) {
  std::vector<onnx::ModelProto> nets;
  Net net(9);
  auto& places = net.node("Constant", {}, "places");
  auto& tensor = *Net::attribute(places, "value", onnx::AttributeProto::TENSOR).mutable_t();
  tensor.set_data_type(TensorProto::INT64);
  for (const int length : {1, 1, 1, 2}) tensor.add_dims(length);
  tensor.add_int64_data(3);
  tensor.add_int64_data(5);
  Net::number(net.node("Scatter", {"x", "places", net.floats("new", {7, 8}, {1, 1, 1, 2})}, "y"),
              "axis", 3);
  nets.push_back(net.ended_by("y"));
  expect_same(nets);
}

TEST(OldOpset, WhatHasNoNewFormIsRefusedWithTheCure) {
  const auto refused = [](onnx::ModelProto old) {
    const int opset = static_cast<int>(old.opset_import(0).version());
    return error_in([&] { renew_opset(old, opset); });
  };
  EXPECT_THAT(refused(Net(6).ended_by("x")),
              AllOf(HasSubstr("is of opset 6"), HasSubstr("export it again with opset 13")));
  Net dropped(9);
  dropped.node("Dropout", {"x"}, "y").add_output("mask");
  EXPECT_THAT(refused(dropped.ended_by("y")),
              AllOf(HasSubstr("opset 9"), HasSubstr("Dropout"), HasSubstr("opset 13")));
  Net smaller(10);
  smaller.node("Resize", {"x", smaller.floats("scales", {1, 1, 0.5f, 0.5f}, {4})}, "y");
  EXPECT_THAT(refused(smaller.ended_by("y")), HasSubstr("Resize to fewer pixels"));
  Net unknown(10);
  unknown.node("Resize", {"x", "x"}, "y");
  EXPECT_THAT(refused(unknown.ended_by("y")), HasSubstr("Resize to fewer pixels"));
  Net each(8);
  Net::number(each.node("BatchNormalization", {"x", "x", "x", "x", "x"}, "y"), "spatial", 0);
  EXPECT_THAT(refused(each.ended_by("y")), HasSubstr("BatchNormalization"));
  Net scan(8);
  scan.node("Scan", {"x"}, "y");
  EXPECT_THAT(refused(scan.ended_by("y")), HasSubstr("Scan"));
}

}  // namespace
}  // namespace oneormany::exporting
