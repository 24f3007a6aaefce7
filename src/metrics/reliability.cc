#include "metrics/reliability.h"

#include <algorithm>
#include <cmath>

namespace oneormany::metrics {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::size_t bin_of(double confidence, int bins) {
  const int bin = static_cast<int>(std::ceil(confidence * bins)) - 1;
  return static_cast<std::size_t>(std::clamp(bin, 0, bins - 1));
}

}  // namespace

Confidence::Confidence(const Vector& confidence, const Eigen::VectorXi& right, Index per_row,
                       int bins)
    : cells_(static_cast<std::size_t>(bins)),
      rows_(confidence.size() / per_row),
      per_row_(per_row) {
  // A row of many labels has nearly all of its predictions in the lowest bin: few cells for each
  // row.
  for (Index i = 0; i < rows_; ++i) {
    for (Index k = i * per_row; k < (i + 1) * per_row; ++k) {
      std::vector<Cell>& own = cells_[bin_of(confidence(k), bins)];
      if (own.empty() || own.back().row != i) own.push_back({.row = static_cast<int>(i)});
      Cell& cell = own.back();
      ++cell.count;
      cell.confidence += confidence(k);
      cell.right += right(k);
    }
  }
  for (const Lanes<double>& gap : gaps(Times::once(rows_))) gaps_.push_back(gap[0]);
}

std::vector<Lanes<double>> Confidence::gaps(const Times& times) const {
  std::vector<Lanes<double>> gaps(cells_.size());  // Σ confidence − Σ right
  Lanes<double> all;
  for (std::size_t l = 0; l < kLanes; ++l) {
    all[l] = static_cast<double>(times.sum()[l]) * static_cast<double>(per_row_);
  }
  for (std::size_t b = 0; b < cells_.size(); ++b) {
    Lanes<double> gap{};
    for (const Cell& cell : cells_[b]) {
      const RowTimes there = times.of(cell.row);
      const double own = cell.confidence - cell.right;
      for (std::size_t l = 0; l < kLanes; ++l) gap[l] += there[l] * own;
    }
    gaps[b] = ratio(gap, all, 0);
  }
  return gaps;
}

Confidence::Replicates Confidence::replicate(const Times& times) const {
  const std::vector<Lanes<double>> found = gaps(times);
  Replicates sums;
  for (std::size_t b = 0; b < found.size(); ++b) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      sums.ece[l] += std::abs(found[b][l]);
      sums.distance[l] += std::abs(found[b][l] - gaps_[b]);
    }
  }
  return sums;
}

std::vector<ReliabilityBin> Confidence::reliability() const {
  std::vector<ReliabilityBin> found(cells_.size());
  for (std::size_t b = 0; b < found.size(); ++b) {
    ReliabilityBin& own = found[b];
    for (const Cell& cell : cells_[b]) {
      own.count += cell.count;
      own.mean_probability += cell.confidence;
      own.share += cell.right;
    }
    own.mean_probability = ratio(own.mean_probability, own.count);
    own.share = ratio(own.share, own.count);
  }
  return found;
}

Interval ece_interval(double value, const std::vector<double>& eces,
                      const std::vector<double>& distances) {
  return {std::max(value - interval_of(distances).high, 0.0),
          std::max(2 * value - interval_of(eces, 0.01).low, value)};
}

Confidence confidence_of_best(const Eigen::Ref<const Matrix>& probabilities,
                              const std::vector<std::vector<int>>& labels) {
  Vector highest(probabilities.rows());
  Eigen::VectorXi right(probabilities.rows());
  for (Index i = 0; i < probabilities.rows(); ++i) {
    Index best = 0;
    highest(i) = probabilities.row(i).maxCoeff(&best);
    const auto& own = labels[static_cast<std::size_t>(i)];
    right(i) = std::find(own.begin(), own.end(), static_cast<int>(best)) != own.end();
  }
  return {highest, right};
}

Confidence confidence_of_all(const Eigen::Ref<const Matrix>& probabilities,
                             const std::vector<std::vector<int>>& labels) {
  const Index columns = probabilities.cols();
  Eigen::VectorXi right = Eigen::VectorXi::Zero(probabilities.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) right(static_cast<Index>(i) * columns + label) = 1;
  }
  return {probabilities.reshaped<Eigen::RowMajor>(), right, columns};
}

}  // namespace oneormany::metrics
