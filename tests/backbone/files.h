#pragma once
// Weight files written by hand, byte by byte, so that the tests need no PyTorch.

#include <gtest/gtest.h>
#include <zip.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/error_in.h"
#include "tests/folder.h"

namespace oneormany::backbone {

/// Any number or row of numbers as the bytes they are in memory.
template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
template <class T>
std::string raw(T value) {
  return raw(std::vector<T>{value});
}

/// Writes a pickle of protocol 2, instruction by instruction.
class PickleBytes {
 public:
  PickleBytes& op(std::string_view instructions) {
    bytes_ += instructions;
    return *this;
  }
  PickleBytes& text(std::string_view text) {
    return op("X").op(raw(static_cast<std::uint32_t>(text.size()))).op(text);
  }
  PickleBytes& number(std::int64_t number) { return op("\x8a\x08").op(raw(number)); }
  PickleBytes& numbers(const std::vector<std::int64_t>& all) {
    op("(");
    for (const auto n : all) number(n);
    return op("t");
  }
  PickleBytes& global(std::string_view module, std::string_view name) {
    return op("c").op(module).op("\n").op(name).op("\n");
  }
  std::string end() { return bytes_ + "."; }

 private:
  std::string bytes_ = "\x80\x02";
};

struct StoredTensor {
  std::string name;
  std::string bytes;  ///< of the storage
  std::int64_t count = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;
  std::string type = "FloatStorage";
  std::string key = name;
};

/// A contiguous float32 tensor.
inline StoredTensor stored(std::string name, std::vector<std::int64_t> shape,
                           const std::vector<float>& values) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0; stride *= shape[d]) strides[d] = stride;
  return {std::move(name), raw(values), std::ssize(values), std::move(shape), std::move(strides)};
}

/// The instructions that leave a state dict on the stack.
inline std::string state_dict(const std::vector<StoredTensor>& tensors, bool legacy) {
  PickleBytes p;
  p.global("collections", "OrderedDict").op(")R(");
  for (const auto& t : tensors) {
    p.text(t.name).global("torch._utils", "_rebuild_tensor_v2").op("((");
    p.text("storage").global("torch", t.type).text(t.key).text("cpu").number(t.count);
    if (legacy) p.op("N");
    p.op("tQ").number(t.offset).numbers(t.shape).numbers(t.strides).op("\x89");
    p.global("collections", "OrderedDict").op(")RtR");
  }
  const std::string all = p.op("u").end();
  return all.substr(2, all.size() - 3);
}

constexpr std::string_view kMagicPickle =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// A file of PyTorch's older format around a pickle of the data.
inline std::string legacy_file(const std::string& data, const std::vector<StoredTensor>& tensors) {
  std::string file(kMagicPickle);
  file += PickleBytes().number(1001).end();
  file += PickleBytes().op("}(").text("little_endian").op("\x88u").end();
  file += data;
  PickleBytes keys;
  keys.op("](");
  for (const auto& t : tensors) keys.text(t.key);
  file += keys.op("e").end();
  for (const auto& t : tensors) file += raw(t.count) + t.bytes;
  return file;
}
inline std::string legacy_file(const std::vector<StoredTensor>& tensors) {
  return legacy_file(PickleBytes().op(state_dict(tensors, true)).end(), tensors);
}

/// A zip of (name, content), uncompressed unless said otherwise.
inline std::string zip_file(const std::vector<std::pair<std::string, std::string>>& entries,
                            zip_int32_t method = ZIP_CM_STORE) {
  const Folder folder;
  const auto path = (folder / "file.zip").string();
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  for (const auto& [name, content] : entries) {
    const auto index = zip_file_add(zip, name.c_str(),
                                    zip_source_buffer(zip, content.data(), content.size(), 0), 0);
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), method, 0);
  }
  zip_close(zip);
  return read_text(path);
}

/// A file of PyTorch's newer format.
inline std::string torch_zip(const std::vector<StoredTensor>& tensors,
                             zip_int32_t method = ZIP_CM_STORE) {
  std::vector<std::pair<std::string, std::string>> entries{
      {"archive/data.pkl", PickleBytes().op(state_dict(tensors, false)).end()},
      {"archive/byteorder", "little"}};
  for (const auto& t : tensors) entries.emplace_back("archive/data/" + t.key, t.bytes);
  entries.emplace_back("archive/version", "3\n");
  return zip_file(entries, method);
}

/// A safetensors file out of its header and the bytes after it.
inline std::string safetensors_file(std::string_view header, std::string_view data) {
  return raw(static_cast<std::uint64_t>(header.size())) + std::string(header) + std::string(data);
}

}  // namespace oneormany::backbone
