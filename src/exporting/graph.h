#pragma once
// An ONNX graph that is built node by node, with the ONNX library's own messages.
//
// Written for any opset from 13 on: the graph may hold a file of the user's, whose opset stays.

#include <onnx/onnx_pb.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/matrix.h"

namespace oneormany::exporting {

/// The name of a tensor in the graph.
using Value = std::string;

/// Opsets that the nodes below are right for.
inline constexpr int kOldestOpset = 13, kOwnOpset = 17;

class Graph {
 public:
  using Ints = std::vector<std::int64_t>;
  struct Attribute {
    std::string name;
    Ints ints;  ///< one: a number, unless `list`
    bool list = false;
  };

  explicit Graph(int opset = kOwnOpset);

  /// A picture's pixels or what is told of it: [batch, shape…]. The batch is any number, unless
  /// it is fixed.
  Value input(const std::string& name, onnx::TensorProto::DataType type, const Ints& shape);
  void output(const Value& value, const std::string& name, onnx::TensorProto::DataType type,
              const Ints& shape);
  /// Of all pictures that go in at once; before input() and output().
  void fix_batch(std::int64_t batch) { batch_ = batch; }

  /// A node of one output.
  Value node(const std::string& type, const std::vector<Value>& inputs,
             const std::vector<Attribute>& attributes = {});
  /// A node of two.
  std::pair<Value, Value> two(const std::string& type, const std::vector<Value>& inputs,
                              const std::vector<Attribute>& attributes = {});

  Value floats(const Ints& shape, std::span<const float> values);
  Value doubles(const Ints& shape, std::span<const double> values);
  Value ints(const Ints& shape, std::span<const std::int64_t> values);
  Value matrix(const MatrixF& values);  ///< rows × columns
  Value matrix(const Matrix& values);
  Value list(const Ints& values) {
    return ints({static_cast<std::int64_t>(values.size())}, values);
  }
  Value number(double value) { return doubles({}, {&value, 1}); }
  Value number(float value) { return floats({}, {&value, 1}); }
  Value row(const Vector& values);  ///< [1, n]

  Value cast(const Value& x, onnx::TensorProto::DataType type);
  /// Sum, Max, Mean, LogSumExp of the last axis, which stays with length 1.
  Value reduce(const std::string& what, const Value& x);
  /// Columns [first, end) of [N, columns].
  Value columns(const Value& x, std::int64_t first, std::int64_t end);
  Value pick(const Value& x, std::span<const int> columns);
  /// [N,1] to [N].
  Value flat(const Value& column);

  Value add(const Value& a, const Value& b) { return node("Add", {a, b}); }
  Value sub(const Value& a, const Value& b) { return node("Sub", {a, b}); }
  Value mul(const Value& a, const Value& b) { return node("Mul", {a, b}); }
  Value div(const Value& a, const Value& b) { return node("Div", {a, b}); }

  /// Nodes made from here on are called PART/….
  void part(const std::string& name) { part_ = name; }
  void metadata(const std::string& key, const std::string& value);

  int opset() const { return opset_; }
  onnx::ModelProto& model() { return model_; }

 private:
  Value fresh(const std::string& what);
  onnx::TensorProto& constant(onnx::TensorProto::DataType type, const Ints& shape);
  void describe(onnx::ValueInfoProto& info, const std::string& name,
                onnx::TensorProto::DataType type, const Ints& shape) const;

  onnx::ModelProto model_;
  std::string part_;
  std::int64_t made_ = 0, batch_ = 0;
  int opset_;
};

}  // namespace oneormany::exporting
