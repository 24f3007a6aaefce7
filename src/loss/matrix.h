#pragma once
// The losses on Eigen matrices.

#include <string>
#include <vector>

#include "base/error.h"
#include "base/matrix.h"
#include "loss/loss.h"

namespace oneormany::loss {

/// Probabilities of every row.
template <typename T>
base::MatrixOf<T> activate(Activation activation, base::MatrixOf<T> logits) {
  activate(activation, logits.data(), logits.rows(), logits.cols());
  return logits;
}

template <typename T>
struct LossResult {
  double value = 0;            ///< reduced; the sum for Reduction::kNone
  std::vector<T> values;       ///< Loss::values_size() of them, for Reduction::kNone only
  base::MatrixOf<T> gradient;  ///< of `value` with respect to the logits; rows × columns
};

/// The loss over all rows, with its gradient. Throws Error as Loss::evaluate does, and if shapes
/// differ.
template <typename T>
LossResult<T> evaluate(const Loss& loss, const base::MatrixOf<T>& logits,
                       const base::MatrixOf<T>& targets, Reduction reduction) {
  if (logits.rows() != targets.rows() || logits.cols() != targets.cols()) {
    const auto shape = [](const base::MatrixOf<T>& m) {
      return std::to_string(m.rows()) + " x " + std::to_string(m.cols());
    };
    throw Error("logits are " + shape(logits) + " but targets are " + shape(targets) +
                ": there must be a target for each logit");
  }
  LossResult<T> result;
  result.gradient.resize(logits.rows(), logits.cols());
  if (reduction == Reduction::kNone) {
    result.values.resize(static_cast<std::size_t>(loss.values_size(logits.rows(), logits.cols())));
  }
  result.value = loss.evaluate(
      Batch<T>{.logits = logits.data(),
               .rows = logits.rows(),
               .columns = logits.cols(),
               .targets = targets.data(),
               .gradient = result.gradient.data(),
               .values = reduction == Reduction::kNone ? result.values.data() : nullptr},
      reduction);
  return result;
}

/// One-hot targets: row i has a one for each of labels[i]; rows without labels stay zero. Throws
/// Error for a label outside the columns.
inline Matrix one_hot(const std::vector<std::vector<int>>& labels, Index columns) {
  Matrix targets = Matrix::Zero(static_cast<Index>(labels.size()), columns);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) {
      if (label < 0 || label >= columns) {
        throw Error("row " + std::to_string(i) + ": label " + std::to_string(label) +
                    " is not among the " + std::to_string(columns) + " columns");
      }
      targets(static_cast<Index>(i), label) = 1;
    }
  }
  return targets;
}

}  // namespace oneormany::loss
