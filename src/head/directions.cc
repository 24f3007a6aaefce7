#include "head/directions.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>

#include "head/random.h"

namespace oneormany::head {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr Index kMore = 8;  // vectors than directions, which the last ones need
constexpr int kRounds = 2;

Matrix orthonormal(const Matrix& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.cols());
}

}  // namespace

Directions leading_directions(const MatrixF& rows) {
  const Index d = rows.cols(), k = std::min({Directions::kMost + kMore, d, rows.rows()});
  Random random(kSeed);
  MatrixF basis(d, k);
  for (Index i = 0; i < basis.size(); ++i) {
    basis.data()[i] = static_cast<float>(random.uniform() - 0.5);
  }
  MatrixF along(rows.rows(), k);
  for (int round = 0; round < kRounds; ++round) {
    along.noalias() = rows * basis;
    const MatrixF moved = rows.transpose() * along;
    basis = orthonormal(moved.cast<double>()).cast<float>();
  }
  along.noalias() = rows * basis;
  const Matrix moments =
      (along.transpose() * along).cast<double>() / static_cast<double>(rows.rows());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(moments);
  const Index kept = std::min(k, Directions::kMost);
  Directions found;
  // Eigen gives the smallest first.
  found.variances = solver.eigenvalues().tail(kept).reverse().cwiseMax(0.0);
  found.basis = basis * solver.eigenvectors().rightCols(kept).rowwise().reverse().cast<float>();
  found.of_rest = kept > 0 ? found.variances(kept - 1) / 2 : 0;
  return found;
}

}  // namespace oneormany::head
