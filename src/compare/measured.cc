#include "compare/measured.h"

#include <cmath>
#include <limits>

#include "base/progress.h"
#include "base/stop.h"

namespace oneormany {

MeasuredDraws measure_draws(
    const std::vector<Clusters>& samples, const std::vector<std::size_t>& rows,
    const std::function<std::vector<double>(const std::vector<Times>&)>& measure,
    std::uint64_t seed, const std::string& what, const std::vector<double>& independent) {
  std::vector<Times> once;
  for (const std::size_t n : rows) once.push_back(Times::Ones(static_cast<Index>(n)));
  const auto values = measure(once);
  constexpr int kDraws = 1000;
  Progress progress(what, kDraws);
  MeasuredDraws result;
  result.draws = bootstrap(
      samples,
      [&](const std::vector<Times>& times) {
        throw_if_stopped();
        auto found = measure(times);
        progress.add();
        return found;
      },
      seed, kDraws);
  const auto clusters = static_cast<double>(samples.back().size());
  for (std::size_t m = 0; m < values.size(); ++m) {
    std::vector<double> draws = result.draws[m];
    std::erase_if(draws, [](double one) { return std::isnan(one); });
    const Interval interval =
        draws.empty()
            ? Interval{0, 1}
            : interval_of_proportion(draws, independent.empty() ? clusters : independent[m]);
    result.measured.push_back({std::isnan(values[m]) ? 0 : values[m], interval.low, interval.high});
  }
  return result;
}

Difference paired_difference(const MeasuredDraws& all, std::size_t a, std::size_t b) {
  return paired_difference(all.measured[a].value, all.measured[b].value, all.draws[a],
                           all.draws[b]);
}

double ratio(int part, int whole) {
  return whole > 0 ? static_cast<double>(part) / whole : std::numeric_limits<double>::quiet_NaN();
}

double share(const Times& times, const Times& said) {
  return static_cast<double>(times.dot(said)) / static_cast<double>(times.sum());
}

}  // namespace oneormany
