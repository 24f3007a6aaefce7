#include "head/kernel.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "head/random.h"

namespace oneormany::head {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr int kPairs = 4096;     // whose distances the median is of
constexpr double kRidge = 1e-5;  // on the landmarks' kernels, which are 1 on the diagonal
constexpr Index kBlock = 256;    // rows whose kernels are computed at once

/// u(x) of each row. A row of zeros stays one.
template <typename Rows>
MatrixF unit_roots(const Rows& features) {
  return base::unit_rows(features.cwiseSign().cwiseProduct(features.cwiseAbs().cwiseSqrt()));
}

/// exp(−γ |row − landmark|²): rows × landmarks. Both without the centre.
MatrixF kernels(const MatrixF& rows, const MatrixF& landmarks, double gamma) {
  const auto g = static_cast<float>(gamma);
  MatrixF result(rows.rows(), landmarks.rows());
  result.noalias() = rows * landmarks.transpose();
  result = (2 * g) * result;
  result.colwise() -= g * rows.rowwise().squaredNorm();
  result.rowwise() -= g * landmarks.rowwise().squaredNorm().transpose();
  result = result.array().min(0.0f).exp();  // rounding may make a distance of 0 less
  return result;
}

/// Calls use(first, kernels) for the rows of features in blocks.
template <typename Use>
void for_blocks(const MatrixF& features, const KernelHead& map, const Use& use) {
  const Index blocks = (features.rows() + kBlock - 1) / kBlock;
  base::parallel_for(static_cast<std::size_t>(blocks), [&](std::size_t block) {
    const Index first = static_cast<Index>(block) * kBlock;
    MatrixF rows =
        unit_roots(features.middleRows(first, std::min(kBlock, features.rows() - first)));
    rows.rowwise() -= map.centre;
    use(first, kernels(rows, map.landmarks, map.gamma));
  });
}

/// γ for these rows: of pairs drawn from them, those at distance 0 are left out only if most are.
double bandwidth(const MatrixF& rows) {
  Random random(kSeed);
  const auto pick = [&] {
    return static_cast<Index>(random.bits() % static_cast<std::uint64_t>(rows.rows()));
  };
  std::vector<double> distances;
  for (int i = 0; i < kPairs; ++i) {
    const Index a = pick(), b = pick();
    if (a != b) distances.push_back((rows.row(a) - rows.row(b)).squaredNorm());
  }
  const auto median = [](auto begin, auto end) {
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end);
    return *middle;
  };
  if (distances.empty()) return 1;
  const double of_all = median(distances.begin(), distances.end());
  if (of_all > 0) return 1 / of_all;
  std::erase(distances, 0.0);
  return distances.empty() ? 1 : 1 / median(distances.begin(), distances.end());
}

}  // namespace

Matrix KernelHead::logits(const MatrixF& features) const {
  Matrix logits(features.rows(), bias.size());
  for_blocks(features, *this, [&](Index first, const MatrixF& block) {
    logits.middleRows(first, block.rows()).noalias() = block.cast<double>() * weights.transpose();
  });
  logits.rowwise() += bias.transpose();
  return logits;
}

KernelInputs::KernelInputs(const MatrixF& features) {
  if (!features.allFinite()) throw Error("the features hold values that are not numbers");
  const Index n = features.rows(), m = std::min(n, kMostLandmarks);
  MatrixF rows = unit_roots(features);
  // Distances are differences of products. Without what all rows share these are as small as the
  // distances themselves, and so is their rounding.
  map_.centre = rows.colwise().mean();
  rows.rowwise() -= map_.centre;
  map_.gamma = bandwidth(rows);

  std::vector<Index> chosen(static_cast<std::size_t>(n));
  std::iota(chosen.begin(), chosen.end(), Index{0});
  if (m < n) {
    Random(kSeed).shuffle(chosen);
    chosen.resize(static_cast<std::size_t>(m));
  }
  map_.landmarks = rows(chosen, Eigen::all);

  Matrix k(n, m);
  base::parallel_for(static_cast<std::size_t>((n + kBlock - 1) / kBlock), [&](std::size_t block) {
    const Index first = static_cast<Index>(block) * kBlock, count = std::min(kBlock, n - first);
    k.middleRows(first, count) =
        kernels(rows.middleRows(first, count), map_.landmarks, map_.gamma).cast<double>();
  });
  // What rounding and copies among the landmarks take from the smallest eigenvalues, and more.
  const Eigen::MatrixXd own = k(chosen, Eigen::all);
  for (double ridge = kRidge; factor_.rows() == 0 || factor_.info() != Eigen::Success;
       ridge *= 10) {
    factor_.compute((own + own.transpose()) / 2 + ridge * Eigen::MatrixXd::Identity(m, m));
  }
  factor_.matrixU().solveInPlace<Eigen::OnTheRight>(k);

  mean_ = k.colwise().mean();
  k.rowwise() -= mean_;
  const double variance = k.squaredNorm() / static_cast<double>(n);
  // Pictures that are all the same differ by rounding alone.
  scale_ = variance > 1e-9 ? std::sqrt(static_cast<double>(features.cols()) / variance) : 1;
  rows_ = (scale_ * k).cast<float>();
  directions_ = leading_directions(rows_);
}

KernelHead KernelInputs::head(const LinearHead& on_rows) const {
  KernelHead head = map_;
  const Matrix weights = scale_ * on_rows.weights;
  head.bias = on_rows.bias - weights * mean_.transpose();
  head.weights = factor_.matrixU().solve(weights.transpose()).transpose();
  return head;
}

}  // namespace oneormany::head
