#include "ood/covariance.h"

#include <algorithm>
#include <cmath>

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

Shrinkage ledoit_wolf(const Vector& lengths, Index dims, const Eigen::MatrixXd& products) {
  const auto n = static_cast<double>(lengths.size()), d = static_cast<double>(dims);
  const double mean = products.trace() / n / d;
  if (!(mean > 0)) return {};
  const double size = products.squaredNorm() / (n * n);
  const double distance = (size - d * mean * mean) / d;               // of S from its target
  const double error = (lengths.squaredNorm() / n - size) / (n * d);  // expected, of S
  constexpr double kLeast = 1e-6;
  return {distance > 0 ? std::clamp(error / distance, kLeast, 1.0) : 1, mean};
}

LowRankCovariance::LowRankCovariance(const Eigen::MatrixXd& products, Index d, double ridge,
                                     double weight)
    : ridge_(ridge), weight_(weight) {
  Eigen::MatrixXd inner = products;
  inner.diagonal().array() += ridge / weight;
  factor_.compute(inner);
  log_determinant_ = static_cast<double>(d) * std::log(ridge) -
                     static_cast<double>(products.rows()) * std::log(ridge / weight) +
                     2 * factor_.matrixLLT().diagonal().array().log().sum();
}

Eigen::MatrixXd LowRankCovariance::embed(Eigen::MatrixXd products) const {
  factor_.matrixL().solveInPlace(products);
  return products;
}

// Both from VVᵀ = T Tᵀ − (ridge / weight) I.
Eigen::MatrixXd LowRankCovariance::products(Eigen::MatrixXd embedded) const {
  factor_.matrixU().solveInPlace(embedded);
  return embedded / weight_;
}

Eigen::MatrixXd LowRankCovariance::products() const {
  const Index n = factor_.rows();
  Eigen::MatrixXd inverse = factor_.solve(Eigen::MatrixXd::Identity(n, n));
  inverse *= -ridge_ / weight_;
  inverse.diagonal().array() += 1;
  return inverse / weight_;
}

}  // namespace oneormany::ood
