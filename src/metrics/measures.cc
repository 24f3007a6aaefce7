#include "metrics/measures.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>

namespace oneormany::metrics {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

LabelMatrix label_matrix(const std::vector<std::vector<int>>& labels, Index columns) {
  LabelMatrix target = LabelMatrix::Zero(static_cast<Index>(labels.size()), columns);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) target(static_cast<Index>(i), label) = 1;
  }
  return target;
}

std::vector<int> argmax(const Matrix& scores) {
  std::vector<int> best(static_cast<std::size_t>(scores.rows()));
  for (Index i = 0; i < scores.rows(); ++i) {
    Index column = 0;
    scores.row(i).maxCoeff(&column);
    best[static_cast<std::size_t>(i)] = static_cast<int>(column);
  }
  return best;
}

std::vector<int> falling_order(const double* scores, std::size_t n) {
  // A number for each score that rises as the score falls, sorted by its digits from the last one
  // to the first: each pass keeps the order of equals.
  struct Entry {
    std::uint64_t key;
    int place;
  };
  constexpr int kBits = 11, kPasses = 6;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  const auto digit = [](const Entry& entry, int pass) {
    return static_cast<std::size_t>(entry.key >> (pass * kBits)) & (kDigits - 1);
  };
  std::vector<Entry> entries(n), sorted(n);
  std::vector<std::array<std::size_t, kDigits>> counts(kPasses);
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(scores[i] + 0.0);  // -0 is 0
    const bool negative = (bits >> 63) != 0;
    entries[i] = {negative ? bits : ~bits & ~(std::uint64_t{1} << 63), static_cast<int>(i)};
    for (int pass = 0; pass < kPasses; ++pass) {
      ++counts[static_cast<std::size_t>(pass)][digit(entries[i], pass)];
    }
  }
  for (int pass = 0; pass < kPasses; ++pass) {
    auto& count = counts[static_cast<std::size_t>(pass)];
    if (n == 0 || count[digit(entries[0], pass)] == n) continue;
    std::size_t before = 0;
    for (std::size_t& own : count) before += std::exchange(own, before);
    for (const Entry& entry : entries) sorted[count[digit(entry, pass)]++] = entry;
    entries.swap(sorted);
  }
  std::vector<int> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = entries[i].place;
  return order;
}

Lanes<double> macro_f1(const std::vector<int>& predicted, const std::vector<int>& target,
                       int classes, const Times& times) {
  const auto n = static_cast<std::size_t>(classes);
  std::vector<Lanes<int>> both(n), either(n);  // either: twice where it is both
  for (std::size_t i = 0; i < target.size(); ++i) {
    const RowTimes drawn = times.of(static_cast<Index>(i));
    const auto p = static_cast<std::size_t>(predicted[i]), t = static_cast<std::size_t>(target[i]);
    add(either[p], drawn);
    add(either[t], drawn);
    if (p == t) add(both[t], drawn);
  }
  Lanes<double> sum{}, counted{};
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      sum[l] += 2.0 * both[c][l] / std::max(either[c][l], 1);
      counted[l] += either[c][l] > 0;
    }
  }
  return ratio(sum, counted, 0);
}

double brier(const Matrix& probabilities, const LabelMatrix& target) {
  return (probabilities - target.cast<double>()).squaredNorm() /
         static_cast<double>(probabilities.rows());
}

LabelMatrix decide(const Matrix& probabilities, double threshold) {
  return (probabilities.array() > threshold).cast<int>();
}

double average_precision(const Vector& scores, const Eigen::VectorXi& target) {
  const std::vector<int> falling =
      falling_order(scores.data(), static_cast<std::size_t>(scores.size()));
  double positives_seen = 0, sum = 0;
  for (std::size_t i = 0; i < falling.size();) {
    double positives = 0;
    const double score = scores(falling[i]);
    for (; i < falling.size() && scores(falling[i]) == score; ++i) {
      positives += target(falling[i]) != 0;
    }
    positives_seen += positives;
    sum += positives * positives_seen / static_cast<double>(i);
  }
  return ratio(sum, positives_seen);
}

double macro_map(const Matrix& scores, const LabelMatrix& target) {
  double sum = 0, carried = 0;
  for (Index c = 0; c < scores.cols(); ++c) {
    if (target.col(c).sum() == 0) continue;
    sum += average_precision(scores.col(c), target.col(c));
    ++carried;
  }
  return ratio(sum, carried);
}

double fewest_of(double n, double share) {
  return std::ceil(share * n - 1e-9);  // 0.95 * n may land a hair above a whole number
}

double threshold_keeping(std::vector<double> scores, double share) {
  const auto keep = static_cast<std::size_t>(fewest_of(static_cast<double>(scores.size()), share));
  const auto at = scores.begin() + static_cast<std::ptrdiff_t>(keep - 1);
  std::nth_element(scores.begin(), at, scores.end(), std::greater<>());
  return *at;
}

}  // namespace oneormany::metrics
