#include "arrays/raw_tensor.h"

#include <Eigen/Core>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/error.h"

namespace oneormany::arrays {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

constexpr std::size_t kMaxDimensions = 16;

template <class To, class T>
To convert(T value) {
  const auto to = static_cast<To>(value);
  if constexpr (std::is_integral_v<T>) {
    if (static_cast<long double>(to) != static_cast<long double>(value)) {
      throw Error(std::is_same_v<To, float> ? "holds an integer too large for float32"
                                            : "holds an integer too large for float64");
    }
  } else if constexpr (sizeof(T) > sizeof(To)) {
    if (std::isfinite(value) && std::abs(value) > std::numeric_limits<To>::max()) {
      throw Error("holds a number too large for float32");
    }
  }
  return to;
}

template <class T, class To>
void gather(const RawTensor& raw, std::span<To> values) {
  const std::byte* storage = raw.storage.data();
  std::vector<std::int64_t> index(raw.shape.size(), 0);
  std::int64_t at = raw.offset;
  for (To& value : values) {
    T item;
    std::memcpy(&item, storage + static_cast<std::size_t>(at) * sizeof(T), sizeof(T));
    value = convert<To>(item);
    for (std::size_t d = raw.shape.size(); d-- > 0;) {
      at += raw.strides[d];
      if (++index[d] < raw.shape[d]) break;
      at -= raw.strides[d] * raw.shape[d];
      index[d] = 0;
    }
  }
}

}  // namespace

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  if (shape.size() > kMaxDimensions) throw Error("has too many dimensions");
  std::int64_t count = 1;
  for (const auto n : shape) {
    if (n < 0 || __builtin_mul_overflow(count, n, &count)) throw Error("has an impossible shape");
  }
  return count;
}

std::size_t item_size(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF64:
    case Dtype::kI64:
    case Dtype::kU64:
      return 8;
    case Dtype::kF32:
    case Dtype::kI32:
    case Dtype::kU32:
      return 4;
    case Dtype::kF16:
    case Dtype::kBf16:
    case Dtype::kI16:
    case Dtype::kU16:
      return 2;
    case Dtype::kI8:
    case Dtype::kU8:
      return 1;
  }
  throw Error("has an unknown number type");
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size());
  // An empty tensor is never walked, and its other lengths may be anything.
  if (count_of(shape) == 0) return strides;
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return strides;
}

namespace {

/// The tensor with strides that may be walked. Throws Error if it has none.
RawTensor checked(RawTensor raw, std::int64_t& budget) {
  const std::int64_t count = count_of(raw.shape);
  if (raw.strides.size() != raw.shape.size()) throw Error("has strides that don't fit its shape");
  if (count > 0) {
    std::int64_t last = raw.offset;
    bool wrong = raw.offset < 0;
    for (std::size_t d = 0; d < raw.shape.size(); ++d) {
      if (raw.shape[d] == 1) raw.strides[d] = 0;
      std::int64_t reach = 0;
      wrong |= raw.strides[d] < 0 ||
               __builtin_mul_overflow(raw.shape[d] - 1, raw.strides[d], &reach) ||
               __builtin_add_overflow(last, reach, &last);
    }
    const auto stored = static_cast<std::int64_t>(raw.storage.size() / item_size(raw.dtype));
    if (wrong || last >= stored) throw Error("reaches beyond its storage");
    if (count > budget) throw Error("has more numbers than the file can hold");
  }
  budget -= count;
  return raw;
}

template <class To>
void read_numbers(const RawTensor& raw, std::span<To> values) {
  switch (raw.dtype) {
    case Dtype::kF64:
      gather<double>(raw, values);
      break;
    case Dtype::kF32:
      gather<float>(raw, values);
      break;
    case Dtype::kF16:
      gather<Eigen::half>(raw, values);
      break;
    case Dtype::kBf16:
      gather<Eigen::bfloat16>(raw, values);
      break;
    case Dtype::kI64:
      gather<std::int64_t>(raw, values);
      break;
    case Dtype::kI32:
      gather<std::int32_t>(raw, values);
      break;
    case Dtype::kI16:
      gather<std::int16_t>(raw, values);
      break;
    case Dtype::kI8:
      gather<std::int8_t>(raw, values);
      break;
    case Dtype::kU64:
      gather<std::uint64_t>(raw, values);
      break;
    case Dtype::kU32:
      gather<std::uint32_t>(raw, values);
      break;
    case Dtype::kU16:
      gather<std::uint16_t>(raw, values);
      break;
    case Dtype::kU8:
      gather<std::uint8_t>(raw, values);
      break;
  }
}

template <class To>
std::vector<To> to_numbers(const RawTensor& given, std::int64_t& budget) {
  const RawTensor raw = checked(given, budget);
  std::vector<To> values(static_cast<std::size_t>(count_of(raw.shape)));
  read_numbers<To>(raw, values);
  return values;
}

template <class To>
void read_checked(const RawTensor& given, std::int64_t& budget, std::span<To> values) {
  const RawTensor raw = checked(given, budget);
  if (static_cast<std::size_t>(count_of(raw.shape)) != values.size()) {
    throw Error("has another shape than there is room for");
  }
  read_numbers(raw, values);
}

}  // namespace

std::vector<float> to_floats(const RawTensor& raw, std::int64_t& budget) {
  return to_numbers<float>(raw, budget);
}

std::vector<double> to_doubles(const RawTensor& raw, std::int64_t& budget) {
  return to_numbers<double>(raw, budget);
}

void read_floats(const RawTensor& raw, std::int64_t& budget, std::span<float> values) {
  read_checked(raw, budget, values);
}

void read_doubles(const RawTensor& raw, std::int64_t& budget, std::span<double> values) {
  read_checked(raw, budget, values);
}

}  // namespace oneormany::arrays
