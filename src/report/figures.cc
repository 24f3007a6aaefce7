#include "report/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace oneormany::report {

std::string threshold_text(double threshold) {
  // What may be lost is judged by the distance to the nearer end of a probability; scores of
  // another scale have no ends.
  const bool probability = threshold > 0 && threshold < 1;
  const double scale = probability ? std::min(threshold, 1 - threshold) : std::abs(threshold);
  for (int digits = 2; digits < 12; ++digits) {
    const double unit = std::pow(10.0, digits);
    double whole = std::round(threshold * unit);
    if (whole / unit > threshold) --whole;
    if (threshold - whole / unit <= 0.05 * scale) {
      return fmt::format("{:.{}f}", whole / unit, digits);
    }
  }
  return fmt::format("{}", threshold);
}

std::string percent_number(double share) {
  const double percents = 100 * share;
  // What a decimal would round to 0 or 100 is written as that.
  const bool decimal =
      (percents >= 0.05 && percents < 0.95) || (percents > 99.05 && percents < 99.95);
  return fmt::format("{:.{}f}", percents, decimal ? 1 : 0);
}

std::string percent_text(double share) { return percent_number(share) + " %"; }

}  // namespace oneormany::report
