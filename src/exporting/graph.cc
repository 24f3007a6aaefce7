#include "exporting/graph.h"

#include <bit>

namespace oneormany::exporting {
namespace {

// Raw data are little-endian, whatever the machine.
static_assert(std::endian::native == std::endian::little);

/// That opset 17 came with; any reader of these years knows it.
constexpr int kIrVersion = 8;

}  // namespace

Graph::Graph(int opset) : opset_(opset) {
  model_.set_ir_version(kIrVersion);
  model_.mutable_graph()->set_name("oneormany");
  model_.add_opset_import()->set_version(opset);
}

Value Graph::fresh(const std::string& what) {
  return part_ + "/" + what + "_" + std::to_string(made_++);
}

void Graph::describe(onnx::ValueInfoProto& info, const std::string& name,
                     onnx::TensorProto::DataType type, const Ints& shape) const {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  auto& batch = *tensor.mutable_shape()->add_dim();
  if (batch_ > 0) {
    batch.set_dim_value(batch_);
  } else {
    batch.set_dim_param("batch");
  }
  for (const auto length : shape) tensor.mutable_shape()->add_dim()->set_dim_value(length);
}

Value Graph::input(const std::string& name, onnx::TensorProto::DataType type, const Ints& shape) {
  describe(*model_.mutable_graph()->add_input(), name, type, shape);
  return name;
}

void Graph::output(const Value& value, const std::string& name, onnx::TensorProto::DataType type,
                   const Ints& shape) {
  auto& named = *model_.mutable_graph()->add_node();
  named.set_op_type("Identity");
  named.set_name("output/" + name);
  named.add_input(value);
  named.add_output(name);
  describe(*model_.mutable_graph()->add_output(), name, type, shape);
}

std::pair<Value, Value> Graph::two(const std::string& type, const std::vector<Value>& inputs,
                                   const std::vector<Attribute>& attributes) {
  const Value first = node(type, inputs, attributes);
  auto& made = *model_.mutable_graph()->mutable_node()->rbegin();
  made.add_output(first + "_second");
  return {first, made.output(1)};
}

Value Graph::node(const std::string& type, const std::vector<Value>& inputs,
                  const std::vector<Attribute>& attributes) {
  const Value name = fresh(type);
  auto& made = *model_.mutable_graph()->add_node();
  made.set_op_type(type);
  made.set_name(name);
  for (const auto& input : inputs) made.add_input(input);
  made.add_output(name);
  for (const auto& [key, ints, is_list] : attributes) {
    auto& attribute = *made.add_attribute();
    attribute.set_name(key);
    if (ints.size() == 1 && !is_list) {
      attribute.set_type(onnx::AttributeProto::INT);
      attribute.set_i(ints[0]);
      continue;
    }
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const auto i : ints) attribute.add_ints(i);
  }
  return name;
}

onnx::TensorProto& Graph::constant(onnx::TensorProto::DataType type, const Ints& shape) {
  auto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(fresh("constant"));
  tensor.set_data_type(type);
  for (const auto length : shape) tensor.add_dims(length);
  return tensor;
}

Value Graph::floats(const Ints& shape, std::span<const float> values) {
  auto& tensor = constant(onnx::TensorProto::FLOAT, shape);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor.name();
}

Value Graph::doubles(const Ints& shape, std::span<const double> values) {
  auto& tensor = constant(onnx::TensorProto::DOUBLE, shape);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor.name();
}

Value Graph::ints(const Ints& shape, std::span<const std::int64_t> values) {
  auto& tensor = constant(onnx::TensorProto::INT64, shape);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor.name();
}

Value Graph::matrix(const MatrixF& values) {
  return floats({values.rows(), values.cols()},
                {values.data(), static_cast<std::size_t>(values.size())});
}

Value Graph::matrix(const Matrix& values) {
  return doubles({values.rows(), values.cols()},
                 {values.data(), static_cast<std::size_t>(values.size())});
}

Value Graph::row(const Vector& values) {
  return doubles({1, values.size()}, {values.data(), static_cast<std::size_t>(values.size())});
}

Value Graph::cast(const Value& x, onnx::TensorProto::DataType type) {
  return node("Cast", {x}, {{"to", {type}}});
}

Value Graph::reduce(const std::string& what, const Value& x) {
  // The axes of a sum became an input with opset 13, all others' with 18.
  if (what == "Sum" || opset_ >= 18) return node("Reduce" + what, {x, list({-1})});
  return node("Reduce" + what, {x}, {{"axes", {-1}, true}});
}

Value Graph::columns(const Value& x, std::int64_t first, std::int64_t end) {
  return node("Slice", {x, list({first}), list({end}), list({1})});
}

Value Graph::pick(const Value& x, std::span<const int> columns) {
  return node("Gather", {x, list(Ints(columns.begin(), columns.end()))}, {{"axis", {1}}});
}

Value Graph::flat(const Value& column) { return node("Squeeze", {column, list({1})}); }

void Graph::metadata(const std::string& key, const std::string& value) {
  auto& entry = *model_.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

}  // namespace oneormany::exporting
