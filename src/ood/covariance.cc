#include "ood/covariance.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/parallel.h"

namespace oneormany::ood {

Eigen::MatrixXd gram(const Matrix& a) {
  constexpr Index kBlock = 128;
  const Index d = a.cols();
  Eigen::MatrixXd product(d, d);
  base::parallel_for(static_cast<std::size_t>((d + kBlock - 1) / kBlock), [&](std::size_t i) {
    const Index first = static_cast<Index>(i) * kBlock, count = std::min(kBlock, d - first);
    product.block(first, first, d - first, count).noalias() =
        a.rightCols(d - first).transpose() * a.middleCols(first, count);
  });
  product.triangularView<Eigen::StrictlyUpper>() = product.transpose();
  return product;
}

Shrinkage ledoit_wolf(const Matrix& centred, const Eigen::MatrixXd& products) {
  const auto n = static_cast<double>(centred.rows()), d = static_cast<double>(centred.cols());
  const double mean = products.trace() / n / d;
  if (!(mean > 0)) return {};
  const double size = products.squaredNorm() / (n * n);
  const double distance = (size - d * mean * mean) / d;  // of S from its target
  const double fourth = centred.rowwise().squaredNorm().squaredNorm();
  const double error = (fourth / n - size) / (n * d);  // expected, of S
  constexpr double kLeast = 1e-6;
  return {distance > 0 ? std::clamp(error / distance, kLeast, 1.0) : 1, mean};
}

LowRankCovariance::LowRankCovariance(Matrix rows, const Eigen::MatrixXd& products, double ridge,
                                     double weight)
    : rows_(std::move(rows)), ridge_(ridge) {
  Eigen::MatrixXd inner = products;
  inner.diagonal().array() += ridge / weight;
  factor_.compute(inner);
  log_determinant_ = static_cast<double>(rows_.cols()) * std::log(ridge) -
                     static_cast<double>(rows_.rows()) * std::log(ridge / weight) +
                     2 * factor_.matrixLLT().diagonal().array().log().sum();
}

Matrix LowRankCovariance::embed(const Matrix& rows) const {
  Eigen::MatrixXd columns = rows_ * rows.transpose();
  factor_.matrixL().solveInPlace(columns);
  return columns.transpose();
}

}  // namespace oneormany::ood
