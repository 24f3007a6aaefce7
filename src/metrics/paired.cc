#include "metrics/paired.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace oneormany::metrics {
namespace {

/// Chance that of n fair coins at most `heads` fall on one named side, or at most `heads` on the
/// other: P(X <= heads) + P(X >= n - heads), at most 1.
double two_sided(int heads, int n) {
  // log P(X = k) = log n!/(k! (n-k)!) - n log 2, since the terms themselves underflow from n = 1075
  // up; from the largest term down each is the one above it times k / (n - k + 1).
  const double log_largest = std::lgamma(n + 1.0) - std::lgamma(heads + 1.0) -
                             std::lgamma(n - heads + 1.0) - n * std::log(2.0);
  double sum = 0, term = 1;
  for (int k = heads; k >= 0; --k) {
    sum += term;
    term *= k / (n - k + 1.0);
  }
  return std::min(1.0, 2 * sum * std::exp(log_largest));
}

}  // namespace

Difference paired_difference(double a, double b, const std::vector<double>& replicates_a,
                             const std::vector<double>& replicates_b) {
  if (replicates_a.size() != replicates_b.size() || replicates_a.empty()) {
    throw std::invalid_argument("paired_difference: replicates of different bootstraps");
  }
  std::vector<double> differences;
  differences.reserve(replicates_a.size());
  for (std::size_t d = 0; d < replicates_a.size(); ++d)
    differences.push_back(replicates_a[d] - replicates_b[d]);
  const Interval interval = interval_of(std::move(differences));
  return {a - b, interval, interval.low > 0 || interval.high < 0};
}

McNemar mcnemar(const std::vector<bool>& right_a, const std::vector<bool>& right_b,
                const Clusters& clusters) {
  McNemar found;
  for (const auto& rows : clusters) {
    int lead = 0;  // of A
    for (const int row : rows) {
      const auto i = static_cast<std::size_t>(row);
      lead += right_a.at(i) - right_b.at(i);
    }
    found.only_a += lead > 0;
    found.only_b += lead < 0;
  }
  found.p = two_sided(std::min(found.only_a, found.only_b), found.only_a + found.only_b);
  return found;
}

}  // namespace oneormany::metrics
