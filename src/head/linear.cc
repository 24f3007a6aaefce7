#include "head/linear.h"

#include "base/error.h"

namespace oneormany {
namespace {

/// mean and scale, of each feature, are written.
Matrix standardised(const MatrixF& features, Eigen::RowVectorXd& mean, Eigen::RowVectorXd& scale) {
  Matrix rows = features.cast<double>();
  mean = rows.colwise().mean();
  if (!mean.allFinite()) throw Error("the features hold values that are not numbers");
  rows.rowwise() -= mean;
  scale = (rows.colwise().squaredNorm() / static_cast<double>(features.rows())).cwiseSqrt();
  // A feature that is the same everywhere says nothing, and must not divide by zero.
  scale = (scale.array() > 1e-12).select(scale, 1.0);
  rows.array().rowwise() /= scale.array();
  return rows;
}

}  // namespace

Matrix LinearHead::logits(const MatrixF& features) const {
  Matrix logits = features.cast<double>() * weights.transpose();
  logits.rowwise() += bias.transpose();
  return logits;
}

LinearFit::LinearFit(const MatrixF& features, const Matrix& targets, const Loss& loss)
    : fit_(standardised(features, mean_, scale_), targets, loss) {}

LinearHead LinearFit::fit(double lambda, double tolerance) {
  LinearHead head = fit_.fit(lambda, tolerance);
  head.weights.array().rowwise() /= scale_.array();
  head.bias = Vector(head.bias) - head.weights * mean_.transpose();
  return head;
}

}  // namespace oneormany
