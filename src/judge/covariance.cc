#include "judge/covariance.h"

#include <algorithm>

#include "base/parallel.h"

namespace oneormany {

Eigen::MatrixXd gram(const Matrix& a) {
  constexpr Index kBlock = 128;
  const Index d = a.cols();
  Eigen::MatrixXd product(d, d);
  parallel_for(static_cast<std::size_t>((d + kBlock - 1) / kBlock), [&](std::size_t i) {
    const Index first = static_cast<Index>(i) * kBlock, count = std::min(kBlock, d - first);
    product.block(first, first, d - first, count).noalias() =
        a.rightCols(d - first).transpose() * a.middleCols(first, count);
  });
  product.triangularView<Eigen::StrictlyUpper>() = product.transpose();
  return product;
}

ShrunkCovariance ledoit_wolf(const Matrix& centred) {
  const auto n = static_cast<double>(centred.rows()), d = static_cast<double>(centred.cols());
  ShrunkCovariance found{gram(centred) / n, 1};
  Eigen::MatrixXd& s = found.covariance;
  const double mean = s.trace() / d;
  if (!(mean > 0)) {
    s.setIdentity();
    return found;
  }
  const double size = s.squaredNorm();
  const double distance = (size - d * mean * mean) / d;  // of S from its target
  const double fourth = centred.rowwise().squaredNorm().squaredNorm();
  const double error = (fourth / n - size) / (n * d);  // expected, of S
  constexpr double kLeast = 1e-6;
  found.shrinkage = distance > 0 ? std::clamp(error / distance, kLeast, 1.0) : 1;
  s *= 1 - found.shrinkage;
  s.diagonal().array() += found.shrinkage * mean;
  return found;
}

}  // namespace oneormany
