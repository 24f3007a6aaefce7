#pragma once
// Measures with their intervals.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "metrics/bootstrap.h"
#include "metrics/paired.h"

namespace oneormany::evaluate {

/// What measure() says of all rows, each with the 95 % interval over redrawn clusters, and its
/// draws. The draws of calls with the same clusters and seed are paired.
struct MeasuredReplicates {
  std::vector<Measured> measured;
  std::vector<std::vector<double>> replicates;
};

/// rows: of each sample. The measures are shares or the like, in 0–1: where all draws agree, the
/// interval is that of a share of as many independent pictures as `independent` has for the measure
/// (empty: of the last sample's clusters). A measure of which the rows say nothing is NaN: such
/// draws are left out of the interval, and of all rows it counts as 0. `what` is for the progress
/// line. Throws Interrupted on Ctrl-C.
MeasuredReplicates measure_replicates(
    const std::vector<metrics::Clusters>& samples, const std::vector<std::size_t>& rows,
    const std::function<std::vector<double>(const std::vector<metrics::Times>&)>& measure,
    std::uint64_t seed, const std::string& what = "draws for the intervals",
    const std::vector<double>& independent = {});

/// Of two measures in the same draws: measured[a] minus measured[b].
metrics::Difference paired_difference(const MeasuredReplicates& all, std::size_t a, std::size_t b);

/// What a p-value must be below.
inline constexpr double kSignificanceLevel = 0.05;

/// Share of the drawn rows of which it is said (1, or 0).
double share(const metrics::Times& times, const metrics::Times& predictions);

/// part / whole; NaN if there is no whole.
double ratio(int part, int whole);

/// 1 for each row of which says(row) holds.
template <typename Says>
metrics::Times indicator(std::size_t rows, Says says) {
  metrics::Times predictions(static_cast<Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) predictions(static_cast<Index>(i)) = says(i) ? 1 : 0;
  return predictions;
}

}  // namespace oneormany::evaluate
