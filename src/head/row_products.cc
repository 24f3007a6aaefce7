// A matrix product's usual way copies both sides into blocks first, which is more work than the
// product itself where one side has a handful of vectors. Here a few rows and a few vectors meet in
// registers, and nothing is copied.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "head/row_products.cc"
#include "head/row_products.h"

#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/vector-inl.h"

#ifdef ONEORMANY_COUNT_PRODUCTS
#include <atomic>
#include <cstdio>
#endif

HWY_BEFORE_NAMESPACE();
namespace oneormany::head {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using loss::HWY_NAMESPACE::ForColumns;
using Tag = hn::ScalableTag<float>;
using Vec = hn::Vec<Tag>;

// What meets at once, so that sums, vectors and a row fit into the registers.
#if HWY_TARGET <= HWY_AVX3
constexpr std::int64_t kColumns = 6, kRows = 4, kVectors = 4;
#else
constexpr std::int64_t kColumns = 3, kRows = 4, kVectors = 3;
#endif
// Of a row at once: as much of the vectors stays in the first cache.
constexpr std::int64_t kLength = 1024;

/// products (R × C of `stride` columns) += rows (R of d) vectorsᵀ (C of d), over n numbers of each.
template <std::int64_t R, std::int64_t C>
HWY_INLINE void Dots(const float* rows, const float* vectors, std::int64_t d, std::int64_t n,
                     float* products, std::int64_t stride) {
  Vec sums[R][C];
  for (auto& row : sums) {
    for (auto& sum : row) sum = hn::Zero(Tag());
  }
  ForColumns<float>(static_cast<std::size_t>(n), [&](auto at) HWY_ATTR {
    Vec of_vectors[C];
    for (std::int64_t c = 0; c < C; ++c) of_vectors[c] = at.Load(vectors + c * d);
    for (std::int64_t r = 0; r < R; ++r) {
      const Vec x = at.Load(rows + r * d);
      hwy::Prefetch(rows + (r + R) * d + at.i);  // the memory is what it waits for
      for (std::int64_t c = 0; c < C; ++c) sums[r][c] = hn::MulAdd(x, of_vectors[c], sums[r][c]);
    }
  });
  for (std::int64_t r = 0; r < R; ++r) {
    for (std::int64_t c = 0; c < C; ++c) {
      products[r * stride + c] += hn::GetLane(hn::SumOfLanes(Tag(), sums[r][c]));
    }
  }
}

template <std::int64_t C>
void DotsOfRows(const float* rows, std::int64_t count, const float* vectors, std::int64_t d,
                std::int64_t n, float* products, std::int64_t stride) {
  std::int64_t r = 0;
  for (; r + kRows <= count; r += kRows) {
    Dots<kRows, C>(rows + r * d, vectors, d, n, products + r * stride, stride);
  }
  for (; r < count; ++r) Dots<1, C>(rows + r * d, vectors, d, n, products + r * stride, stride);
}

/// sums (C of d) += slopesᵀ rows, of V vectors of columns.
template <std::int64_t C, std::int64_t V>
HWY_INLINE void AddWhole(const float* rows, std::int64_t count, std::int64_t d, const float* slopes,
                         std::int64_t stride, float* sums) {
  const Tag tag;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(tag));
  Vec found[C][V];
  for (std::int64_t c = 0; c < C; ++c) {
    for (std::int64_t v = 0; v < V; ++v) found[c][v] = hn::LoadU(tag, sums + c * d + v * lanes);
  }
  for (std::int64_t r = 0; r < count; ++r) {
    Vec x[V];
    for (std::int64_t v = 0; v < V; ++v) x[v] = hn::LoadU(tag, rows + r * d + v * lanes);
    for (std::int64_t c = 0; c < C; ++c) {
      const Vec slope = hn::Set(tag, slopes[r * stride + c]);
      for (std::int64_t v = 0; v < V; ++v) found[c][v] = hn::MulAdd(x[v], slope, found[c][v]);
    }
  }
  for (std::int64_t c = 0; c < C; ++c) {
    for (std::int64_t v = 0; v < V; ++v) hn::StoreU(found[c][v], tag, sums + c * d + v * lanes);
  }
}

template <std::int64_t C>
void AddOfRows(const float* rows, std::int64_t count, std::int64_t d, const float* slopes,
               std::int64_t stride, float* sums) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Tag()));
  std::int64_t j = 0;
  for (; j + kVectors * lanes <= d; j += kVectors * lanes) {
    AddWhole<C, kVectors>(rows + j, count, d, slopes, stride, sums + j);
  }
  for (; j + lanes <= d; j += lanes) {
    AddWhole<C, 1>(rows + j, count, d, slopes, stride, sums + j);
  }
  for (; j < d; ++j) {
    for (std::int64_t c = 0; c < C; ++c) {
      for (std::int64_t r = 0; r < count; ++r)
        sums[c * d + j] += slopes[r * stride + c] * rows[r * d + j];
    }
  }
}

/// Calls use(first, count as a constant) for groups of columns of about the same size.
template <class Use>
HWY_INLINE void ForGroups(std::int64_t columns, const Use& use) {
  const std::int64_t groups = (columns + kColumns - 1) / kColumns;
  for (std::int64_t g = 0, first = 0; g < groups; ++g) {
    const std::int64_t count = (columns * (g + 1)) / groups - first;
    switch (count) {
      case 1:
        use(first, std::integral_constant<std::int64_t, 1>());
        break;
      case 2:
        use(first, std::integral_constant<std::int64_t, 2>());
        break;
      case 3:
        use(first, std::integral_constant<std::int64_t, 3>());
        break;
#if HWY_TARGET <= HWY_AVX3
      case 4:
        use(first, std::integral_constant<std::int64_t, 4>());
        break;
      case 5:
        use(first, std::integral_constant<std::int64_t, 5>());
        break;
      default:
        use(first, std::integral_constant<std::int64_t, 6>());
        break;
#endif
    }
    first += count;
  }
}

void Multiply(const float* rows, std::int64_t n, std::int64_t d, const float* vectors,
              std::int64_t columns, float* products) {
  std::fill_n(products, n * columns, 0.0f);
  for (std::int64_t from = 0; from < d; from += kLength) {
    const std::int64_t length = std::min(kLength, d - from);
    ForGroups(columns, [&](std::int64_t first, auto count) HWY_ATTR {
      DotsOfRows<count()>(rows + from, n, vectors + first * d + from, d, length, products + first,
                          columns);
    });
  }
}

void AddProducts(const float* rows, std::int64_t n, std::int64_t d, const float* slopes,
                 std::int64_t columns, float* sums) {
  ForGroups(columns, [&](std::int64_t first, auto count) HWY_ATTR {
    AddOfRows<count()>(rows, n, d, slopes + first, columns, sums + first * d);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::head
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::head {

HWY_EXPORT(Multiply);
HWY_EXPORT(AddProducts);

#ifdef ONEORMANY_COUNT_PRODUCTS  // bench/README.md: how far a fit is from what its products take
struct Count {
  std::atomic<double> flops{0};
  ~Count() { std::fprintf(stderr, "products: %.0f GFlop\n", flops.load() / 1e9); }
} count;
#define COUNT(n, d, columns) count.flops += 2.0 * double(n) * double(d) * double(columns)
#else
#define COUNT(n, d, columns) static_cast<void>(0)
#endif

void multiply(const float* rows, std::int64_t n, std::int64_t d, const float* vectors,
              std::int64_t columns, float* products) {
  COUNT(n, d, columns);
  HWY_DYNAMIC_DISPATCH(Multiply)(rows, n, d, vectors, columns, products);
}

void add_products(const float* rows, std::int64_t n, std::int64_t d, const float* slopes,
                  std::int64_t columns, float* sums) {
  COUNT(n, d, columns);
  HWY_DYNAMIC_DISPATCH(AddProducts)(rows, n, d, slopes, columns, sums);
}

MatrixF products(const MatrixF& a, const MatrixF& b) {
  constexpr Index kAtOnce = 64;  // rows of b that stay in the second cache while all of a meet them
  MatrixF found(a.rows(), b.rows()), some;
  for (Index first = 0; first < b.rows(); first += kAtOnce) {
    some.resize(std::min(kAtOnce, b.rows() - first), a.rows());
    multiply(b.row(first).data(), some.rows(), b.cols(), a.data(), a.rows(), some.data());
    found.middleCols(first, some.rows()) = some.transpose();
  }
  return found;
}

}  // namespace oneormany::head
#endif  // HWY_ONCE
