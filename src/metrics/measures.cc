#include "metrics/measures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace oneormany::metrics {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

std::vector<int> argmax(const Matrix& scores) {
  std::vector<int> best(static_cast<std::size_t>(scores.rows()));
  for (Index i = 0; i < scores.rows(); ++i) {
    Index column = 0;
    scores.row(i).maxCoeff(&column);
    best[static_cast<std::size_t>(i)] = static_cast<int>(column);
  }
  return best;
}

double macro_f1(const std::vector<int>& predicted, const std::vector<int>& target, int classes,
                const Eigen::RowVectorXi& times) {
  const auto n = static_cast<std::size_t>(classes);
  std::vector<int> both(n), called(n), pictures(n);
  for (std::size_t i = 0; i < target.size(); ++i) {
    const int drawn = times(static_cast<Index>(i));
    const auto p = static_cast<std::size_t>(predicted[i]), t = static_cast<std::size_t>(target[i]);
    called[p] += drawn;
    pictures[t] += drawn;
    if (p == t) both[t] += drawn;
  }
  double sum = 0, counted = 0;
  for (std::size_t c = 0; c < n; ++c) {
    if (pictures[c] == 0 && called[c] == 0) continue;
    sum += 2.0 * both[c] / (called[c] + pictures[c]);
    ++counted;
  }
  return ratio(sum, counted);
}

double brier(const Matrix& probabilities, const LabelMatrix& target) {
  return (probabilities - target.cast<double>()).squaredNorm() /
         static_cast<double>(probabilities.rows());
}

LabelMatrix decide(const Matrix& probabilities, double threshold) {
  return (probabilities.array() > threshold).cast<int>();
}

double average_precision(const Vector& scores, const Eigen::VectorXi& target) {
  std::vector<Index> falling(static_cast<std::size_t>(scores.size()));
  std::iota(falling.begin(), falling.end(), Index{0});
  std::sort(falling.begin(), falling.end(),
            [&](Index a, Index b) { return scores(a) > scores(b); });
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
