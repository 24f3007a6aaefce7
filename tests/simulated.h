#pragma once
// Simulated data, the same on every machine.

#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

namespace oneormany {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; }
  double normal() {  // Box & Muller 1958
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * M_PI * uniform());
  }
  double around(double centre) { return centre + 2 * uniform() - 1; }
  int below(int n) { return static_cast<int>(bits_() % static_cast<std::uint64_t>(n)); }

 private:
  std::mt19937_64 bits_;
};

/// The normal distribution's share below x.
inline double normal_below(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

/// Groups of rows that are all different.
inline std::vector<int> each_alone(int n) {
  std::vector<int> groups(static_cast<std::size_t>(n));
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

}  // namespace oneormany
