#include "exporting/network_graph.h"

#include <algorithm>
#include <map>
#include <openvino/op/ops.hpp>
#include <stdexcept>

namespace oneormany::exporting {
namespace {

namespace op = ov::op;

Graph::Ints ints(const auto& numbers) { return Graph::Ints(numbers.begin(), numbers.end()); }

Graph::Ints joined(Graph::Ints first, const Graph::Ints& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class Walk {
 public:
  Walk(Graph& graph, const Value& pixels) : graph_(graph), pixels_(pixels) {}

  Value result_of(const ov::Model& network) {
    for (const auto& node : network.get_ordered_ops()) visit(node);
    return values_.at(network.get_results()[0]->get_input_node_ptr(0));
  }

 private:
  /// Constants become tensors where they are used: weights of a group convolution have another
  /// shape here, and axes are attributes.
  void visit(const std::shared_ptr<ov::Node>& node) {
    if (ov::is_type<op::v0::Constant>(node) || ov::is_type<op::v0::Result>(node)) return;
    values_[node.get()] = made_of(node);
  }

  Value made_of(const std::shared_ptr<ov::Node>& node) {
    if (ov::is_type<op::v0::Parameter>(node)) return pixels_;
    if (ov::is_type<op::v0::Relu>(node)) return graph_.node("Relu", {input(*node, 0)});
    if (ov::is_type<op::v1::Add>(node)) return graph_.add(input(*node, 0), input(*node, 1));
    if (const auto clamp = ov::as_type_ptr<op::v0::Clamp>(node)) {
      return graph_.node("Clip",
                         {input(*node, 0), graph_.number(static_cast<float>(clamp->get_min())),
                          graph_.number(static_cast<float>(clamp->get_max()))});
    }
    if (const auto one = ov::as_type_ptr<op::v1::Convolution>(node)) {
      return convolution(*one, constant(*node, 1).get_shape(), 1);
    }
    if (const auto group = ov::as_type_ptr<op::v1::GroupConvolution>(node)) {
      const ov::Shape& weights = constant(*node, 1).get_shape();  // groups, out, in, height, width
      return convolution(*group, {weights[0] * weights[1], weights[2], weights[3], weights[4]},
                         weights[0]);
    }
    if (const auto pool = ov::as_type_ptr<op::v1::MaxPool>(node)) {
      return graph_.node(
          "MaxPool", {input(*node, 0)},
          {{"kernel_shape", ints(pool->get_kernel()), true},
           {"strides", ints(pool->get_strides()), true},
           {"pads", joined(ints(pool->get_pads_begin()), ints(pool->get_pads_end())), true}});
    }
    if (const auto mean = ov::as_type_ptr<op::v1::ReduceMean>(node)) {
      if (mean->get_reduction_axes() == ov::AxisSet{2, 3} && !mean->get_keep_dims()) {
        return graph_.node("Flatten", {graph_.node("GlobalAveragePool", {input(*node, 0)})});
      }
    }
    if (ov::is_type<op::v0::Concat>(node)) {
      std::vector<Value> parts;
      for (std::size_t i = 0; i < node->get_input_size(); ++i) parts.push_back(input(*node, i));
      return graph_.node("Concat", parts, {{"axis", {1}}});
    }
    throw std::logic_error(std::string("no ONNX node for ") + node->get_type_name());
  }

  template <typename Convolution>
  Value convolution(const Convolution& node, const ov::Shape& weights, std::size_t groups) {
    const std::vector<float> values = constant(node, 1).template cast_vector<float>();
    return graph_.node(
        "Conv", {input(node, 0), graph_.floats(ints(weights), values)},
        {{"kernel_shape", ints(std::span(weights).subspan(2)), true},
         {"strides", ints(node.get_strides()), true},
         {"pads", joined(ints(node.get_pads_begin()), ints(node.get_pads_end())), true},
         {"group", {static_cast<std::int64_t>(groups)}}});
  }

  static const op::v0::Constant& constant(const ov::Node& node, std::size_t at) {
    return dynamic_cast<const op::v0::Constant&>(*node.get_input_node_ptr(at));
  }

  Value input(const ov::Node& node, std::size_t at) {
    const ov::Node* from = node.get_input_node_ptr(at);
    if (const auto* fixed = dynamic_cast<const op::v0::Constant*>(from)) {
      return graph_.floats(ints(fixed->get_shape()), fixed->cast_vector<float>());
    }
    return values_.at(from);
  }

  Graph& graph_;
  const Value pixels_;
  std::map<const ov::Node*, Value> values_;
};

}  // namespace

Value add_network(Graph& graph, const ov::Model& network, const Value& pixels) {
  return Walk(graph, pixels).result_of(network);
}

}  // namespace oneormany::exporting
