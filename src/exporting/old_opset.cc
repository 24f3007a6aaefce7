#include "exporting/old_opset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "exporting/graph.h"

namespace oneormany::exporting {
namespace {

using onnx::AttributeProto;
using onnx::GraphProto;
using onnx::NodeProto;
using onnx::TensorProto;
using Ints = std::vector<std::int64_t>;

constexpr int kOldestKnown = 7;

Error no_form(int opset, std::string_view what) {
  return Error(fmt::format(
      "is of opset {}, and {} has no form in opset {}: export it again with that or a newer one",
      opset, what, kOldestOpset));
}

std::optional<AttributeProto> take(NodeProto& node, std::string_view name) {
  auto& all = *node.mutable_attribute();
  const auto found = std::ranges::find(all, name, &AttributeProto::name);
  if (found == all.end()) return {};
  AttributeProto taken = *found;
  all.erase(found);
  return taken;
}

void set(NodeProto& node, std::string_view name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(AttributeProto::INT);
  attribute.set_i(value);
}

void set(NodeProto& node, std::string_view name, const char* value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(AttributeProto::STRING);
  attribute.set_s(value);
}

/// The type of all floats among the network's weights; none where they are of two types.
std::optional<TensorProto::DataType> type_of_floats(GraphProto& network) {
  std::set<int> types;
  each_graph(network, [&](GraphProto& graph) {
    for (const auto& tensor : graph.initializer()) types.insert(tensor.data_type());
    for (const auto& node : graph.node()) {
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_t()) types.insert(attribute.t().data_type());
      }
    }
  });
  if (!types.contains(TensorProto::FLOAT16)) return TensorProto::FLOAT;
  if (types.contains(TensorProto::FLOAT)) return {};
  return TensorProto::FLOAT16;
}

/// One graph's nodes, and what becomes of each.
class Renewal {
 public:
  Renewal(GraphProto& graph, int opset, std::optional<TensorProto::DataType> floats)
      : graph_(graph), opset_(opset), floats_(floats) {}

  void run() {
    google::protobuf::RepeatedPtrField<NodeProto> old;
    old.Swap(graph_.mutable_node());
    for (auto& node : old) {
      const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
      if (!standard || !became_others(node)) add(std::move(node));
    }
  }

 private:
  /// Changes the node, or adds others in its place.
  bool became_others(NodeProto& node) {
    const std::string& type = node.op_type();
    if (type == "ReduceSum" || type == "Squeeze" || type == "Unsqueeze") {
      to_input(node, "axes", 1);
    } else if (type == "Split") {
      to_input(node, "split", 1);
    } else if (type == "Softmax" || type == "LogSoftmax" || type == "Hardmax") {
      return flattened(node);
    } else if (opset_ < 12 && type == "Dropout") {
      if (node.output_size() > 1 && !node.output(1).empty()) throw no_form(opset_, "its Dropout");
      node.clear_attribute();
      node.set_op_type("Identity");
    } else if (opset_ < 11 && type == "Clip") {
      number_to_input(node, "min", 1);
      number_to_input(node, "max", 2);
    } else if (opset_ < 11 && type == "Pad") {
      to_input(node, "pads", 1);
      number_to_input(node, "value", 2);
    } else if (opset_ < 11 && type == "Scatter") {
      node.set_op_type("ScatterElements");
    } else if (opset_ < 11 && (type == "Resize" || type == "Upsample")) {
      resize(node);
    } else if (opset_ < 10 && type == "Slice") {
      for (const auto& [name, at] : {std::pair("starts", 1), {"ends", 2}, {"axes", 3}}) {
        to_input(node, name, at);
      }
    } else if (opset_ < 10 && type == "TopK") {
      to_input(node, "k", 1);
    } else if (opset_ < 9 && type == "BatchNormalization") {
      const auto spatial = take(node, "spatial");
      if (spatial && spatial->i() != 1) throw no_form(opset_, "its BatchNormalization");
    } else if (opset_ < 9 && type == "Scan") {
      throw no_form(opset_, "its Scan");
    }
    return false;
  }

  NodeProto& add(NodeProto node) {
    *graph_.add_node() = std::move(node);
    return *std::prev(graph_.mutable_node()->end());
  }

  TensorProto& constant(const NodeProto& node, std::string_view what, TensorProto::DataType type) {
    auto& tensor = *graph_.add_initializer();
    tensor.set_name(fmt::format("{}/{}", node.output(0), what));
    tensor.set_data_type(type);
    return tensor;
  }

  static void set_input(NodeProto& node, int at, const std::string& name) {
    while (node.input_size() <= at) node.add_input("");
    node.set_input(at, name);
  }

  /// Whole numbers, one or a list.
  void to_input(NodeProto& node, std::string_view name, int at) {
    const auto attribute = take(node, name);
    if (!attribute) return;
    const Ints values = attribute->type() == AttributeProto::INT
                            ? Ints{attribute->i()}
                            : Ints(attribute->ints().begin(), attribute->ints().end());
    auto& tensor = constant(node, name, TensorProto::INT64);
    tensor.add_dims(std::ssize(values));
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
    set_input(node, at, tensor.name());
  }

  /// A number of the type that the picture has there.
  void number_to_input(NodeProto& node, std::string_view name, int at) {
    const auto attribute = take(node, name);
    if (!attribute) return;
    if (!floats_) throw no_form(opset_, "its " + node.op_type() + " of two types");
    auto& tensor = constant(node, name, TensorProto::FLOAT);
    tensor.add_float_data(attribute->f());
    std::string input = tensor.name();
    if (*floats_ != TensorProto::FLOAT) {
      NodeProto cast;
      cast.set_op_type("Cast");
      cast.set_name(input + "/cast");
      cast.add_input(input);
      cast.add_output(input + "/cast");
      set(cast, "to", *floats_);
      input = add(std::move(cast)).output(0);
    }
    set_input(node, at, input);
  }

  /// Softmax was over all axes from `axis` on, and is over that one alone.
  bool flattened(NodeProto& node) {
    const auto attribute = take(node, "axis");
    const std::int64_t axis = attribute ? attribute->i() : 1;
    set(node, "axis", -1);
    if (axis == -1) return false;
    const std::string x = node.input(0), y = node.output(0);
    const auto made = [&](const char* type, std::vector<std::string> inputs,
                          const std::string& output) {
      NodeProto one;
      one.set_op_type(type);
      one.set_name(output);
      for (auto& input : inputs) one.add_input(std::move(input));
      one.add_output(output);
      return one;
    };
    add(made("Shape", {x}, y + "/shape"));
    set(add(made("Flatten", {x}, y + "/flat")), "axis", axis);
    node.set_input(0, y + "/flat");
    node.set_output(0, y + "/rows");
    add(std::move(node));
    add(made("Reshape", {y + "/rows", y + "/shape"}, y));
    return true;
  }

  /// Where each pixel comes from was left open; runtimes agree on this.
  void resize(NodeProto& node) {
    const bool up = node.op_type() == "Upsample";
    const auto mode = std::ranges::find(node.attribute(), "mode", &AttributeProto::name);
    const bool nearest = mode == node.attribute().end() || mode->s() == "nearest";
    if (const auto scales = take(node, "scales")) {
      auto& tensor = constant(node, "scales", TensorProto::FLOAT);
      tensor.add_dims(scales->floats_size());
      tensor.mutable_float_data()->MergeFrom(scales->floats());
      set_input(node, 1, tensor.name());
    }
    if (node.input_size() < 2) throw no_form(opset_, "its " + node.op_type());
    const std::string scales = node.input(1);
    node.set_op_type("Resize");
    set_input(node, 1, "");
    set_input(node, 2, scales);
    set(node, "coordinate_transformation_mode", "asymmetric");
    if (!nearest) return;
    if (!up && !enlarges(scales)) throw no_form(opset_, "its Resize to fewer pixels");
    set(node, "nearest_mode", "floor");
  }

  /// Whether it is known that none of the scales is below 1.
  bool enlarges(const std::string& scales) const {
    const TensorProto* tensor = nullptr;
    for (const auto& one : graph_.initializer()) {
      if (one.name() == scales) tensor = &one;
    }
    for (const auto& node : graph_.node()) {
      if (node.op_type() != "Constant" || node.output(0) != scales) continue;
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_t()) tensor = &attribute.t();
      }
    }
    if (tensor == nullptr) return false;
    std::vector<float> values(tensor->float_data().begin(), tensor->float_data().end());
    if (tensor->has_raw_data()) {
      values.resize(tensor->raw_data().size() / sizeof(float));
      std::memcpy(values.data(), tensor->raw_data().data(), values.size() * sizeof(float));
    }
    return !values.empty() && std::ranges::all_of(values, [](float scale) { return scale >= 1; });
  }

  GraphProto& graph_;
  const int opset_;
  const std::optional<TensorProto::DataType> floats_;
};

}  // namespace

void each_graph(GraphProto& graph, const std::function<void(GraphProto&)>& visit) {
  visit(graph);
  for (auto& node : *graph.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) each_graph(*attribute.mutable_g(), visit);
      for (auto& inner : *attribute.mutable_graphs()) each_graph(inner, visit);
    }
  }
}

void renew_opset(onnx::ModelProto& network, int opset) {
  if (opset < kOldestKnown) {
    throw Error(
        fmt::format("is of opset {}: export it again with opset {} or newer", opset, kOldestOpset));
  }
  const auto floats = type_of_floats(*network.mutable_graph());
  each_graph(*network.mutable_graph(),
             [&](GraphProto& graph) { Renewal(graph, opset, floats).run(); });
  for (auto& set : *network.mutable_opset_import()) {
    if (set.domain().empty() || set.domain() == "ai.onnx") set.set_version(kOldestOpset);
  }
}

}  // namespace oneormany::exporting
