#include "head/linear.h"

#include <utility>

#include "base/error.h"

namespace oneormany::head {
namespace {

constexpr double kTrace = 1e-9;  // of ridge, of the mean squared length of a row

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

LinearInputs::LinearInputs(const MatrixF& features)
    : standardised_(standardised(features, mean_, scale_)) {
  const Index n = standardised_.rows();
  if (2 * n >= standardised_.cols()) return;
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(n, n);
  products.selfadjointView<Eigen::Lower>().rankUpdate(standardised_);
  const double length = products.trace() / static_cast<double>(n);
  products.diagonal().array() += length > 0 ? kTrace * length : 1;
  few_.emplace();
  few_->factor.compute(products);
  few_->rows = few_->factor.matrixL();
}

LinearHead LinearInputs::head(const LinearHead& on_rows) const {
  LinearHead head = on_rows;
  if (few_) {  // φ = X (Xᵀ L⁻ᵀ), but for the ridge
    const Matrix of_each_row = few_->factor.matrixU().solve(on_rows.weights.transpose());
    head.weights = of_each_row.transpose() * standardised_;
  }
  head.weights.array().rowwise() /= scale_.array();
  head.bias = Vector(head.bias) - head.weights * mean_.transpose();
  return head;
}

}  // namespace oneormany::head
