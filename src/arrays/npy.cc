#include "arrays/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "arrays/utf8.h"
#include "base/error.h"
#include "base/printable.h"

namespace oneormany::arrays {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void broken_header() {
  throw Error("has a header that numpy.save doesn't write; save it again with numpy.save");
}

/// Reads the header: a Python dictionary with just three entries.
class Header {
 public:
  explicit Header(std::string_view text) : rest_(text) {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !descr_) {
        descr_ = description();
      } else if (key == "fortran_order" && !fortran_) {
        fortran_ = boolean();
      } else if (key == "shape" && !shape_) {
        shape_ = lengths();
      } else {
        broken_header();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty() || !descr_ || !fortran_ || !shape_) broken_header();
  }

  const std::string& descr() const { return *descr_; }
  bool fortran() const { return *fortran_; }
  const std::vector<std::int64_t>& shape() const { return *shape_; }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }
  bool accept(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) broken_header();
  }
  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) broken_header();
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::string description() {
    skip_space();
    if (rest_.starts_with('[')) {
      throw Error("holds records with named fields; save one plain array of numbers");
    }
    return quoted();
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true},
                                      std::pair<std::string_view, bool>{"False", false}}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    broken_header();
  }
  std::vector<std::int64_t> lengths() {
    std::vector<std::int64_t> all;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t length = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), length);
      if (error != std::errc{} || length < 0) broken_header();
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      if (rest_.starts_with('L')) rest_.remove_prefix(1);  // Python 2 wrote long numbers like this
      all.push_back(length);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return all;
  }

  std::string_view rest_;
  std::optional<std::string> descr_;
  std::optional<bool> fortran_;
  std::optional<std::vector<std::int64_t>> shape_;
};

/// "<f4" and the like. The order of bytes doesn't matter where there is only one.
Dtype dtype_of(const std::string& descr) {
  static const std::map<std::string, Dtype, std::less<>> known{
      {"b1", Dtype::kU8},  {"u1", Dtype::kU8},  {"i1", Dtype::kI8},  {"u2", Dtype::kU16},
      {"i2", Dtype::kI16}, {"u4", Dtype::kU32}, {"i4", Dtype::kI32}, {"u8", Dtype::kU64},
      {"i8", Dtype::kI64}, {"f2", Dtype::kF16}, {"f4", Dtype::kF32}, {"f8", Dtype::kF64}};
  const std::string_view whole = descr;
  const std::string_view type = whole.substr(std::min<std::size_t>(1, whole.size()));
  if (type == "O" || type.starts_with("O")) {
    throw Error(
        "holds Python objects (a pickle), which are never read; save plain numbers: "
        "array.astype('<f4'), or names as texts: array.astype('U')");
  }
  if (type.starts_with("U") || type.starts_with("S")) {
    throw Error("holds texts where numbers are due; save array.astype('<f4')");
  }
  const auto found = known.find(type);
  if (found == known.end() || std::string_view("<>|=").find(whole[0]) == std::string_view::npos) {
    throw Error(
        fmt::format("holds numbers of the type {}, which isn't supported; save array.astype('<f4')",
                    base::excerpt(descr)));
  }
  if (whole[0] == '>' && item_size(found->second) > 1) {
    throw Error(
        fmt::format("holds big-endian numbers ({}); save array.astype('<{}')", descr, type));
  }
  return found->second;
}

/// A file's header, and what comes after it.
struct Parts {
  Header header;
  std::string_view data;
};

Parts parts_of(std::string_view bytes) {
  if (bytes.empty()) throw Error("is empty; save it again with numpy.save");
  if (!bytes.starts_with(kMagic)) {
    throw Error("is no .npy file (it doesn't begin as one); write it with numpy.save");
  }
  const auto byte = [&](std::size_t at) -> std::size_t {
    if (at >= bytes.size()) throw Error("is cut short in its header; save it again");
    return static_cast<unsigned char>(bytes[at]);
  };
  const std::size_t version = byte(kMagic.size());
  if (version < 1 || version > 3) {
    throw Error(fmt::format("is of .npy format {}, of which only 1 to 3 are known", version));
  }
  std::size_t start = kMagic.size() + 2;
  std::size_t length = byte(start) | byte(start + 1) << 8;
  start += 2;
  if (version > 1) {
    length |= byte(start) << 16 | byte(start + 1) << 24;
    start += 2;
  }
  if (length > bytes.size() - start) throw Error("is cut short in its header; save it again");
  return {Header(bytes.substr(start, length)), bytes.substr(start + length)};
}

/// Throws Error unless there are just `count` items of that size.
void require_whole(std::string_view data, std::size_t count, std::size_t size,
                   const std::vector<std::int64_t>& shape) {
  const std::size_t held = data.size() / size;
  if (count > held) {
    throw Error(fmt::format("is cut short: its header says {} numbers ({}), it holds {}", count,
                            fmt::join(shape, " × "), held));
  }
  if (data.size() != count * size) {
    throw Error("goes on after its array; save one array to a file");
  }
}

/// One text: code points of four bytes, or bytes; zeros fill it up.
std::string text_of(std::string_view item, bool wide) {
  std::string text;
  if (!wide) return std::string(item.substr(0, item.find_last_not_of('\0') + 1));
  for (std::size_t at = 0; at + 4 <= item.size(); at += 4) {
    std::uint32_t code = 0;
    item.substr(at, 4).copy(reinterpret_cast<char*>(&code), 4);
    if (code == 0) break;
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      throw Error("holds a text that isn't Unicode; save it again with numpy.save");
    }
    append_utf8(text, code);
  }
  return text;
}

}  // namespace

RawTensor read_npy(std::string_view bytes) {
  const auto [header, data] = parts_of(bytes);
  RawTensor raw;
  raw.dtype = dtype_of(header.descr());
  raw.storage = std::as_bytes(std::span(data.data(), data.size()));
  raw.shape = header.shape();
  raw.strides = contiguous_strides(raw.shape);
  if (header.fortran()) {
    const std::vector<std::int64_t> reversed(raw.shape.rbegin(), raw.shape.rend());
    raw.strides = contiguous_strides(reversed);
    std::reverse(raw.strides.begin(), raw.strides.end());
  }
  require_whole(data, static_cast<std::size_t>(count_of(raw.shape)), item_size(raw.dtype),
                raw.shape);
  return raw;
}

std::optional<std::vector<std::string>> read_npy_texts(std::string_view bytes) {
  const auto [header, data] = parts_of(bytes);
  std::string_view type = header.descr();
  if (type.starts_with('<') || type.starts_with('|') || type.starts_with('='))
    type.remove_prefix(1);
  const bool wide = type.starts_with('U');
  std::size_t length = 0;
  if (!wide && !type.starts_with('S')) return std::nullopt;
  const auto [end, error] = std::from_chars(type.data() + 1, type.data() + type.size(), length);
  constexpr std::size_t kLongest = 1 << 20;
  if (error != std::errc{} || end != type.data() + type.size() || length > kLongest)
    broken_header();
  const auto& shape = header.shape();
  if (shape.empty() || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1))
    return std::nullopt;
  const auto count = static_cast<std::size_t>(count_of(shape));
  const std::size_t size = length * (wide ? 4 : 1);
  if (size == 0) throw Error("holds empty texts only; save the names");
  require_whole(data, count, size, shape);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(text_of(data.substr(i * size, size), wide));
  return texts;
}

std::string npy_header(std::uint64_t rows, std::uint64_t columns) {
  constexpr std::size_t kBytes = 128, kStart = 10;  // magic, version, length of the text
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  text.resize(kBytes - kStart - 1, ' ');
  const auto length = static_cast<char>(text.size() + 1);
  return std::string("\x93NUMPY\x01\0", 8) + length + '\0' + text + '\n';
}

}  // namespace oneormany::arrays
