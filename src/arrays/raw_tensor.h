#pragma once
// From a file's bytes to numbers.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace oneormany::arrays {

enum class Dtype { kF64, kF32, kF16, kBf16, kI64, kI32, kI16, kI8, kU64, kU32, kU16, kU8 };

std::size_t item_size(Dtype dtype);

/// How a tensor lies in its storage; all counted in elements.
struct RawTensor {
  Dtype dtype = Dtype::kF32;
  std::span<const std::byte> storage;  ///< little-endian, need not be aligned
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// The strides of a tensor without gaps. Throws Error if the shape is absurd.
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);

/// product(shape). Throws Error if a length is negative or the product doesn't fit.
std::int64_t count_of(const std::vector<std::int64_t>& shape);

/// The values in C order. A number that the type can't hold (for float32: a large integer, 1e300)
/// is an Error, as is any shape, offset or stride that leaves the storage or needs more values than
/// `budget` (which is lowered by those used), so that a small file can't ask for much memory.
std::vector<float> to_floats(const RawTensor& raw, std::int64_t& budget);
std::vector<double> to_doubles(const RawTensor& raw, std::int64_t& budget);
/// The same into memory that is there already, as much as the shape says: of large files no copy.
void read_floats(const RawTensor& raw, std::int64_t& budget, std::span<float> values);
void read_doubles(const RawTensor& raw, std::int64_t& budget, std::span<double> values);

}  // namespace oneormany::arrays
