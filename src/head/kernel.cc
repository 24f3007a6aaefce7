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
#include "head/row_products.h"

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

/// |row − other|². lengths: squared, of each.
MatrixF squared_distances(const MatrixF& rows, const Eigen::VectorXf& lengths,
                          const MatrixF& others, const Eigen::VectorXf& other_lengths) {
  MatrixF result = -2 * products(rows, others);
  result.colwise() += lengths;
  result.rowwise() += other_lengths.transpose();
  return result.cwiseMax(0.0f);  // rounding may make a distance of 0 less
}

/// exp(−γ distance).
MatrixF kernels(const MatrixF& distances, double gamma) {
  MatrixF found(distances.rows(), distances.cols());
  // Row by row in the same memory: the last numbers of a matrix are not computed like the others.
  Eigen::Array<float, 1, Eigen::Dynamic> row(distances.cols());
  for (Index i = 0; i < distances.rows(); ++i) {
    row = distances.row(i);
    row = (row * static_cast<float>(-gamma)).exp();
    found.row(i) = row;
  }
  return found;
}

std::vector<Index> numbers_from_0(Index n) {
  std::vector<Index> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  return numbers;
}

/// Calls use(first, count) for n rows in blocks, on all cores.
template <typename Use>
void for_blocks(Index n, const Use& use) {
  const Index blocks = (n + kBlock - 1) / kBlock;
  base::parallel_for(static_cast<std::size_t>(blocks), [&](std::size_t block) {
    const Index first = static_cast<Index>(block) * kBlock;
    use(first, std::min(kBlock, n - first));
  });
}

/// γ for these rows: of pairs drawn from them, those at distance 0 are left out only if most are.
double bandwidth(const KernelRows& all, const std::vector<Index>& rows) {
  Random random(kSeed);
  const auto pick = [&] { return rows[random.bits() % rows.size()]; };
  std::vector<double> distances;
  for (int i = 0; i < kPairs; ++i) {
    const Index a = pick(), b = pick();
    if (a != b) distances.push_back(all.distance(a, b));
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
  const Eigen::VectorXf lengths = base::squared_lengths(map->landmarks);
  for_blocks(features.rows(), [&](Index first, Index count) {
    MatrixF rows = unit_roots(features.middleRows(first, count));
    rows.rowwise() -= map->centre;
    const Eigen::VectorXf own = base::squared_lengths(rows);
    const MatrixF k = kernels(squared_distances(rows, own, map->landmarks, lengths), map->gamma);
    logits.middleRows(first, count).noalias() = k.cast<double>() * weights.transpose();
  });
  logits.rowwise() += bias.transpose();
  return logits;
}

KernelRows::KernelRows(const MatrixF& features, const MatrixF& more)
    : roots_(features.rows() + more.rows(), features.cols()) {
  if (!features.allFinite() || !more.allFinite()) {
    throw Error("the features hold values that are not numbers");
  }
  roots_.topRows(features.rows()) = unit_roots(features);
  if (more.rows() > 0) roots_.bottomRows(more.rows()) = unit_roots(more);
  // Distances are differences of products. Without what all rows share these are as small as the
  // distances themselves, and so is their rounding.
  centre_ = roots_.colwise().mean();
  roots_.rowwise() -= centre_;
  lengths_ = base::squared_lengths(roots_);
  const Index n = count();
  if (n > kRoom) return;
  all_.resize(n, n);
  for_blocks(n, [&](Index first, Index count) {  // a pair of rows has one distance
    all_.block(first, 0, count, first + count) =
        squared_distances(roots_.middleRows(first, count), lengths_.segment(first, count),
                          roots_.topRows(first + count), lengths_.head(first + count));
  });
  for_blocks(n, [&](Index first, Index count) {
    const Index after = first + count;
    all_.block(first, after, count, n - after) =
        all_.block(after, first, n - after, count).transpose();
  });
}

float KernelRows::distance(Index row, Index other) const {
  if (all_.size() > 0) return all_(row, other);
  return (roots_.row(row) - roots_.row(other)).squaredNorm();
}

MatrixF KernelRows::distances(const std::vector<Index>& rows,
                              const std::vector<Index>& others) const {
  if (all_.size() > 0) return all_(rows, others);
  const MatrixF other_roots = roots_(others, Eigen::all);
  const Eigen::VectorXf other_lengths = lengths_(others);
  MatrixF found(static_cast<Index>(rows.size()), other_roots.rows());
  for_blocks(found.rows(), [&](Index first, Index count) {
    const std::vector<Index> some(rows.begin() + first, rows.begin() + first + count);
    found.middleRows(first, count) =
        squared_distances(roots_(some, Eigen::all), lengths_(some), other_roots, other_lengths);
  });
  return found;
}

KernelInputs::KernelInputs(const MatrixF& features)
    : KernelInputs(std::make_shared<const KernelRows>(features), numbers_from_0(features.rows())) {}

KernelInputs::KernelInputs(std::shared_ptr<const KernelRows> all, const std::vector<Index>& rows)
    : all_(std::move(all)) {
  const auto n = static_cast<Index>(rows.size()), m = std::min(n, kMostLandmarks);
  std::vector<Index> chosen = numbers_from_0(n);
  if (m < n) {
    Random(kSeed).shuffle(chosen);
    chosen.resize(static_cast<std::size_t>(m));
  }
  for (const Index i : chosen) landmarks_.push_back(rows[static_cast<std::size_t>(i)]);
  map_ = std::make_shared<const KernelHead::Map>(
      KernelHead::Map{.landmarks = all_->roots()(landmarks_, Eigen::all),
                      .centre = all_->centre(),
                      .gamma = bandwidth(*all_, rows)});
  MatrixF k = kernels_of(rows);
  // What rounding and copies among the landmarks take from the smallest eigenvalues, and more.
  const Eigen::MatrixXd own = k(chosen, Eigen::all).cast<double>();
  for (double ridge = kRidge; factor_.rows() == 0 || factor_.info() != Eigen::Success;
       ridge *= 10) {
    factor_.compute((own + own.transpose()) / 2 + ridge * Eigen::MatrixXd::Identity(m, m));
  }
  upper_ = factor_.matrixU().toDenseMatrix().cast<float>();
  solve(k);
  mean_ = (k.cast<double>().colwise().sum() / static_cast<double>(n)).cast<float>();
  k.rowwise() -= mean_;
  const double variance = k.cast<double>().squaredNorm() / static_cast<double>(n);
  // Pictures that are all the same differ by rounding alone.
  scale_ = variance > 1e-9 ? std::sqrt(static_cast<double>(all_->roots().cols()) / variance) : 1;
  rows_ = static_cast<float>(scale_) * k;
  directions_ = leading_directions(rows_);
}

MatrixF KernelInputs::kernels_of(const std::vector<Index>& rows) const {
  return kernels(all_->distances(rows, landmarks_), map_->gamma);
}

/// Uᵀ⁻¹ k of each row.
void KernelInputs::solve(MatrixF& kernels) const {
  upper_.triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(kernels);
}

MatrixF KernelInputs::rows_of(const std::vector<Index>& rows) const {
  MatrixF k = kernels_of(rows);
  solve(k);
  return static_cast<float>(scale_) * (k.rowwise() - mean_);
}

KernelHead KernelInputs::head(const LinearHead& on_rows) const {
  const Matrix weights = scale_ * on_rows.weights;
  return {map_, factor_.matrixU().solve(weights.transpose()).transpose(),
          on_rows.bias - weights * mean_.cast<double>().transpose()};
}

Matrix KernelInputs::logits(const KernelHead& head, const std::vector<Index>& rows) const {
  Matrix logits = kernels_of(rows).cast<double>() * head.weights.transpose();
  logits.rowwise() += head.bias.transpose();
  return logits;
}

}  // namespace oneormany::head
