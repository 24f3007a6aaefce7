#include "metrics/lanes.h"

namespace oneormany::metrics {

Times::Times(const std::uint8_t* counts, const int* cluster_of_row, Index rows)
    : counts_(counts), cluster_of_row_(cluster_of_row), rows_(rows) {
  Lanes<int> sum{};
  for (Index i = 0; i < rows; ++i) add(sum, of(i));
  sum_ = sum;
}

Times Times::once(Index rows) {
  static constexpr Lanes<std::uint8_t> kOnes = [] {
    Lanes<std::uint8_t> ones{};
    ones.fill(1);
    return ones;
  }();
  Times times;
  times.counts_ = kOnes.data();
  times.rows_ = rows;
  times.stride_ = 0;
  times.sum_.fill(static_cast<int>(rows));
  return times;
}

Lanes<int> weighted_sum(const Times& times, const Eigen::RowVectorXi& values) {
  Lanes<int> sum{};
  for (Index i = 0; i < values.size(); ++i) {
    const int value = values(i);
    if (value == 0) continue;
    const RowTimes own = times.of(i);
    for (std::size_t l = 0; l < kLanes; ++l) sum[l] += value * own[l];
  }
  return sum;
}

}  // namespace oneormany::metrics
