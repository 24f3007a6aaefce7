#pragma once
// Bootstrap replicates side by side, so that one walk over the rows measures many of them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/matrix.h"

namespace oneormany::metrics {

/// How many replicates are measured at once: as many as half a cache line counts.
inline constexpr std::size_t kLanes = 32;

/// A number for each of these replicates.
template <typename T>
struct alignas(64) Lanes : std::array<T, kLanes> {};

/// How often a row is there, in each. Handed around by value: a compiler that knew only where the
/// bytes are would have to fear that a sum which is written changes them, and not use vectors.
using RowTimes = std::array<std::uint8_t, kLanes>;

inline void add(Lanes<int>& to, const RowTimes& times) {
  for (std::size_t l = 0; l < kLanes; ++l) to[l] += times[l];
}

/// part / whole; `nothing` where there is no whole.
template <typename T, typename U>
Lanes<double> ratio(const Lanes<T>& part, const Lanes<U>& whole, double nothing) {
  Lanes<double> found;
  for (std::size_t l = 0; l < kLanes; ++l) {
    const double all = static_cast<double>(whole[l]);
    const double share = static_cast<double>(part[l]) / (all > 0 ? all : 1);
    found[l] = all > 0 ? share : nothing;
  }
  return found;
}

/// How many times each row of a sample is there, replicate by replicate. It refers to its counts
/// and does not own them.
class Times {
 public:
  /// counts: of cluster k in replicate l, counts[kLanes * k + l]. A row is there as often as its
  /// cluster; cluster_of_row may be null where each row is a cluster of its own.
  Times(const std::uint8_t* counts, const int* cluster_of_row, Index rows);

  /// Each row once, in every replicate.
  static Times once(Index rows);

  Index rows() const { return rows_; }
  RowTimes of(Index row) const {
    RowTimes counts;
    std::memcpy(counts.data(), counts_ + stride_ * (cluster_of_row_ ? cluster_of_row_[row] : row),
                kLanes);
    return counts;
  }
  /// Of all rows together.
  const Lanes<int>& sum() const { return sum_; }

 private:
  Times() = default;
  const std::uint8_t* counts_ = nullptr;
  const int* cluster_of_row_ = nullptr;
  Index rows_ = 0, stride_ = kLanes;
  Lanes<int> sum_{};
};

/// Σ values(i) times(i) over the rows.
Lanes<int> weighted_sum(const Times& times, const Eigen::RowVectorXi& values);

}  // namespace oneormany::metrics
