#include "head/linear.h"

#include <utility>

#include "base/error.h"

namespace oneormany::head {

Matrix LinearHead::logits(const MatrixF& features) const {
  Matrix logits = features.cast<double>() * weights.transpose();
  logits.rowwise() += bias.transpose();
  return logits;
}

LinearInputs::LinearInputs(const MatrixF& features) {
  const auto n = static_cast<double>(features.rows());
  const auto mean_over_rows = [&](const auto& of_row) {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(features.cols());
    for (Index i = 0; i < features.rows(); ++i) sum += of_row(features.row(i));
    return Eigen::RowVectorXd(sum / n);
  };
  const Eigen::RowVectorXd mean =
      mean_over_rows([](const auto& row) { return row.template cast<double>(); });
  if (!mean.allFinite()) throw Error("the features hold values that are not numbers");
  mean_ = mean.cast<float>();
  const Eigen::RowVectorXd scale = mean_over_rows([&](const auto& row) {
                                     return (row - mean_).template cast<double>().cwiseAbs2();
                                   }).cwiseSqrt();
  // A feature that is the same everywhere says nothing, and must not divide by zero.
  factor_ = (scale.array() > 1e-12).select(scale.cwiseInverse(), 1.0).cast<float>();
  rows_ = rows_of(features);
  directions_ = leading_directions(rows_);
}

MatrixF LinearInputs::rows_of(const MatrixF& features) const {
  MatrixF rows(features.rows(), features.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    rows.row(i) = (features.row(i) - mean_).cwiseProduct(factor_);
  }
  return rows;
}

LinearHead LinearInputs::head(const LinearHead& on_rows) const {
  LinearHead head = on_rows;
  head.weights.array().rowwise() *= factor_.cast<double>().array();
  head.bias -= head.weights * mean_.cast<double>().transpose();
  return head;
}

}  // namespace oneormany::head
