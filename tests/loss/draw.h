#pragma once
// Random numbers for the tests of the losses.

#include <cstdint>
#include <random>

namespace oneormany::loss {

/// Uniform in [0, 1), the same everywhere.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  double operator()() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  int below(int n) { return static_cast<int>((*this)() * n); }

 private:
  std::mt19937_64 random_;
};

}  // namespace oneormany::loss
