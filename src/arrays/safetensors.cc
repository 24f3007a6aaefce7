#include "arrays/safetensors.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>

#include "arrays/json.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/sha256.h"

namespace oneormany::arrays {
namespace {

constexpr std::size_t kLengthSize = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;  // the format's own limit

const std::map<std::string, Dtype> kDtypes{
    {"F64", Dtype::kF64}, {"F32", Dtype::kF32}, {"F16", Dtype::kF16}, {"BF16", Dtype::kBf16},
    {"I64", Dtype::kI64}, {"I32", Dtype::kI32}, {"I16", Dtype::kI16}, {"I8", Dtype::kI8},
    {"U64", Dtype::kU64}, {"U32", Dtype::kU32}, {"U16", Dtype::kU16}, {"U8", Dtype::kU8}};

Dtype dtype_of(const std::string& name) {
  if (name == "BOOL") return Dtype::kU8;
  const auto found = kDtypes.find(name);
  if (found == kDtypes.end()) {
    throw Error(fmt::format("has the number type {}, which isn't supported", base::excerpt(name)));
  }
  return found->second;
}

std::string name_of(Dtype dtype) {
  return std::find_if(kDtypes.begin(), kDtypes.end(),
                      [&](const auto& known) { return known.second == dtype; })
      ->first;
}

std::vector<std::int64_t> whole_numbers(const nlohmann::json& array) {
  std::vector<std::int64_t> numbers;
  for (const auto& item : array) {
    if (!item.is_number_unsigned() || item.get<std::uint64_t>() > INT64_MAX) {
      throw Error("has an impossible shape or place");
    }
    numbers.push_back(item.get<std::int64_t>());
  }
  return numbers;
}

nlohmann::json header_of(std::string_view text) {
  try {
    nlohmann::json header = parse_json(text);
    if (header.is_object()) return header;
  } catch (const Error&) {
    // What is wrong with it in detail helps nobody.
  }
  throw Error("has a safetensors header that isn't JSON; fetch it again");
}

struct Place {
  std::int64_t begin;
  std::int64_t end;
  std::string name;
  auto operator<=>(const Place&) const = default;
};

}  // namespace

std::map<std::string, RawTensor> read_safetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() >= kLengthSize) bytes.copy(reinterpret_cast<char*>(&length), kLengthSize);
  if (bytes.size() < kLengthSize || length > bytes.size() - kLengthSize ||
      length > kLongestHeader) {
    throw Error("has a safetensors header longer than the file; fetch it again");
  }
  const auto text = bytes.substr(kLengthSize, length);
  const auto data = bytes.substr(kLengthSize + length);
  const nlohmann::json header = header_of(text);

  std::map<std::string, RawTensor> tensors;
  std::vector<Place> places;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    try {
      if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
          !entry.contains("shape") || !entry["shape"].is_array() ||
          !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
          entry["data_offsets"].size() != 2) {
        throw Error("is described wrongly in the safetensors header");
      }
      const Dtype dtype = dtype_of(entry["dtype"]);
      auto shape = whole_numbers(entry["shape"]);
      auto strides = contiguous_strides(shape);
      const auto place = whole_numbers(entry["data_offsets"]);
      const auto size = static_cast<std::int64_t>(data.size());
      if (place[0] > place[1] || place[1] > size) throw Error("reaches beyond the file");
      const auto stored = data.substr(place[0], place[1] - place[0]);
      const auto count = static_cast<std::size_t>(count_of(shape));
      if (stored.size() % item_size(dtype) != 0 || stored.size() / item_size(dtype) != count) {
        throw Error("has another length than its shape says");
      }
      tensors[name] = {dtype, std::as_bytes(std::span(stored.data(), stored.size())), 0,
                       std::move(shape), std::move(strides)};
      places.push_back({place[0], place[1], name});
    } catch (const Error& error) {
      throw Error(fmt::format("tensor {} {}", base::excerpt(name), error.what()));
    }
  }
  std::sort(places.begin(), places.end());
  std::int64_t end = 0;
  for (const auto& place : places) {
    if (place.begin != end) {
      throw Error(
          fmt::format("tensor {} overlaps another or leaves a gap", base::excerpt(place.name)));
    }
    end = place.end;
  }
  if (end != static_cast<std::int64_t>(data.size())) {
    throw Error("goes on after its last tensor; fetch it again");
  }
  return tensors;
}

std::map<std::string, std::string> read_safetensors_metadata(std::string_view bytes) {
  std::uint64_t length = 0;
  bytes.copy(reinterpret_cast<char*>(&length), kLengthSize);
  const nlohmann::json header = header_of(bytes.substr(kLengthSize, length));
  std::map<std::string, std::string> metadata;
  const auto found = header.find("__metadata__");
  if (found == header.end()) return metadata;
  for (const auto& [name, text] : found->items()) {
    if (text.is_string()) metadata[name] = text;
  }
  return metadata;
}

namespace {

/// With its length in front, and at least `least` bytes long.
std::string framed(const nlohmann::json& header, std::size_t least) {
  std::string text = header.dump();
  const std::size_t size = std::max(text.size(), least);
  text.resize((size + 7) / 8 * 8, ' ');  // so that the tensors begin aligned
  const auto length = static_cast<std::uint64_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&length), kLengthSize) + text;
}

}  // namespace

std::string write_safetensors(const std::map<std::string, RawTensor>& tensors,
                              const std::map<std::string, std::string>& metadata) {
  nlohmann::json header;
  header["__metadata__"] = metadata;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const auto begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.storage.data()), tensor.storage.size());
    header[name] = {{"dtype", name_of(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {begin, data.size()}}};
  }
  return framed(header, 0) + data;
}

std::string safetensors_header(const std::string& name, std::uint64_t rows, std::uint64_t columns,
                               const std::map<std::string, std::string>& metadata) {
  const auto header = [&](std::uint64_t count) {
    nlohmann::json json;
    json["__metadata__"] = metadata;
    json[name] = {{"dtype", name_of(Dtype::kF32)},
                  {"shape", {count, columns}},
                  {"data_offsets", {0, count * columns * sizeof(float)}}};
    return json;
  };
  constexpr std::uint64_t kMostRows = 1'000'000'000'000;  // for its digits
  return framed(header(rows), header(kMostRows).dump().size());
}

std::string content_sha256(const std::map<std::string, RawTensor>& tensors, std::string_view text) {
  std::string all;
  for (const auto& [name, tensor] : tensors) {
    all += base::to_hex(base::sha256(tensor.storage));
  }
  all += text;
  return base::to_hex(base::sha256(std::as_bytes(std::span(all))));
}

}  // namespace oneormany::arrays
