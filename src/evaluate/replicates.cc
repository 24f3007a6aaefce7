#include "evaluate/replicates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/progress.h"
#include "base/stop.h"

namespace oneormany::evaluate {

MeasuredReplicates measure_replicates(
    const std::vector<metrics::Clusters>& samples,
    const std::function<std::vector<metrics::Lanes<double>>(const std::vector<metrics::Times>&)>&
        measure,
    const metrics::Resampling& resampling, const std::string& what,
    const std::vector<double>& independent) {
  base::Progress progress(what, resampling.blocks());
  metrics::Bootstrapped found = metrics::bootstrap(
      samples,
      [&](const std::vector<metrics::Times>& times) {
        base::throw_if_stopped();
        auto measured = measure(times);
        progress.add();
        return measured;
      },
      resampling);
  const std::vector<double>& values = found.once;
  MeasuredReplicates result;
  result.replicates = std::move(found.replicates);
  const auto clusters = static_cast<double>(samples.back().size());
  for (std::size_t m = 0; m < values.size(); ++m) {
    std::vector<double> replicates = result.replicates[m];
    std::erase_if(replicates, [](double one) { return std::isnan(one); });
    const metrics::Interval interval =
        replicates.empty() ? metrics::Interval{0, 1}
                           : metrics::interval_of_proportion(
                                 replicates, independent.empty() ? clusters : independent[m]);
    result.measured.push_back({std::isnan(values[m]) ? 0 : values[m], interval.low, interval.high});
  }
  return result;
}

metrics::Difference paired_difference(const MeasuredReplicates& all, std::size_t a, std::size_t b) {
  return metrics::paired_difference(all.measured[a].value, all.measured[b].value, all.replicates[a],
                                    all.replicates[b]);
}

bool is_point(const std::vector<double>& replicates) {
  double known = std::numeric_limits<double>::quiet_NaN();
  for (const double one : replicates) {
    if (std::isnan(known)) known = one;
    if (one < known || one > known) return false;
  }
  return true;
}

Measured macro_f1_of(const MeasuredReplicates& all, std::size_t at,
                     const std::vector<double>& pictures) {
  const Measured& measured = all.measured[at];
  if (is_point(all.replicates[at])) return measured;
  return measured_of(measured.value, metrics::mirrored_interval(measured.value, all.replicates[at],
                                                                metrics::harmonic_mean(pictures)));
}

Measured at_least_wilson(const Measured& share, double pictures) {
  const metrics::Interval wilson = metrics::proportion_interval(share.value * pictures, pictures);
  return {share.value, std::min(share.low, wilson.low), std::max(share.high, wilson.high)};
}

double pictures_of_mean(const std::vector<double>& pictures, double any) {
  const auto some = std::count_if(pictures.begin(), pictures.end(), [](double n) { return n > 0; });
  return std::min(any, static_cast<double>(some) * metrics::harmonic_mean(pictures));
}

std::vector<double> pictures_of(const metrics::LabelMatrix& target,
                                const metrics::Clusters& clusters) {
  std::vector<double> pictures(static_cast<std::size_t>(target.cols()));
  for (const auto& rows : clusters) {
    const Eigen::RowVectorXi carried = target(rows, Eigen::all).colwise().maxCoeff();
    for (std::size_t c = 0; c < pictures.size(); ++c) {
      pictures[c] += carried(static_cast<Index>(c));
    }
  }
  return pictures;
}

Measured measured_of(double value, const metrics::Interval& interval) {
  return {value, interval.low, interval.high};
}

double ratio(int part, int whole) {
  return whole > 0 ? static_cast<double>(part) / whole : std::numeric_limits<double>::quiet_NaN();
}

metrics::Lanes<double> ratio(const metrics::Lanes<int>& part, const metrics::Lanes<int>& whole) {
  return metrics::ratio(part, whole, std::numeric_limits<double>::quiet_NaN());
}

metrics::Lanes<double> share(const metrics::Times& times, const Indicator& indicator) {
  return ratio(weighted_sum(times, indicator), times.sum());
}

}  // namespace oneormany::evaluate
