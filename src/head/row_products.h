#pragma once
// Products of many long rows with a few vectors: what a fit does most of the time.

#include <cstdint>

namespace oneormany::head {

/// products = rows vectorsᵀ. rows: n × d; vectors: columns × d; products: n × columns; each one
/// contiguous, row after row. On the best instruction set of the processor.
void multiply(const float* rows, std::int64_t n, std::int64_t d, const float* vectors,
              std::int64_t columns, float* products);

/// sums += slopesᵀ rows. slopes: n × columns; sums: columns × d.
void add_products(const float* rows, std::int64_t n, std::int64_t d, const float* slopes,
                  std::int64_t columns, float* sums);

}  // namespace oneormany::head
