#pragma once
// Measures as they are defined, slow and plain: what the program's own are compared with.

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/matrix.h"
#include "metrics/measures.h"

namespace oneormany::metrics {

/// The columns of each row's ones.
inline std::vector<std::vector<int>> labels_of(const Matrix& target) {
  std::vector<std::vector<int>> labels(static_cast<std::size_t>(target.rows()));
  for (Index i = 0; i < target.rows(); ++i) {
    for (Index c = 0; c < target.cols(); ++c) {
      if (target(i, c) != 0) labels[static_cast<std::size_t>(i)].push_back(static_cast<int>(c));
    }
  }
  return labels;
}

inline double accuracy(const std::vector<int>& predicted, const std::vector<int>& target) {
  double right = 0;
  for (std::size_t i = 0; i < target.size(); ++i) right += predicted[i] == target[i];
  return right / static_cast<double>(target.size());
}

/// Mean of −log p of the target.
inline double log_loss(const Matrix& probabilities, const std::vector<int>& target) {
  double sum = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    sum -= std::log(probabilities(static_cast<Index>(i), target[i]));
  }
  return sum / static_cast<double>(target.size());
}

/// Mean of the binary cross-entropy over all pictures and labels.
inline double label_log_loss(const Matrix& probabilities, const metrics::LabelMatrix& target) {
  double sum = 0;
  for (Index i = 0; i < target.size(); ++i) {
    const double p = probabilities.data()[i];
    sum -= std::log(target.data()[i] != 0 ? p : 1 - p);
  }
  return sum / static_cast<double>(target.size());
}

struct LabelF1 {
  double micro = 0, macro = 0;
};
inline LabelF1 label_f1(const metrics::LabelMatrix& predicted, const metrics::LabelMatrix& target) {
  const auto f1 = [](const metrics::LabelMatrix& p, const metrics::LabelMatrix& t) {
    const int all = p.sum() + t.sum();
    return all > 0 ? 2.0 * p.cwiseProduct(t).sum() / all : 0;
  };
  LabelF1 result{f1(predicted, target), 0};
  for (Index c = 0; c < target.cols(); ++c) {
    result.macro += f1(predicted.col(c), target.col(c)) / static_cast<double>(target.cols());
  }
  return result;
}

/// Average precision of all decisions taken as one long column.
inline double micro_map(const Matrix& scores, const metrics::LabelMatrix& target) {
  return metrics::average_precision(scores.reshaped<Eigen::RowMajor>(),
                                    target.reshaped<Eigen::RowMajor>());
}

}  // namespace oneormany::metrics
