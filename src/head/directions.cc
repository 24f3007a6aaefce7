#include "head/directions.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>

#include "head/random.h"
#include "head/row_products.h"

namespace oneormany::head {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr Index kMore = 2;  // vectors than directions, which the last ones need
constexpr int kRounds = 2;

/// As many orthonormal rows that span the same.
MatrixF orthonormal(const MatrixF& rows) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(rows.transpose().cast<double>());
  const Eigen::MatrixXd columns =
      qr.householderQ() * Eigen::MatrixXd::Identity(rows.cols(), rows.rows());
  return columns.transpose().cast<float>();
}

}  // namespace

Directions leading_directions(const MatrixF& rows) {
  const Index n = rows.rows(), d = rows.cols(), k = std::min({Directions::kMost + kMore, d, n});
  Random random(kSeed);
  MatrixF basis(k, d);
  for (Index i = 0; i < basis.size(); ++i) {
    basis.data()[i] = static_cast<float>(random.uniform() - 0.5);
  }
  MatrixF along(n, k);
  for (int round = 0; round < kRounds; ++round) {
    multiply(rows.data(), n, d, basis.data(), k, along.data());
    basis.setZero();
    add_products(rows.data(), n, d, along.data(), k, basis.data());
    basis = orthonormal(basis);
  }
  multiply(rows.data(), n, d, basis.data(), k, along.data());
  const Matrix moments = (along.transpose() * along).cast<double>() / static_cast<double>(n);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(moments);
  const Index kept = std::min(k, Directions::kMost);
  Directions found;
  // Eigen gives the smallest first.
  found.variances = solver.eigenvalues().tail(kept).reverse().cwiseMax(0.0);
  found.basis =
      solver.eigenvectors().rightCols(kept).rowwise().reverse().transpose().cast<float>() * basis;
  found.of_rest = kept > 0 ? found.variances(kept - 1) / 2 : 0;
  return found;
}

}  // namespace oneormany::head
