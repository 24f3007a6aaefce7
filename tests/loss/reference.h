#pragma once
// The losses as the formulas in loss/loss.h read: long double, one number after another. Slow, but
// short enough to be seen to be right.

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "loss/loss.h"

namespace oneormany::loss::reference {

using Real = long double;
using Numbers = std::vector<double>;
using Row = std::span<const double>;

/// Logits and targets, row after row; a target that is NaN is not known.
struct Rows {
  std::size_t rows = 0, columns = 0;
  Numbers logits = {}, targets = {};
  std::vector<int> classes =
      {};  ///< the same as the targets, if these are one class a row; or empty

  Row logits_of(std::size_t i) const { return Row(logits).subspan(i * columns, columns); }
  Row targets_of(std::size_t i) const { return Row(targets).subspan(i * columns, columns); }
};

/// Values that are averaged together, the gradient of their sum, and what the mean divides by.
struct Part {
  std::vector<Real> values, gradient;
  Real weight = 0;
};

/// Of most losses one part; of the two-way loss its rows and its columns.
struct Result {
  std::vector<Part> parts;
  bool known = false;  ///< is there something that the mean can be taken of?

  Real by(const Part& part, Reduction reduction) const {
    if (reduction != Reduction::kMean) return 1;
    return part.weight > 0 ? 1 / part.weight : 0;
  }

  Real value(Reduction reduction) const {
    Real sum = 0;
    for (const Part& part : parts) {
      for (const Real value : part.values) sum += value * by(part, reduction);
    }
    return sum;
  }

  std::vector<Real> gradient(Reduction reduction) const {
    std::vector<Real> sum(parts[0].gradient.size());
    for (const Part& part : parts) {
      for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] += part.gradient[i] * by(part, reduction);
      }
    }
    return sum;
  }

  std::vector<Real> values() const {
    std::vector<Real> all;
    for (const Part& part : parts) all.insert(all.end(), part.values.begin(), part.values.end());
    return all;
  }
};

struct Term {
  Real value = 0, weight = 0;
};

/// term(z, y, gradient) of each row; the gradient comes as zeros.
template <typename TermOf>
Result each_row(const Rows& rows, const TermOf& term_of) {
  Part part;
  part.gradient.resize(rows.logits.size());
  for (std::size_t i = 0; i < rows.rows; ++i) {
    const std::span gradient(part.gradient.data() + i * rows.columns, rows.columns);
    const Term term = term_of(rows.logits_of(i), rows.targets_of(i), gradient);
    part.values.push_back(term.value);
    part.weight += term.weight;
  }
  const bool known = part.weight > 0;
  return {{std::move(part)}, known};
}

struct Slope {
  Real value = 0, gradient = 0;
};

/// slope(column, z, y) of each target that is known.
template <typename SlopeOf>
Result each_label(const Rows& rows, const SlopeOf& slope_of) {
  Part part;
  for (std::size_t i = 0; i < rows.logits.size(); ++i) {
    const bool known = !std::isnan(rows.targets[i]);
    const Slope slope =
        known ? slope_of(i % rows.columns, Real{rows.logits[i]}, Real{rows.targets[i]}) : Slope{};
    part.values.push_back(slope.value);
    part.gradient.push_back(slope.gradient);
    part.weight += known ? 1 : 0;
  }
  const bool known = part.weight > 0;
  return {{std::move(part)}, known};
}

/// log(1 + e^x).
inline Real softplus(Real x) { return std::max(x, Real{0}) + std::log1p(std::exp(-std::abs(x))); }

/// 1 / (1 + e^−x).
inline Real logistic(Real x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// x · y, and 0 if x is, whatever y.
inline Real times(Real x, Real y) { return x == 0 ? 0 : x * y; }

/// Weight c of many, which are ones if there are none.
inline Real at(const Numbers& weights, std::size_t c) { return weights.empty() ? 1 : weights[c]; }

/// The largest term's 1 is left to log1p, so that a small −log p is exact.
inline std::vector<Real> log_softmax(Row z, const Numbers& shift = {}) {
  std::vector<Real> log_p(z.begin(), z.end());
  for (std::size_t c = 0; c < shift.size(); ++c) log_p[c] += shift[c];
  const auto top = std::max_element(log_p.begin(), log_p.end());
  Real others = 0;
  for (auto x = log_p.begin(); x != log_p.end(); ++x) {
    if (x != top) others += std::exp(*x - *top);
  }
  const Real log_sum = *top + std::log1p(others);
  // Of the largest, top − (top + log1p) would lose what counts.
  const Real of_top = -std::log1p(others);
  for (auto x = log_p.begin(); x != log_p.end(); ++x) *x = x == top ? of_top : *x - log_sum;
  return log_p;
}

/// The class of a one-hot row, kNoClass or kIgnored.
inline int class_of(Row y) {
  int found = kNoClass;
  for (std::size_t c = 0; c < y.size(); ++c) {
    if (std::isnan(y[c])) return kIgnored;
    if (y[c] == 1) found = static_cast<int>(c);
  }
  return found;
}

inline Result cross_entropy(const Rows& rows, double smoothing, const Numbers& weights,
                            const Numbers& shift) {
  return each_row(rows, [&](Row z, Row y, std::span<Real> gradient) -> Term {
    Real labels = 0;
    for (const double target : y) labels += target;
    if (std::isnan(labels) || labels == 0) return {};  // not known, or none
    const std::vector<Real> log_p = log_softmax(z, shift);
    Real value = 0, weight = 0, sum = 0;
    for (std::size_t c = 0; c < z.size(); ++c) {
      const Real smooth =
          (1 - Real{smoothing}) * y[c] + Real{smoothing} / static_cast<Real>(z.size());
      const Real t = at(weights, c) * smooth;
      value -= t * log_p[c];
      gradient[c] = -t;
      sum += t;
      weight += at(weights, c) * y[c];
    }
    for (std::size_t c = 0; c < z.size(); ++c) gradient[c] += sum * std::exp(log_p[c]);
    return {value, weight};
  });
}

inline Result softmax_focal(const Rows& rows, double gamma, const Numbers& weights) {
  return each_row(rows, [&](Row z, Row y, std::span<Real> gradient) -> Term {
    const int t = class_of(y);
    if (t < 0) return {0, t == kNoClass ? Real{1} : Real{0}};
    const std::size_t own = static_cast<std::size_t>(t);
    const std::vector<Real> log_p = log_softmax(z);
    Real q = 0;  // 1 − p_t
    for (std::size_t c = 0; c < z.size(); ++c) q += c == own ? 0 : std::exp(log_p[c]);
    const Real w = at(weights, own), focus = std::pow(q, Real{gamma});
    const Real inner = q == 0 ? 0 : std::pow(q, Real{gamma} - 1);
    const Real slope = w * (gamma * std::exp(log_p[own]) * inner * log_p[own] - focus);
    for (std::size_t c = 0; c < z.size(); ++c) {
      gradient[c] = c == own ? slope * q : -slope * std::exp(log_p[c]);
    }
    return {-w * times(focus, log_p[own]), 1};
  });
}

inline Result multi_margin(const Rows& rows, double margin, int power, const Numbers& weights) {
  return each_row(rows, [&](Row z, Row y, std::span<Real> gradient) -> Term {
    const int t = class_of(y);
    if (t < 0) return {0, t == kNoClass ? Real{1} : Real{0}};
    const std::size_t own = static_cast<std::size_t>(t);
    const Real w = at(weights, own) / static_cast<Real>(z.size());
    Real value = 0;
    for (std::size_t c = 0; c < z.size(); ++c) {
      const Real excess = Real{margin} - z[own] + z[c];
      if (c == own || excess <= 0) continue;
      value += w * std::pow(excess, power);
      gradient[c] = w * (power == 2 ? 2 * excess : 1);
      gradient[own] -= gradient[c];
    }
    return {value, 1};
  });
}

inline Result bce_with_logits(const Rows& rows, const Numbers& weights,
                              const Numbers& positive_weights, double smoothing) {
  return each_label(rows, [&](std::size_t c, Real z, Real y) -> Slope {
    const Real smooth = (1 - Real{smoothing}) * y + Real{smoothing} / 2;
    const Real w = at(weights, c), q = at(positive_weights, c) * smooth, absent = 1 - smooth;
    return {w * (q * softplus(-z) + absent * softplus(z)),
            w * (absent * logistic(z) - q * logistic(-z))};
  });
}

inline Result sigmoid_focal(const Rows& rows, double gamma, double alpha) {
  return each_label(rows, [&](std::size_t, Real z, Real y) -> Slope {
    const Real p = logistic(z), q = logistic(-z), wrong = p * (1 - y) + q * y;
    const Real a = alpha < 0 ? 1 : alpha * y + (1 - alpha) * (1 - y);
    const Real cross_entropy = y * softplus(-z) + (1 - y) * softplus(z);
    const Real focus = a * std::pow(wrong, Real{gamma});
    const Real slope = gamma * cross_entropy * (1 - 2 * y) * p * q / wrong;
    return {focus * cross_entropy, focus * (slope + p * (1 - y) - q * y)};
  });
}

inline Result asymmetric(const Rows& rows, const AsymmetricOptions& options) {
  const Real clamp = options.clamp;
  // −log max(x, clamp), given −log x; the slope of −log x is 0 below the clamp.
  const auto clamped = [&](Real minus_log) { return std::min(minus_log, -std::log(clamp)); };
  return each_label(rows, [&](std::size_t, Real z, Real y) -> Slope {
    const Real p = logistic(z), q = logistic(-z);
    const Real focus = std::pow(q, Real{options.gamma_positive});
    const Real cost = clamped(softplus(-z));
    const Slope present{focus * cost,
                        focus * (-(p > clamp ? q : 0) - Real{options.gamma_positive} * p * cost)};

    const Real shifted = std::max(p - Real{options.margin}, Real{0}), left = 1 - shifted;
    Slope absent;
    if (shifted > 0) {
      // Without a margin `left` is q, which is exact where 1 − p isn't.
      const bool plain = options.margin == 0;
      const Real s = plain ? q : left;
      const Real minus_log = clamped(plain ? softplus(z) : -std::log1p(-shifted));
      const Real power = std::pow(shifted, Real{options.gamma_negative});
      absent.value = power * minus_log;
      absent.gradient = power * p * q * Real{options.gamma_negative} / shifted * minus_log +
                        (s > clamp ? power * p * (plain ? 1 : q / s) : 0);
    }
    return {y * present.value + (1 - y) * absent.value,
            y * present.gradient + (1 - y) * absent.gradient};
  });
}

/// log Σ e^x, in two parts: the largest x, and the rest.
struct LogSum {
  Real top = 0, rest = 0;
};
inline LogSum log_sum_parts(const std::vector<Real>& x) {
  const Real top = *std::max_element(x.begin(), x.end());
  Real sum = 0;
  for (const Real one : x) sum += std::exp(one - top);
  return {top, std::log(sum)};
}
inline Real log_sum(const std::vector<Real>& x) {
  const LogSum parts = log_sum_parts(x);
  return parts.top + parts.rest;
}

inline Result zlpr(const Rows& rows) {
  // log(1 + Σ e^x), exact where the sum is small.
  const auto log_with_one = [](const std::vector<Real>& x) -> Real {
    return x.empty() ? 0 : softplus(log_sum(x));
  };
  return each_row(rows, [&](Row z, Row y, std::span<Real> gradient) -> Term {
    std::vector<Real> absent, present;
    for (std::size_t c = 0; c < z.size(); ++c) {
      if (y[c] == 0) absent.push_back(z[c]);
      if (y[c] == 1) present.push_back(-Real{z[c]});
    }
    const Real below = log_with_one(absent), above = log_with_one(present);
    for (std::size_t c = 0; c < z.size(); ++c) {
      if (y[c] == 0) gradient[c] = std::exp(z[c] - below);
      if (y[c] == 1) gradient[c] = -std::exp(-z[c] - above);
    }
    return {below + above, absent.empty() && present.empty() ? Real{0} : Real{1}};
  });
}

/// One line of the two-way loss: of the logits at these places.
inline Term two_way_line(const Rows& rows, const std::vector<std::size_t>& places,
                         double positive_temperature, double negative_temperature,
                         std::vector<Real>& gradient) {
  const Real up = positive_temperature, down = negative_temperature;
  std::vector<Real> absent, present;
  for (const std::size_t i : places) {
    if (rows.targets[i] == 0) absent.push_back(rows.logits[i] / down);
    if (rows.targets[i] == 1) present.push_back(-rows.logits[i] / up);
  }
  if (present.empty()) return {};
  if (absent.empty()) return {0, 1};  // softplus(−∞)
  const LogSum below = log_sum_parts(absent), above = log_sum_parts(present);
  const Real sum = (down * below.top + up * above.top) + (down * below.rest + up * above.rest);
  for (const std::size_t i : places) {
    const Real z = rows.logits[i];
    if (rows.targets[i] == 0) {
      gradient[i] = logistic(sum) * std::exp((z / down - below.top) - below.rest);
    }
    if (rows.targets[i] == 1) {
      gradient[i] = -logistic(sum) * std::exp((-z / up - above.top) - above.rest);
    }
  }
  return {softplus(sum), 1};
}

inline Result two_way(const Rows& rows, double positive_temperature, double negative_temperature) {
  Result result;
  const auto add_part = [&](std::size_t lines, std::size_t length, std::size_t line_step,
                            std::size_t step) {
    Part part;
    part.gradient.resize(rows.logits.size());
    for (std::size_t line = 0; line < lines; ++line) {
      std::vector<std::size_t> places(length);
      for (std::size_t k = 0; k < length; ++k) places[k] = line * line_step + k * step;
      const Term term =
          two_way_line(rows, places, positive_temperature, negative_temperature, part.gradient);
      part.values.push_back(term.value);
      part.weight += term.weight;
    }
    result.parts.push_back(std::move(part));
  };
  add_part(rows.rows, rows.columns, rows.columns, 1);
  add_part(rows.columns, rows.rows, 1, rows.columns);
  result.known = std::any_of(rows.targets.begin(), rows.targets.end(),
                             [](double y) { return !std::isnan(y); });
  return result;
}

}  // namespace oneormany::loss::reference
