#pragma once
// Random numbers that are the same with every standard library, whose own distributions differ.

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace oneormany::head {

class Random {
 public:
  /// A stream of its own for every seed.
  explicit Random(std::uint64_t seed) {
    std::seed_seq both{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    engine_.seed(both);
  }

  std::uint64_t bits() { return engine_(); }

  /// Uniform over [0, 1), in steps of 2^-53.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  template <typename T>
  void shuffle(std::vector<T>& items) {
    // The remainder's bias is below 2^-32 for any number of items that fits into memory.
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[engine_() % i]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace oneormany::head
