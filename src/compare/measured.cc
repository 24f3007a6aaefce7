#include "compare/measured.h"

#include "base/progress.h"
#include "base/stop.h"

namespace oneormany {

MeasuredDraws measure_draws(
    const std::vector<Clusters>& samples, const std::vector<std::size_t>& rows,
    const std::function<std::vector<double>(const std::vector<Times>&)>& measure,
    std::uint64_t seed, const std::string& what) {
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
  const auto n = static_cast<double>(samples.back().size());
  for (std::size_t m = 0; m < values.size(); ++m) {
    const Interval interval = interval_of_proportion(result.draws[m], n);
    result.measured.push_back({values[m], interval.low, interval.high});
  }
  return result;
}

Difference paired_difference(const MeasuredDraws& all, std::size_t a, std::size_t b) {
  return paired_difference(all.measured[a].value, all.measured[b].value, all.draws[a],
                           all.draws[b]);
}

double share(const Times& times, const Times& said) {
  return static_cast<double>(times.dot(said)) / static_cast<double>(times.sum());
}

}  // namespace oneormany
