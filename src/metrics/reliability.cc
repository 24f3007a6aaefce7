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
    : rows_(confidence.size() / per_row), per_row_(per_row), bins_(bins) {
  // A row of many labels has nearly all of its predictions in the lowest bin: few cells for each
  // row.
  std::vector<Cell> row(static_cast<std::size_t>(bins));
  for (Index i = 0; i < rows_; ++i) {
    std::fill(row.begin(), row.end(), Cell{});
    for (Index k = i * per_row; k < (i + 1) * per_row; ++k) {
      Cell& cell = row[bin_of(confidence(k), bins)];
      ++cell.count;
      cell.confidence += confidence(k);
      cell.right += right(k);
    }
    for (std::size_t b = 0; b < row.size(); ++b) {
      if (row[b].count == 0) continue;
      cells_.push_back({i, b, row[b].count, row[b].confidence, row[b].right});
    }
  }
  gaps_ = gaps(Eigen::RowVectorXi::Ones(rows_));
}

std::vector<double> Confidence::gaps(const Eigen::RowVectorXi& times) const {
  std::vector<double> gap(static_cast<std::size_t>(bins_));  // Σ confidence − Σ right
  for (const Cell& cell : cells_) gap[cell.bin] += times(cell.row) * (cell.confidence - cell.right);
  const double all = static_cast<double>(times.sum()) * static_cast<double>(per_row_);
  for (double& one : gap) one = ratio(one, all);
  return gap;
}

Confidence::Replicate Confidence::replicate(const Eigen::RowVectorXi& times) const {
  const std::vector<double> found = gaps(times);
  Replicate sums;
  for (std::size_t b = 0; b < found.size(); ++b) {
    sums.ece += std::abs(found[b]);
    sums.distance += std::abs(found[b] - gaps_[b]);
  }
  return sums;
}

double Confidence::ece() const { return ece(Eigen::RowVectorXi::Ones(rows_)); }

std::vector<ReliabilityBin> Confidence::reliability() const {
  std::vector<ReliabilityBin> found(static_cast<std::size_t>(bins_));
  for (const Cell& cell : cells_) {
    ReliabilityBin& own = found[cell.bin];
    own.count += static_cast<double>(cell.count);
    own.mean_probability += cell.confidence;
    own.share += cell.right;
  }
  for (ReliabilityBin& bin : found) {
    bin.mean_probability = ratio(bin.mean_probability, bin.count);
    bin.share = ratio(bin.share, bin.count);
  }
  return found;
}

Interval ece_interval(double value, const std::vector<double>& eces,
                      const std::vector<double>& distances) {
  return {std::max(value - interval_of(distances).high, 0.0),
          std::max(2 * value - interval_of(eces, 0.01).low, value)};
}

Confidence confidence_of_best(const Matrix& probabilities, const Matrix& target) {
  Vector highest(probabilities.rows());
  Eigen::VectorXi right(probabilities.rows());
  for (Index i = 0; i < probabilities.rows(); ++i) {
    Index best = 0;
    highest(i) = probabilities.row(i).maxCoeff(&best);
    right(i) = target(i, best) != 0;
  }
  return {highest, right};
}

Confidence confidence_of_all(const Matrix& probabilities, const Matrix& target) {
  const Eigen::VectorXi right = target.reshaped<Eigen::RowMajor>().cast<int>();
  return {probabilities.reshaped<Eigen::RowMajor>(), right, probabilities.cols()};
}

}  // namespace oneormany::metrics
