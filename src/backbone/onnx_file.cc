#include "backbone/onnx_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <system_error>

#include "base/error.h"
#include "base/printable.h"
#include "base/sha256.h"

namespace oneormany::backbone {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 64;
constexpr std::size_t kLongestText = 1 << 20;  // of metadata; class names may take some pages

[[noreturn]] void not_whole() { throw Error("is no ONNX file, or is cut short"); }

/// The fields of one message of protocol buffers, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}

  /// False at the end.
  bool next() {
    if (left_.empty()) return false;
    const std::uint64_t tag = varint();
    number_ = tag >> 3;
    text_ = {};
    switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        text_ = take(varint());
        break;
      case 5:
        take(4);
        break;
      default:
        not_whole();
    }
    return true;
  }
  std::uint64_t number() const { return number_; }
  std::string_view text() const { return text_; }  ///< of a string or message; else empty

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    not_whole();
  }
  std::string_view take(std::uint64_t n) {
    if (n > left_.size()) not_whole();
    const std::string_view taken = left_.substr(0, n);
    left_.remove_prefix(n);
    return taken;
  }

  std::string_view left_, text_;
  std::uint64_t number_ = 0;
};

/// A message StringStringEntryProto.
std::pair<std::string, std::string> entry(std::string_view bytes) {
  std::string key, value;
  for (Fields fields(bytes); fields.next();) {
    if (fields.text().size() > kLongestText) continue;
    if (fields.number() == 1) key = fields.text();
    if (fields.number() == 2) value = fields.text();
  }
  return {std::move(key), std::move(value)};
}

/// Of each message which of its fields lead on to tensors, and to what message.
enum class Kind { kModel, kGraph, kNode, kAttribute, kTensor, kSparse, kFunction };
struct Way {
  Kind from;
  std::uint64_t field;
  Kind to;
};
constexpr Way kWays[] = {
    {Kind::kModel, 7, Kind::kGraph},       {Kind::kModel, 25, Kind::kFunction},
    {Kind::kGraph, 1, Kind::kNode},        {Kind::kGraph, 5, Kind::kTensor},
    {Kind::kGraph, 15, Kind::kSparse},     {Kind::kNode, 5, Kind::kAttribute},
    {Kind::kAttribute, 5, Kind::kTensor},  {Kind::kAttribute, 6, Kind::kGraph},
    {Kind::kAttribute, 10, Kind::kTensor}, {Kind::kAttribute, 11, Kind::kGraph},
    {Kind::kAttribute, 22, Kind::kSparse}, {Kind::kAttribute, 23, Kind::kSparse},
    {Kind::kSparse, 1, Kind::kTensor},     {Kind::kSparse, 2, Kind::kTensor},
    {Kind::kFunction, 7, Kind::kNode},     {Kind::kFunction, 11, Kind::kAttribute},
};

void walk(std::string_view bytes, Kind kind, int depth, OnnxFacts& facts) {
  if (kind == Kind::kGraph && ++depth > kDeepest) not_whole();
  for (Fields fields(bytes); fields.next();) {
    if (kind == Kind::kModel && fields.number() == 14) {
      facts.metadata.insert(entry(fields.text()));
    } else if (kind == Kind::kTensor && fields.number() == 13) {
      const auto [key, value] = entry(fields.text());
      if (key == "location") facts.beside.insert(value);
    }
    for (const Way& way : kWays) {
      if (way.from == kind && way.field == fields.number()) {
        walk(fields.text(), way.to, depth, facts);
      }
    }
  }
}

}  // namespace

OnnxFacts read_onnx_facts(std::string_view bytes) {
  OnnxFacts facts;
  walk(bytes, Kind::kModel, 0, facts);
  return facts;
}

std::string sha256_of_onnx(const fs::path& file, const OnnxFacts& facts) {
  std::string all = base::to_hex(base::sha256_of_file(file));
  if (facts.beside.empty()) return all;
  for (const std::string& name : facts.beside) {
    const fs::path relative = name;
    const bool below = relative.is_relative() && !name.empty() &&
                       std::ranges::find(relative, fs::path("..")) == relative.end();
    const fs::path place = file.parent_path() / relative;
    std::error_code ignored;
    if (!below || !fs::is_regular_file(place, ignored)) {
      throw Error(
          fmt::format("lacks its weights, which are in the file {} beside it: keep both together",
                      base::excerpt(name)));
    }
    all += base::to_hex(base::sha256_of_file(place));
  }
  return base::to_hex(base::sha256(std::as_bytes(std::span(all))));
}

}  // namespace oneormany::backbone
