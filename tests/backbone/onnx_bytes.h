#pragma once
// ONNX files written by hand: only the few messages of onnx.proto3 that the tests need.

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/backbone/files.h"

namespace oneormany::backbone {

/// A message of protocol buffers.
class Message {
 public:
  Message& number(int field, std::int64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3).varint(static_cast<std::uint64_t>(value));
  }
  Message& text(int field, std::string_view bytes) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2).varint(bytes.size());
    bytes_ += bytes;
    return *this;
  }
  Message& add(int field, const Message& message) { return text(field, message.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  Message& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  std::string bytes_;
};

/// A length of a tensor that is left open.
constexpr std::int64_t kAny = -1;

/// Types of onnx.proto3.
constexpr int kFloats = 1, kBytes = 2, kHalfFloats = 10;

/// Builds a graph and ends as the bytes of a file.
class OnnxBytes {
 public:
  OnnxBytes& input(const std::string& name, const std::vector<std::int64_t>& shape,
                   int type = kFloats) {
    graph_.add(11, value_info(name, shape, type));
    return *this;
  }
  OnnxBytes& metadata(const std::string& key, const std::string& value) {
    metadata_.push_back(Message().text(1, key).text(2, value));
    return *this;
  }
  OnnxBytes& output(const std::string& name, const std::vector<std::int64_t>& shape,
                    int type = kFloats) {
    graph_.add(12, value_info(name, shape, type));
    return *this;
  }
  OnnxBytes& floats(const std::string& name, const std::vector<std::int64_t>& shape,
                    const std::vector<float>& values) {
    return tensor(name, shape, 1, raw(values));
  }
  /// Of values that have 16 bits.
  OnnxBytes& half_floats(const std::string& name, const std::vector<std::int64_t>& shape,
                         const std::vector<float>& values) {
    std::vector<std::uint16_t> bits;
    for (const float value : values) {
      bits.push_back(Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(value)));
    }
    return tensor(name, shape, kHalfFloats, raw(bits));
  }
  /// Floats that lie in a file beside the ONNX file.
  OnnxBytes& floats_beside(const std::string& name, const std::vector<std::int64_t>& shape,
                           const std::string& file) {
    Message tensor;
    for (const auto n : shape) tensor.number(1, n);
    tensor.number(2, 1).text(8, name).add(13, Message().text(1, "location").text(2, file));
    graph_.add(5, tensor.number(14, 1));
    return *this;
  }
  OnnxBytes& integers(const std::string& name, const std::vector<std::int64_t>& values) {
    return tensor(name, {std::ssize(values)}, 7, raw(values));
  }
  OnnxBytes& node(
      const std::string& type, const std::vector<std::string>& inputs, const std::string& output,
      const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& attributes = {}) {
    Message node;
    for (const auto& input : inputs) node.text(1, input);
    node.text(2, output).text(3, "make_" + output).text(4, type);
    for (const auto& [name, values] : attributes) {
      Message attribute;
      attribute.text(1, name);
      const bool single = name == "axis" || name == "to";
      for (const auto value : values) attribute.number(single ? 3 : 8, value);
      node.add(5, attribute.number(20, single ? 2 : 7));
    }
    graph_.add(1, node);
    return *this;
  }
  std::string file() {
    graph_.text(2, "graph");
    Message model;
    model.number(1, 8).add(8, Message().number(2, 13)).add(7, graph_);
    for (const Message& entry : metadata_) model.add(14, entry);
    return model.bytes();
  }

 private:
  static Message value_info(const std::string& name, const std::vector<std::int64_t>& shape,
                            int type = kFloats) {
    Message dims;
    for (const auto n : shape) {
      dims.add(1, n == kAny ? Message().text(2, "any_" + name) : Message().number(1, n));
    }
    return Message().text(1, name).add(2, Message().add(1, Message().number(1, type).add(2, dims)));
  }
  OnnxBytes& tensor(const std::string& name, const std::vector<std::int64_t>& shape, int type,
                    const std::string& bytes) {
    Message tensor;
    for (const auto n : shape) tensor.number(1, n);
    graph_.add(5, tensor.number(2, type).text(8, name).text(9, bytes));
    return *this;
  }

  Message graph_;
  std::vector<Message> metadata_;
};

}  // namespace oneormany::backbone
