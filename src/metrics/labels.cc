#include "metrics/labels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace oneormany::metrics {
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
    Entry entry{};
    entry.row = static_cast<std::uint32_t>(order[i] / per_row) & 0x3fffffffu;
    entry.positive = target(order[i]) != 0;
    entry.ends_tie = ends_tie;
    entries_.push_back(entry);
  }
}

double Ranking::average_precision(const Eigen::RowVectorXi& times) const {
  std::int64_t seen = 0, positives_of_tie = 0;
  double positives_seen = 0, sum = 0;
  for (const Entry& entry : entries_) {
    const int n = times(static_cast<Index>(entry.row));
    seen += n;
    positives_of_tie += entry.positive ? n : 0;
    if (!entry.ends_tie || positives_of_tie == 0) continue;
    const auto positives = static_cast<double>(positives_of_tie);
    positives_seen += positives;
    sum += positives * positives_seen / static_cast<double>(seen);
    positives_of_tie = 0;
  }
  return ratio(sum, positives_seen);
}

Decisions::Decisions(const LabelMatrix& predicted, const LabelMatrix& target)
    : labels_(static_cast<std::size_t>(target.cols())) {
  for (Index i = 0; i < target.rows(); ++i) {
    for (Index c = 0; c < target.cols(); ++c) {
      const int either = predicted(i, c) + target(i, c);
      if (either == 0) continue;
      cells_.push_back({static_cast<int>(i), static_cast<int>(c), either == 2, either});
    }
  }
}

F1OfLabels Decisions::f1(const Eigen::RowVectorXi& times) const {
  std::vector<double> both(labels_), either(labels_);
  for (const Cell& cell : cells_) {
    both[static_cast<std::size_t>(cell.label)] += cell.both * times(cell.row);
    either[static_cast<std::size_t>(cell.label)] += cell.either * times(cell.row);
  }
  F1OfLabels found;
  double all_both = 0, all_either = 0;
  for (std::size_t c = 0; c < labels_; ++c) {
    found.each.push_back(ratio(2 * both[c], either[c]));
    found.macro += found.each[c] / static_cast<double>(labels_);
    all_both += both[c];
    all_either += either[c];
  }
  found.micro = ratio(2 * all_both, all_either);
  return found;
}

}  // namespace oneormany::metrics
