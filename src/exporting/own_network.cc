#include "exporting/own_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "exporting/old_opset.h"

namespace oneormany::exporting {
namespace {

using onnx::AttributeProto;
using onnx::GraphProto;
using onnx::TensorProto;

/// What protocol buffers can hold.
constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int32_t>::max();

void each_tensor(GraphProto& network, const std::function<void(TensorProto&)>& visit) {
  each_graph(network, [&](GraphProto& graph) {
    for (auto& tensor : *graph.mutable_initializer()) visit(tensor);
    for (auto& node : *graph.mutable_node()) {
      for (auto& attribute : *node.mutable_attribute()) {
        if (attribute.has_t()) visit(*attribute.mutable_t());
        for (auto& tensor : *attribute.mutable_tensors()) visit(tensor);
      }
    }
  });
}

std::string bytes_of(const std::filesystem::path& file, std::uint64_t offset,
                     std::optional<std::uint64_t> length) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error) throw Error(fmt::format("{}: can't be read", base::printable(file)));
  if (offset > size || (length && *length > size - offset)) {
    throw Error(fmt::format("{}: is cut short", base::printable(file)));
  }
  std::string bytes(length.value_or(size - offset), '\0');
  if (bytes.size() > kMostBytes) {
    throw Error(fmt::format("{}: more than an ONNX file can hold (2 GB)", base::printable(file)));
  }
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    throw Error(fmt::format("{}: can't be read", base::printable(file)));
  }
  return bytes;
}

std::uint64_t number_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error("says where weights lie in a way that can't be understood; export it again");
  }
  return number;
}

/// Takes the weights that lie in a file beside `folder`'s network into the tensor.
void take_in(TensorProto& tensor, const std::filesystem::path& folder) {
  if (tensor.data_location() != TensorProto::EXTERNAL) return;
  std::filesystem::path location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = number_in(entry.value());
    if (entry.key() == "length") length = number_in(entry.value());
  }
  // As OpenVINO has it, which read the same file before: beside the network, or further down.
  const bool outside = location.is_absolute() ||
                       std::ranges::any_of(location, [](const auto& part) { return part == ".."; });
  if (location.empty() || outside) {
    throw Error("has weights in a file that doesn't lie beside it; export it again");
  }
  *tensor.mutable_raw_data() = bytes_of(folder / location, offset, length);
  tensor.clear_external_data();
  tensor.clear_data_location();
}

void add_prefix(std::string* name) {
  if (!name->empty()) name->insert(0, "backbone/");
}

void add_prefix(onnx::SparseTensorProto& tensor) {
  add_prefix(tensor.mutable_values()->mutable_name());
}

/// To every name. Those of dimensions stay: nothing else in the graph has them but "batch".
void add_prefixes(GraphProto& network) {
  each_graph(network, [](GraphProto& graph) {
    for (auto& tensor : *graph.mutable_initializer()) add_prefix(tensor.mutable_name());
    for (auto& tensor : *graph.mutable_sparse_initializer()) add_prefix(tensor);
    for (auto* infos :
         {graph.mutable_input(), graph.mutable_output(), graph.mutable_value_info()}) {
      for (auto& info : *infos) add_prefix(info.mutable_name());
    }
    for (auto& annotation : *graph.mutable_quantization_annotation()) {
      add_prefix(annotation.mutable_tensor_name());
      for (auto& entry : *annotation.mutable_quant_parameter_tensor_names()) {
        add_prefix(entry.mutable_value());
      }
    }
    for (auto& node : *graph.mutable_node()) {
      add_prefix(node.mutable_name());
      for (auto& input : *node.mutable_input()) add_prefix(&input);
      for (auto& output : *node.mutable_output()) add_prefix(&output);
    }
  });
}

/// Files of old versions name weights among the inputs.
const onnx::ValueInfoProto& picture_of(const GraphProto& graph) {
  std::set<std::string_view> weights;
  for (const auto& tensor : graph.initializer()) weights.insert(tensor.name());
  for (const auto& input : graph.input()) {
    if (!weights.contains(input.name())) return input;
  }
  throw Error("has no input");
}

/// [N,features] of an output with two dimensions, four, or of tokens.
Value pooled(Graph& graph, const Value& output, int dimensions, const std::string& tokens) {
  if (tokens == "first")
    return graph.node("Gather", {output, graph.ints({}, Graph::Ints{0})}, {{"axis", {1}}});
  if (tokens == "mean") {
    const Value last = graph.node("Transpose", {output}, {{"perm", {0, 2, 1}}});
    return graph.node("Squeeze", {graph.reduce("Mean", last), graph.list({2})});
  }
  if (dimensions == 2) return output;
  return graph.node("Flatten", {graph.node("GlobalAveragePool", {output})});
}

}  // namespace

int opset_of(const onnx::ModelProto& network) {
  for (const auto& opset : network.opset_import()) {
    if (opset.domain().empty() || opset.domain() == "ai.onnx") {
      return static_cast<int>(opset.version());
    }
  }
  return 1;
}

std::int64_t batch_of(const onnx::ModelProto& network) {
  const auto& shape = picture_of(network.graph()).type().tensor_type().shape();
  return shape.dim_size() > 0 ? shape.dim(0).dim_value() : 0;
}

TensorProto::DataType type_of(const onnx::ModelProto& network) {
  return static_cast<TensorProto::DataType>(
      picture_of(network.graph()).type().tensor_type().elem_type());
}

onnx::ModelProto read_network(const std::filesystem::path& file) {
  onnx::ModelProto network;
  const auto parse = [&] {
    return network.ParseFromString(bytes_of(file, 0, std::nullopt)) && network.has_graph();
  };
  if (!parse()) throw Error(fmt::format("{}: is no ONNX file, or damaged", base::printable(file)));
  try {
    each_tensor(*network.mutable_graph(), [&](TensorProto& tensor) {
      take_in(tensor, std::filesystem::absolute(file).parent_path());
      if (network.ByteSizeLong() > kMostBytes) {
        throw Error("is larger than an ONNX file with all its weights can be (2 GB)");
      }
    });
    if (opset_of(network) < kOldestOpset) renew_opset(network, opset_of(network));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(file), error.what()));
  }
  return network;
}

Value add_own_network(Graph& graph, onnx::ModelProto network, const Value& pixels,
                      const std::string& output) {
  const std::size_t colon = output.rfind(':');
  std::string name = output, tokens;
  if (output.ends_with(":first") || output.ends_with(":mean")) {
    name = output.substr(0, colon);
    tokens = output.substr(colon + 1);
  }
  GraphProto& theirs = *network.mutable_graph();
  int dimensions = 0, type = TensorProto::FLOAT;
  for (const auto& info : theirs.output()) {
    if (info.name() != name) continue;
    dimensions = info.type().tensor_type().shape().dim_size();
    type = info.type().tensor_type().elem_type();
  }
  if (tokens.empty() && dimensions != 2 && dimensions != 4) {
    throw Error(
        fmt::format("its backbone doesn't say what shape its output {} has: export it again",
                    base::excerpt(name)));
  }
  std::string picture = picture_of(theirs).name();
  add_prefixes(theirs);
  add_prefix(&picture);
  add_prefix(&name);

  onnx::ModelProto& model = graph.model();
  model.set_ir_version(std::max(model.ir_version(), network.ir_version()));
  for (const auto& opset : network.opset_import()) {
    if (!opset.domain().empty() && opset.domain() != "ai.onnx") *model.add_opset_import() = opset;
  }
  model.mutable_functions()->MergeFrom(network.functions());
  auto& begin = *model.mutable_graph()->add_node();
  begin.set_op_type("Identity");
  begin.set_name(picture);
  begin.add_input(pixels);
  begin.add_output(picture);
  GraphProto& ours = *model.mutable_graph();
  for (auto& node : *theirs.mutable_node()) ours.add_node()->Swap(&node);
  for (auto& tensor : *theirs.mutable_initializer()) ours.add_initializer()->Swap(&tensor);
  ours.mutable_sparse_initializer()->MergeFrom(theirs.sparse_initializer());
  ours.mutable_quantization_annotation()->MergeFrom(theirs.quantization_annotation());

  graph.part("features");
  const Value features = pooled(graph, name, dimensions, tokens);
  return type == TensorProto::FLOAT ? features : graph.cast(features, TensorProto::FLOAT);
}

}  // namespace oneormany::exporting
