#pragma once
// Measures with their intervals.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compare/comparison.h"
#include "judge/bootstrap.h"
#include "judge/paired.h"

namespace oneormany {

/// What measure() says of all rows, each with the 95 % interval over redrawn clusters, and its
/// draws. The draws of calls with the same clusters and seed are paired.
struct MeasuredDraws {
  std::vector<Measured> measured;
  std::vector<std::vector<double>> draws;
};

/// rows: of each sample. The measures are shares or the like, in 0–1: where all draws agree, the
/// interval is that of a share of as many independent pictures as `independent` has for the measure
/// (empty: of the last sample's clusters). A measure of which the rows say nothing is NaN: such
/// draws are left out of the interval, and of all rows it counts as 0. `what` is for the progress
/// line. Throws Interrupted on Ctrl-C.
MeasuredDraws measure_draws(
    const std::vector<Clusters>& samples, const std::vector<std::size_t>& rows,
    const std::function<std::vector<double>(const std::vector<Times>&)>& measure,
    std::uint64_t seed, const std::string& what = "draws for the intervals",
    const std::vector<double>& independent = {});

/// Of two measures in the same draws: measured[a] minus measured[b].
Difference paired_difference(const MeasuredDraws& all, std::size_t a, std::size_t b);

/// What a p-value must be below.
inline constexpr double kBeyondChance = 0.05;

/// Share of the drawn rows of which it is said (1, or 0).
double share(const Times& times, const Times& said);

/// part / whole; NaN if there is no whole.
double ratio(int part, int whole);

/// 1 for each row of which says(row) holds.
template <typename Says>
Times said_of(std::size_t rows, Says says) {
  Times said(static_cast<Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) said(static_cast<Index>(i)) = says(i) ? 1 : 0;
  return said;
}

}  // namespace oneormany
