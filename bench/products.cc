// What the machine makes of the products that fits consist of (head/row_products), in GFlop/s a
// core: of rows that stay in the cache, and of rows that come from memory, on one core and on all.
//   build/bench/products

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "base/matrix.h"
#include "head/row_products.h"

namespace oneormany {
namespace {

constexpr Index kDims = 3104, kRows = 1920, kAtOnce = 16, kTurns = 7;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Logits and gradient of so many columns, as a pass of a fit takes them. `different`: rows, which
/// are gone through until there have been kRows.
double gflops(Index columns, Index different, unsigned threads) {
  std::vector<double> best(threads, 0);
  std::vector<std::thread> at_work;
  for (unsigned t = 0; t < threads; ++t) {
    at_work.emplace_back([&, t] {
      const MatrixF rows = MatrixF::Random(different, kDims);
      const MatrixF weights = MatrixF::Random(columns, kDims);
      MatrixF logits(kAtOnce, columns), gradient = MatrixF::Zero(columns, kDims);
      for (Index turn = 0; turn < kTurns; ++turn) {
        const double start = seconds();
        for (Index i = 0; i < kRows; i += kAtOnce) {
          const float* some = rows.row(i % different).data();
          head::multiply(some, kAtOnce, kDims, weights.data(), columns, logits.data());
          head::add_products(some, kAtOnce, kDims, logits.data(), columns, gradient.data());
        }
        best[t] = std::max(
            best[t], 4e-9 * static_cast<double>(kRows * kDims * columns) / (seconds() - start));
      }
    });
  }
  for (std::thread& one : at_work) one.join();
  return *std::min_element(best.begin(), best.end());
}

}  // namespace
}  // namespace oneormany

int main() {
  using namespace oneormany;
  const unsigned all = std::max(1u, std::thread::hardware_concurrency());
  fmt::print("GFlop/s a core, {} rows of {}, the best of {} turns\n", kRows, kDims, kTurns);
  fmt::print("columns  in cache  from memory  from memory on {} cores\n", all);
  for (const Index columns : {2, 4, 5, 6, 7, 12, 13, 40, 300}) {
    fmt::print("{:7} {:9.0f} {:12.0f} {:23.0f}\n", columns, gflops(columns, kAtOnce, 1),
               gflops(columns, kRows, 1), gflops(columns, kRows, all));
  }
}
