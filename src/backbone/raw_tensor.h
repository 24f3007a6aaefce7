#pragma once
// From a file's bytes to float32.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backbone/weights.h"

namespace oneormany {

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

/// Converts; a number that a float32 can't hold (a large integer, 1e300) is an Error, as is any
/// shape, offset or stride that leaves the storage or needs more values than `budget` (which is
/// lowered by those used), so that a small file can't ask for much memory.
Tensor to_tensor(const RawTensor& raw, std::int64_t& budget);

}  // namespace oneormany
