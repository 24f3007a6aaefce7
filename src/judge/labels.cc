#include "judge/labels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace oneormany {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::vector<Index> falling(const Vector& scores) {
  std::vector<Index> order(static_cast<std::size_t>(scores.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return scores(a) > scores(b); });
  return order;
}

}  // namespace

std::vector<ReliabilityBin> reliability(const Vector& probabilities, const Eigen::VectorXi& target,
                                        int bins) {
  std::vector<ReliabilityBin> found(static_cast<std::size_t>(bins));
  for (Index i = 0; i < probabilities.size(); ++i) {
    const int bin = static_cast<int>(std::ceil(probabilities(i) * bins)) - 1;
    ReliabilityBin& own = found[static_cast<std::size_t>(std::clamp(bin, 0, bins - 1))];
    ++own.count;
    own.mean_probability += probabilities(i);
    own.share += target(i);
  }
  for (ReliabilityBin& bin : found) {
    bin.mean_probability = ratio(bin.mean_probability, bin.count);
    bin.share = ratio(bin.share, bin.count);
  }
  return found;
}

double best_f1_threshold(const Vector& probabilities, const Eigen::VectorXi& target) {
  const double carriers = target.sum();
  if (carriers == 0) return 0.5;
  const auto order = falling(probabilities);
  double right = 0, best = 0, threshold = 0.5;
  for (std::size_t i = 0; i < order.size();) {
    const double lowest = probabilities(order[i]);
    if (lowest <= 0) break;  // no threshold from 0 up could let these pass
    for (; i < order.size() && probabilities(order[i]) == lowest; ++i) right += target(order[i]);
    const double f1 = 2 * right / (static_cast<double>(i) + carriers);
    if (f1 <= best) continue;
    best = f1;
    const double below = i < order.size() ? probabilities(order[i]) : 0;
    const double middle = (lowest + below) / 2;
    threshold = middle < lowest ? middle : below;  // neighbours may have nothing between them
  }
  return threshold;
}

Matrix thresholds_from_other_folds(const Matrix& probabilities, const LabelMatrix& target,
                                   const std::vector<int>& fold) {
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  Matrix thresholds(folds, probabilities.cols());
  for (int f = 0; f < folds; ++f) {
    std::vector<Index> others;
    for (std::size_t i = 0; i < fold.size(); ++i) {
      if (fold[i] != f) others.push_back(static_cast<Index>(i));
    }
    for (Index c = 0; c < probabilities.cols(); ++c) {
      thresholds(f, c) = best_f1_threshold(probabilities(others, c), target(others, c));
    }
  }
  return thresholds;
}

LabelMatrix decide(const Matrix& probabilities, const Matrix& thresholds,
                   const std::vector<int>& fold) {
  LabelMatrix decided(probabilities.rows(), probabilities.cols());
  for (Index i = 0; i < probabilities.rows(); ++i) {
    const auto own = thresholds.row(fold[static_cast<std::size_t>(i)]);
    decided.row(i) = (probabilities.row(i).array() > own.array()).cast<int>();
  }
  return decided;
}

Ranking::Ranking(const Vector& scores, const Eigen::VectorXi& target, Index per_row) {
  const auto order = falling(scores);
  entries_.reserve(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool ends_tie = i + 1 == order.size() || scores(order[i + 1]) < scores(order[i]);
    entries_.push_back({static_cast<int>(order[i] / per_row), target(order[i]) != 0, ends_tie});
  }
}

double Ranking::average_precision(const Eigen::RowVectorXi& times) const {
  double seen = 0, positives_seen = 0, positives_of_tie = 0, sum = 0;
  for (const Entry& entry : entries_) {
    const double n = times(entry.row);
    seen += n;
    if (entry.positive) positives_of_tie += n;
    if (!entry.ends_tie || positives_of_tie == 0) continue;
    positives_seen += positives_of_tie;
    sum += positives_of_tie * positives_seen / seen;
    positives_of_tie = 0;
  }
  return ratio(sum, positives_seen);
}

F1OfLabels f1_of_labels(const LabelMatrix& predicted, const LabelMatrix& target,
                        const Eigen::RowVectorXi& times) {
  const Eigen::RowVectorXi both = times * predicted.cwiseProduct(target);
  const Eigen::RowVectorXi either = times * (predicted + target);
  F1OfLabels found;
  for (Index c = 0; c < target.cols(); ++c) found.each.push_back(ratio(2.0 * both(c), either(c)));
  found.micro = ratio(2.0 * both.sum(), either.sum());
  found.macro = ratio(std::accumulate(found.each.begin(), found.each.end(), 0.0),
                      static_cast<double>(target.cols()));
  return found;
}

}  // namespace oneormany
