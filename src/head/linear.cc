#include "head/linear.h"

#include <utility>

#include "base/error.h"

namespace oneormany::head {
namespace {

/// mean and scale, of each feature, are written.
MatrixF standardised(const MatrixF& features, Eigen::RowVectorXd& mean, Eigen::RowVectorXd& scale) {
  const auto n = static_cast<double>(features.rows());
  mean = features.cast<double>().colwise().sum() / n;
  if (!mean.allFinite()) throw Error("the features hold values that are not numbers");
  const Eigen::RowVectorXf centre = mean.cast<float>();
  MatrixF rows = features.rowwise() - centre;
  scale = (rows.cast<double>().colwise().squaredNorm() / n).cwiseSqrt();
  // A feature that is the same everywhere says nothing, and must not divide by zero.
  scale = (scale.array() > 1e-12).select(scale, 1.0);
  const Eigen::RowVectorXf factor = scale.cwiseInverse().cast<float>();
  rows.array().rowwise() *= factor.array();
  mean = centre.cast<double>();  // as it was taken off
  return rows;
}

}  // namespace

Matrix LinearHead::logits(const MatrixF& features) const {
  Matrix logits = features.cast<double>() * weights.transpose();
  logits.rowwise() += bias.transpose();
  return logits;
}

LinearInputs::LinearInputs(const MatrixF& features)
    : rows_(standardised(features, mean_, scale_)), directions_(leading_directions(rows_)) {}

LinearHead LinearInputs::head(const LinearHead& on_rows) const {
  LinearHead head = on_rows;
  head.weights.array().rowwise() /= scale_.array();
  head.bias = Vector(head.bias) - head.weights * mean_.transpose();
  return head;
}

}  // namespace oneormany::head
