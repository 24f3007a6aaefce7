#pragma once
// How sure so few pictures let us be: the bootstrap (Efron 1979).

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/matrix.h"
#include "metrics/lanes.h"

namespace oneormany::metrics {

struct Interval {
  double low = 0, high = 0;
};

/// Rows that stand and fall together: all rows of one picture and of its exact duplicates.
/// Rows are numbered 0 … n − 1 within their sample.
using Clusters = std::vector<std::vector<int>>;

/// Gathers rows by group: row i belongs to the group numbered group_of_row[i] (0 or more).
Clusters clusters_of(const std::vector<int>& group_of_row);

/// Which clusters each replicate of a bootstrap draws: of n clusters n, with replacement. Replicate
/// r has a random stream of its own, from the seed and r (mt19937_64, its next number modulo n),
/// and takes the samples one after the other from it: the same seed and numbers of clusters give
/// the same replicates on every machine and any number of threads, so that those of two models on
/// the same rows are paired. Copies share what was drawn, so that a run draws once. One byte is
/// kept for each cluster and replicate, up to 512 MB; what is beyond is drawn again when it is
/// needed.
class Resampling {
 public:
  Resampling(std::uint64_t seed, int replicates = 1000);  // NOLINT(google-explicit-constructor)

  int replicates() const;
  /// As many as hold the replicates and, in the lane after the last one, each cluster once. In the
  /// lanes that are left nothing is there.
  std::size_t blocks() const;

  /// The counts of one block. sizes: how many clusters each sample has. The result has a vector for
  /// each sample: of cluster k in lane l, counts[kLanes * k + l]. May be called from several
  /// threads.
  using Counts = std::vector<std::shared_ptr<const std::vector<std::uint8_t>>>;
  Counts draw(const std::vector<std::size_t>& sizes, std::size_t block) const;

 private:
  struct Kept;
  std::shared_ptr<Kept> kept_;
};

/// What was measured.
struct Bootstrapped {
  std::vector<double> once;                     ///< each measure, where each row is there once
  std::vector<std::vector<double>> replicates;  ///< [m][r]: measure m in replicate r
};

/// Measures the replicates, many at a time: measure(times), where times[s] are those of the rows of
/// sample s, returns the measures, always equally many. It is called from several threads.
Bootstrapped bootstrap(
    const std::vector<Clusters>& samples,
    const std::function<std::vector<Lanes<double>>(const std::vector<Times>&)>& measure,
    const Resampling& resampling);

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
