#include "metrics/strata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace oneormany::metrics {
namespace {

constexpr double kHalf = 0.5;
constexpr double kCritical = 3.841459;  // χ², one degree of freedom
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Where the falling function is 0, between one end where it is above and one where it is not.
/// (Regula falsi; of an end that stays the value is halved: Dowell & Jarratt 1971, Illinois.)
template <typename Function>
double root(const Function& f, double low, double at_low, double high, double at_high,
            double close) {
  for (int step = 0; step < 100 && high - low > close * (1 + std::abs(high)); ++step) {
    double middle = low + (high - low) * at_low / (at_low - at_high);
    if (!(middle > low && middle < high)) middle = (low + high) / 2;
    const double value = f(middle);
    if (std::abs(value) < close) return middle;
    if (value > 0) {
      low = middle;
      at_low = value;
      at_high /= 2;
    } else {
      high = middle;
      at_high = value;
      at_low /= 2;
    }
  }
  return (low + high) / 2;
}

/// Kinds of items: counted; in question, but not counted; not in question.
constexpr std::size_t kKinds = 3;
using Counts = std::array<double, kKinds>;

struct Seen {
  double size;
  Counts counts;  // may have parts of an item added
  std::array<bool, kKinds> possible;
};

/// log of (all − seen + 1) · … · all, but for what falls away in quotients: by the midpoint rule,
/// so that parts of items can be counted too.
double log_likelihood(double all, double seen) {
  if (seen == 0) return 0;
  const auto x_log_x = [](double x) { return x * std::log(x); };
  return x_log_x(all + kHalf) - x_log_x(all - seen + kHalf);
}

/// How many there are of a kind where another one would add `gain` to the log likelihood, and how
/// fast they become fewer as it rises.
struct Count {
  double number, falls;
};
Count count_where(double gain, double seen) {
  const double part = -std::expm1(-gain), number = seen / part - kHalf;
  if (number <= seen) return {seen, 0};
  return {number, seen * (1 - part) / (part * part)};
}

/// The likeliest numbers of each kind in a stratum, where each item of kind k is rewarded by
/// rewards[k].
Counts likeliest(const Seen& seen, const Counts& rewards) {
  double most_of_seen = -kInfinity, most_of_others = -kInfinity, drawn = 0;
  std::size_t other = kKinds;  // the best rewarded kind that wasn't seen
  for (std::size_t k = 0; k < kKinds; ++k) {
    drawn += seen.counts[k];
    if (seen.counts[k] > 0) {
      most_of_seen = std::max(most_of_seen, rewards[k]);
    } else if (seen.possible[k] && rewards[k] > most_of_others) {
      most_of_others = rewards[k];
      other = k;
    }
  }
  if (seen.size - drawn < 1e-9) return seen.counts;
  // Prices are counted from the best reward of a seen kind, so that none of it is rounded off.
  Counts counts{};
  const auto too_many_at = [&](double price, double& falls) {
    double sum = -seen.size;
    falls = 0;
    for (std::size_t k = 0; k < kKinds; ++k) {
      if (seen.counts[k] == 0) continue;
      const Count count = count_where(price + (most_of_seen - rewards[k]), seen.counts[k]);
      counts[k] = count.number;
      sum += count.number;
      falls += count.falls;
    }
    return sum;
  };
  double falls = 0, least = drawn / (4 * seen.size);
  if (most_of_others > most_of_seen) {
    least = most_of_others - most_of_seen;
    const double left = -too_many_at(least, falls);
    if (left >= 0) {
      counts[other] = left;
      return counts;
    }
  }
  // What is too many falls ever slower with the price: Newton's steps come from below and stay
  // there.
  double price = least, too_many = too_many_at(price, falls);
  while (too_many <= 0) too_many = too_many_at(price /= 2, falls);
  for (int step = 0; step < 100 && too_many > 1e-9 * seen.size; ++step) {
    too_many = too_many_at(price += too_many / falls, falls);
  }
  return counts;
}

double log_likelihood(const std::vector<Seen>& strata, const std::vector<Counts>& counts) {
  double sum = 0;
  for (std::size_t h = 0; h < strata.size(); ++h) {
    for (std::size_t k = 0; k < kKinds; ++k) {
      sum += log_likelihood(counts[h][k], strata[h].counts[k]);
    }
  }
  return sum;
}

/// The greatest log likelihood of collections of which the share is counted; −∞: there are none.
double profile(const std::vector<Seen>& strata, double share) {
  const Counts weights{1 - share, -share, 0};
  std::vector<Counts> counts(strata.size());
  const auto missing = [&](double reward) {  // of what is counted
    double sum = 0;
    for (std::size_t h = 0; h < strata.size(); ++h) {
      counts[h] = likeliest(strata[h], {reward * weights[0], reward * weights[1], 0});
      sum += counts[h][0] * weights[0] + counts[h][1] * weights[1];
    }
    return -sum;
  };
  constexpr double kMost = 1e6;
  double at_low = missing(0), low = 0, high = 1.0 / 32, at_high = 0;
  if (at_low <= 0) return log_likelihood(strata, counts);
  while ((at_high = missing(high)) > 0) {
    low = high;
    at_low = at_high;
    high *= 2;
    if (high > kMost) return -kInfinity;
  }
  missing(root(missing, low, at_low, high, at_high, 1e-7));
  return log_likelihood(strata, counts);
}

/// The upper end of the interval; value: the share that was seen.
double upper_end(const std::vector<Stratum>& strata, double value) {
  const auto unseen = [](const Stratum& one) {  // in question, where some may be counted
    return one.can_count ? (one.size - one.drawn) * one.of / one.drawn : 0;
  };
  double all_unseen = 0;
  for (const Stratum& one : strata) all_unseen += unseen(one);
  std::vector<Seen> seen;
  std::vector<Counts> likely;
  Counts sums{};
  for (const Stratum& one : strata) {
    const double part = all_unseen > 0 ? kHalf * unseen(one) / all_unseen : 0;
    seen.push_back({one.size,
                    {one.some + part, one.of - one.some, one.drawn - one.of},
                    {one.can_count, one.can_miss, !one.all_in_question}});
    likely.push_back(likeliest(seen.back(), {}));
    for (std::size_t k = 0; k < kKinds; ++k) sums[k] += likely.back()[k];
  }
  const double greatest = log_likelihood(seen, likely);
  const double start = std::max(value, sums[0] / (sums[0] + sums[1]));
  const auto above = [&](double share) {  // the critical value
    const double found = profile(seen, share);
    return std::isfinite(found) ? kCritical - 2 * (greatest - found) : -kCritical;
  };
  const double at_start = above(start), at_one = above(1 - 1e-12);
  if (at_start <= 0) return start;
  if (at_one > 0) return 1;
  return root(above, start, at_start, 1 - 1e-12, at_one, 1e-5);
}

}  // namespace

std::optional<StrataShare> share_of_strata(const std::vector<Stratum>& strata) {
  double some = 0, of = 0, drawn = 0, size = 0;
  for (const Stratum& one : strata) {
    if (!(one.drawn > 0 && one.drawn <= one.size && one.of <= one.drawn && one.some >= 0 &&
          one.some <= one.of && (one.can_count || one.some == 0) &&
          (one.can_miss || one.some == one.of) && (!one.all_in_question || one.of == one.drawn))) {
      throw std::invalid_argument("a stratum holds what is drawn, and that what is counted");
    }
    some += one.size * one.some / one.drawn;
    of += one.size * one.of / one.drawn;
    drawn += one.drawn;
    size += one.size;
  }
  if (of == 0) return std::nullopt;
  const double value = some / of;
  if (drawn == size) return StrataShare{value, {value, value}};
  std::vector<Stratum> others = strata;
  for (Stratum& one : others) {
    one.some = one.of - one.some;
    std::swap(one.can_count, one.can_miss);
  }
  return StrataShare{value, {1 - upper_end(others, 1 - value), upper_end(strata, value)}};
}

}  // namespace oneormany::metrics
