#include "judge/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/parallel.h"

namespace oneormany {

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

std::vector<Interval> bootstrap(
    const std::vector<Clusters>& samples,
    const std::function<std::vector<double>(const std::vector<std::vector<int>>&)>& measure,
    std::uint64_t seed, int draws) {
  std::vector<std::vector<double>> measured(static_cast<std::size_t>(draws));
  parallel_for(measured.size(), [&](std::size_t draw) {
    std::mt19937_64 random(seed + 0x9e3779b97f4a7c15u * (draw + 1));
    std::vector<std::vector<int>> rows(samples.size());
    for (std::size_t s = 0; s < samples.size(); ++s) {
      for (std::size_t i = 0; i < samples[s].size(); ++i) {
        // The remainder's bias is below 2^-40 for any number of pictures.
        const auto& cluster = samples[s][random() % samples[s].size()];
        rows[s].insert(rows[s].end(), cluster.begin(), cluster.end());
      }
    }
    measured[draw] = measure(rows);
  });

  std::vector<Interval> intervals(measured.empty() ? 0 : measured[0].size());
  std::vector<double> values(measured.size());
  for (std::size_t m = 0; m < intervals.size(); ++m) {
    for (std::size_t draw = 0; draw < measured.size(); ++draw) values[draw] = measured[draw][m];
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
      return values[static_cast<std::size_t>(std::lround(share * (draws - 1)))];
    };
    intervals[m] = {at(0.025), at(0.975)};
  }
  return intervals;
}

}  // namespace oneormany
