#include "metrics/prediction_sets.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <unordered_set>

namespace oneormany::metrics {
namespace {

void require(bool holds, const char* message) {
  if (!holds) throw std::invalid_argument(message);
}

}  // namespace

ConformalPredictor::ConformalPredictor(const Matrix& scores,
                                       const std::vector<std::vector<int>>& labels,
                                       const std::vector<int>& group_of_row)
    : rising_(at(scores.cols())) {
  const std::size_t rows = at(scores.rows());
  require(labels.size() == rows && group_of_row.size() == rows,
          "prediction sets: scores, labels and groups of different rows");
  require(!scores.hasNaN(), "prediction sets: a score is NaN");
  std::unordered_set<std::uint64_t> known;  // group and label
  known.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    for (const int label : labels[i]) {
      const auto group = static_cast<std::uint64_t>(static_cast<std::uint32_t>(group_of_row[i]));
      if (!known.insert(group << 32 | static_cast<std::uint32_t>(label)).second) continue;
      rising_.at(at(label)).push_back(scores(static_cast<Index>(i), label));
    }
  }
  for (auto& own : rising_) std::sort(own.begin(), own.end());
}

Vector ConformalPredictor::thresholds(double alpha) const {
  require(alpha > 0 && alpha < 1, "prediction sets: alpha must lie between 0 and 1");
  Vector thresholds(static_cast<Index>(rising_.size()));
  for (Index y = 0; y < thresholds.size(); ++y) {
    const auto& own = rising_[at(y)];
    // p > α where more than α (n + 1) − 1 scores are <= s: at least the k lowest. The guard
    // is for 0.1 * 30 and the like, of which one can't say on which side they land.
    const double lowest = std::floor(alpha * (static_cast<double>(own.size()) + 1) + 1e-9);
    const std::size_t k = std::min(static_cast<std::size_t>(lowest), own.size());
    thresholds(y) = k == 0 ? -std::numeric_limits<double>::infinity() : own[k - 1];
  }
  return thresholds;
}

LabelMatrix ConformalPredictor::sets(const Matrix& scores, double alpha) const {
  const Eigen::RowVectorXd own = thresholds(alpha);
  require(scores.cols() == own.size(), "prediction sets: scores are of other labels");
  LabelMatrix sets(scores.rows(), scores.cols());
  for (Index i = 0; i < scores.rows(); ++i) {
    sets.row(i) = (scores.row(i).array() >= own.array()).cast<int>();
  }
  return sets;
}

LabelMatrix sets_out_of_fold(const Matrix& scores, const std::vector<std::vector<int>>& labels,
                             const std::vector<int>& group_of_row, const std::vector<int>& fold,
                             double alpha) {
  const std::size_t rows = static_cast<std::size_t>(scores.rows());
  require(labels.size() == rows && group_of_row.size() == rows && fold.size() == rows,
          "prediction sets: scores, labels, groups and folds of different rows");
  LabelMatrix sets(scores.rows(), scores.cols());
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  for (int f = 0; f < folds; ++f) {
    std::vector<Index> own, others;
    std::vector<std::vector<int>> labels_of_others;
    std::vector<int> groups_of_others;
    for (std::size_t i = 0; i < rows; ++i) {
      if (fold[i] == f) {
        own.push_back(static_cast<Index>(i));
        continue;
      }
      others.push_back(static_cast<Index>(i));
      labels_of_others.push_back(labels[i]);
      groups_of_others.push_back(group_of_row[i]);
    }
    const ConformalPredictor conformal(scores(others, Eigen::all), labels_of_others,
                                       groups_of_others);
    sets(own, Eigen::all) = conformal.sets(scores(own, Eigen::all), alpha);
  }
  return sets;
}

SetCounts::SetCounts(const LabelMatrix& sets, const std::vector<std::vector<int>>& labels) {
  require(static_cast<std::size_t>(sets.rows()) == labels.size(),
          "prediction sets: sets and labels of different rows");
  for (Index i = 0; i < sets.rows(); ++i) {
    const auto& own = labels[static_cast<std::size_t>(i)];
    Kind kind{sets.row(i).sum(), static_cast<int>(own.size()), 0};
    for (const int label : own) kind.covered += sets(i, label);
    rows_[kind].push_back(static_cast<int>(i));
  }
}

SetSizes SetCounts::sizes(const Times& times) const {
  Lanes<int> n{}, empty{}, one{}, several{}, in_sets{}, carried{}, covered{};
  for (const auto& [kind, rows] : rows_) {
    Lanes<int> there{};
    for (const int row : rows) add(there, times.of(row));
    Lanes<int>& sets = kind.size == 0 ? empty : kind.size == 1 ? one : several;
    for (std::size_t l = 0; l < kLanes; ++l) {
      n[l] += there[l];
      sets[l] += there[l];
      in_sets[l] += there[l] * kind.size;
      carried[l] += there[l] * kind.carried;
      covered[l] += there[l] * kind.covered;
    }
  }
  return {ratio(empty, n, 0), ratio(one, n, 0), ratio(several, n, 0), ratio(in_sets, n, 0),
          ratio(covered, carried, 0)};
}

}  // namespace oneormany::metrics
