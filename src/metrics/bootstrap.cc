#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/parallel.h"

namespace oneormany::metrics {

Clusters clusters_of(const std::vector<int>& group_of_row) {
  Clusters clusters;
  for (std::size_t row = 0; row < group_of_row.size(); ++row) {
    const auto group = static_cast<std::size_t>(group_of_row[row]);
    if (group >= clusters.size()) clusters.resize(group + 1);
    clusters[group].push_back(static_cast<int>(row));
  }
  std::erase_if(clusters, [](const auto& rows) { return rows.empty(); });
  return clusters;
}

std::vector<std::vector<double>> bootstrap(
    const std::vector<Clusters>& samples,
    const std::function<std::vector<double>(const std::vector<Times>&)>& measure,
    std::uint64_t seed, int replicates) {
  std::vector<Index> rows;  // of each sample
  for (const Clusters& clusters : samples) {
    rows.push_back(0);
    for (const auto& cluster : clusters) rows.back() += static_cast<Index>(cluster.size());
  }
  std::vector<std::vector<double>> measured(static_cast<std::size_t>(replicates));
  base::parallel_for(measured.size(), [&](std::size_t replicate) {
    std::mt19937_64 random(seed + 0x9e3779b97f4a7c15u * (replicate + 1));
    std::vector<Times> times;
    for (std::size_t s = 0; s < samples.size(); ++s) {
      times.push_back(Times::Zero(rows[s]));
      for (std::size_t i = 0; i < samples[s].size(); ++i) {
        // The remainder's bias is below 2^-40 for any number of pictures.
        for (const int row : samples[s][random() % samples[s].size()]) ++times[s](row);
      }
    }
    measured[replicate] = measure(times);
  });

  std::vector<std::vector<double>> by_measure(measured.empty() ? 0 : measured[0].size());
  for (std::size_t m = 0; m < by_measure.size(); ++m) {
    for (const auto& replicate : measured) by_measure[m].push_back(replicate[m]);
  }
  return by_measure;
}

Interval interval_of(std::vector<double> replicates) {
  std::sort(replicates.begin(), replicates.end());
  const auto at = [&](double share) {
    return replicates[static_cast<std::size_t>(
        std::lround(share * static_cast<double>(replicates.size() - 1)))];
  };
  return {at(0.025), at(0.975)};
}

Interval basic_interval(double value, const std::vector<double>& replicates) {
  const Interval of_replicates = interval_of(replicates);
  return {std::clamp(2 * value - of_replicates.high, 0.0, value),
          std::max(2 * value - of_replicates.low, value)};
}

Interval proportion_interval(double successes, double n) {
  if (n == 0) return {0, 1};
  constexpr double kZ = 1.959963984540054;  // 97.5 % of the normal distribution lie below
  const double share = successes / n, z2 = kZ * kZ / n;
  const double middle = (share + z2 / 2) / (1 + z2);
  const double half = kZ * std::sqrt((share * (1 - share) + z2 / 4) / n) / (1 + z2);
  // At the ends rounding must not keep the share itself out.
  return {successes == 0 ? 0 : middle - half, successes == n ? 1 : middle + half};
}

Interval interval_of_proportion(const std::vector<double>& replicates, double n) {
  const auto [low, high] = std::minmax_element(replicates.begin(), replicates.end());
  return *low < *high ? interval_of(replicates) : proportion_interval(*low * n, n);
}

}  // namespace oneormany::metrics
