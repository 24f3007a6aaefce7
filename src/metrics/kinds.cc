#include "metrics/kinds.h"

#include <algorithm>
#include <cmath>

namespace oneormany::metrics {
namespace {

constexpr double kUsualDeviation = 1.3, kItsWeight = 3;  // of log-odds; kinds
constexpr double kUsualShare = 0.5;                      // kinds that have log-odds of 0

/// What Student's t of so many degrees of freedom, 4 or more, exceeds in 2.5 % of cases, to 0.01
/// (Abramowitz & Stegun 1964, 26.7.5).
double t_above(double freedom) {
  constexpr double z = 1.959964;
  const double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}

}  // namespace

double mean_share(const std::vector<KindCount>& known) {
  double sum = 0;
  for (const KindCount& kind : known) sum += kind.some / kind.all;
  return sum / static_cast<double>(known.size());
}

Interval interval_of_new_kinds(const std::vector<KindCount>& known, int new_kinds) {
  const double n = static_cast<double>(known.size()) + kUsualShare;
  std::vector<double> odds;
  double mean = 0;
  for (const KindCount& kind : known) {
    odds.push_back(std::log((kind.some + 0.5) / (kind.all - kind.some + 0.5)));
    mean += odds.back() / n;
  }
  double squares = kItsWeight * kUsualDeviation * kUsualDeviation + kUsualShare * mean * mean;
  for (const double one : odds) squares += (one - mean) * (one - mean);
  const double freedom = kItsWeight + n - 1;
  const double half = t_above(freedom) * std::sqrt(squares / freedom * (1 / n + 1.0 / new_kinds));
  const auto share = [](double of_odds) { return 1 / (1 + std::exp(-of_odds)); };
  const double value = mean_share(known);
  return {std::min(value, share(mean - half)), std::max(value, share(mean + half))};
}

}  // namespace oneormany::metrics
