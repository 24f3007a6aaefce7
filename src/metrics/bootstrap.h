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

/// The percentile interval of one measure's replicates; `tail` of them are left out at either end.
Interval interval_of(std::vector<double> replicates, double tail = 0.025);

// Of a measure in 0–1 whose replicates are off to one side on average, as they are where single
// rows weigh much: F1 and average precision of classes with few pictures. Replicates that are NaN
// don't count. n: the pictures of a class, of several classes the harmonic mean of theirs. A class
// of n pictures varies less in its replicates than in truth, by (n − 1) / n (Efron & Tibshirani
// 1993, 5.3): intervals are that much wider, and 0.02 of the replicates are left out at either end.
// [0, 1] for one picture or none.

/// The 95 % basic interval, as far to either side of the value as the replicates lie on the other
/// one (Davison & Hinkley 1997), on the scale of arcsin √x, which ends at 0 and 1. The value is in
/// it.
Interval mirrored_interval(double value, std::vector<double> replicates, double n);

/// On either side the further of mirrored_interval() and of the percentiles.
Interval wider_interval(double value, std::vector<double> replicates, double n);

/// n / Σ 1/x of the counts above 0; 0 if there are none.
double harmonic_mean(const std::vector<double>& counts);

/// The 95 % interval of a proportion (Wilson 1927), for any 0 <= successes <= n; [0, 1] for n = 0.
Interval proportion_interval(double successes, double n);

/// interval_of() the replicates of a proportion; but where all agree, as they do at 0 of n and n
/// of n, it would be a point and lie: then proportion_interval() of n, the number of independent
/// pictures (clusters, not rows) that the proportion is of.
Interval interval_of_proportion(const std::vector<double>& replicates, double n);

}  // namespace oneormany::metrics
