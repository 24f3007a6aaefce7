#pragma once
// Products of many long rows with a few vectors: what a fit does most of the time.

#include <cstdint>

#include "base/matrix.h"

namespace oneormany::head {

/// products = rows vectorsᵀ. rows: n × d; vectors: columns × d; products: n × columns; each one
/// contiguous, row after row. On the best instruction set of the processor.
void multiply(const float* rows, std::int64_t n, std::int64_t d, const float* vectors,
              std::int64_t columns, float* products);

/// sums += slopesᵀ rows. slopes: n × columns; sums: columns × d.
void add_products(const float* rows, std::int64_t n, std::int64_t d, const float* slopes,
                  std::int64_t columns, float* sums);

/// a bᵀ. Each product is the same, to the last bit, whatever other rows there are: so what is said
/// of a picture doesn't depend on those that it is seen with, as it does where a matrix product
/// adds in another order for another shape.
MatrixF products(const MatrixF& a, const MatrixF& b);

}  // namespace oneormany::head
