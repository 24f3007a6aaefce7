#pragma once
// How sure so few pictures let us be: the bootstrap (Efron 1979).

#include <cstdint>
#include <functional>
#include <vector>

namespace oneormany {

struct Interval {
  double low = 0, high = 0;
};

/// Rows that stand and fall together: all rows of one picture and of its exact duplicates.
/// Rows are numbered 0 … n − 1 within their sample.
using Clusters = std::vector<std::vector<int>>;

/// Gathers rows by group: row i belongs to the group numbered group_of_row[i] (0 or more).
Clusters clusters_of(const std::vector<int>& group_of_row);

/// 95 % percentile intervals of several measures at once. Draws as many clusters of each sample
/// as it has, with replacement, `draws` times, and calls measure(rows), where rows[s] are the rows
/// drawn of sample s; it returns the measures, always equally many. The same seed gives the same
/// intervals on every machine. `measure` is called from several threads.
std::vector<Interval> bootstrap(
    const std::vector<Clusters>& samples,
    const std::function<std::vector<double>(const std::vector<std::vector<int>>&)>& measure,
    std::uint64_t seed, int draws = 1000);

}  // namespace oneormany
