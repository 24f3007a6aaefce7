#include "loss/loss.h"

#include "base/error.h"

namespace oneormany {
namespace {

std::span<const double> row_of(const Matrix& matrix, Index i) {
  return {matrix.data() + i * matrix.cols(), static_cast<std::size_t>(matrix.cols())};
}

std::span<double> row_of(Matrix& matrix, Index i) {
  return {matrix.data() + i * matrix.cols(), static_cast<std::size_t>(matrix.cols())};
}

std::string shape_of(const Matrix& matrix) {
  return std::to_string(matrix.rows()) + " x " + std::to_string(matrix.cols());
}

}  // namespace

Matrix activate(const Loss& loss, Matrix logits) {
  for (Index i = 0; i < logits.rows(); ++i) loss.activate(row_of(logits, i));
  return logits;
}

LossResult evaluate(const Loss& loss, const Matrix& logits, const Matrix& targets,
                    Reduction reduction) {
  if (logits.rows() != targets.rows() || logits.cols() != targets.cols()) {
    throw Error("logits are " + shape_of(logits) + " but targets are " + shape_of(targets) +
                ": there must be a target for each logit");
  }
  if (logits.size() == 0) throw Error("no logits: there is nothing to judge");

  LossResult result;
  result.gradient.resize(logits.rows(), logits.cols());
  result.values.resize(logits.rows(), loss.values_per_row(logits.cols()));
  double denominator = 0;
  for (Index i = 0; i < logits.rows(); ++i) {
    loss.row(row_of(logits, i), row_of(targets, i), row_of(result.values, i),
             row_of(result.gradient, i));
    denominator += loss.mean_weight(row_of(targets, i));
  }
  result.value = result.values.sum();
  if (reduction == Reduction::kMean) {
    result.value /= denominator;
    result.gradient /= denominator;
  }
  if (reduction != Reduction::kNone) result.values.resize(0, 0);
  return result;
}

Matrix one_hot(const std::vector<std::vector<int>>& labels, Index columns) {
  Matrix targets = Matrix::Zero(static_cast<Index>(labels.size()), columns);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) targets(static_cast<Index>(i), label) = 1;
  }
  return targets;
}

}  // namespace oneormany
