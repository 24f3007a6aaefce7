#pragma once
// How sure so few pictures let us be: the bootstrap (Efron 1979).

#include <cstdint>
#include <functional>
#include <vector>

#include "base/matrix.h"

namespace oneormany::metrics {

struct Interval {
  double low = 0, high = 0;
};

/// Rows that stand and fall together: all rows of one picture and of its exact duplicates.
/// Rows are numbered 0 … n − 1 within their sample.
using Clusters = std::vector<std::vector<int>>;

/// Gathers rows by group: row i belongs to the group numbered group_of_row[i] (0 or more).
Clusters clusters_of(const std::vector<int>& group_of_row);

/// How many times each row of a sample was drawn.
using Times = Eigen::RowVectorXi;

/// What was measured in each replicate: found[m][r] is measure m in replicate r. For each replicate
/// as many clusters of each sample as it has are drawn, with replacement, and measure(times) is
/// called, where times[s] are those of the rows of sample s; it returns the measures, always
/// equally many. The same seed and clusters give the same replicates on every machine, so that
/// those of two models on the same rows are paired. `measure` is called from several threads.
std::vector<std::vector<double>> bootstrap(
    const std::vector<Clusters>& samples,
    const std::function<std::vector<double>(const std::vector<Times>&)>& measure,
    std::uint64_t seed, int replicates = 1000);

/// The 95 % percentile interval of one measure's replicates.
Interval interval_of(std::vector<double> replicates);

/// The 95 % basic interval: as far to either side of the value as the replicates lie on the other
/// one (Davison & Hinkley 1997). For measures of which replicates are too high on average, like
/// those that add up absolute values. Not below 0, and the value is in it.
Interval basic_interval(double value, const std::vector<double>& replicates);

/// The 95 % interval of a proportion (Wilson 1927), for any 0 <= successes <= n; [0, 1] for n = 0.
Interval proportion_interval(double successes, double n);

/// interval_of() the replicates of a proportion; but where all agree, as they do at 0 of n and n
/// of n, it would be a point and lie: then proportion_interval() of n, the number of independent
/// pictures (clusters, not rows) that the proportion is of.
Interval interval_of_proportion(const std::vector<double>& replicates, double n);

}  // namespace oneormany::metrics
