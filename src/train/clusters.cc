#include "train/clusters.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "head/random.h"

namespace oneormany::train {
namespace {

constexpr int kSteps = 30;  // it settles long before, or hardly moves any more

/// k-means++: each next centre is a row, the likelier the farther it is from those taken.
MatrixF first_centres(const MatrixF& rows, Index count, std::uint64_t seed) {
  head::Random random(seed);
  MatrixF centres(count, rows.cols());
  Index taken = static_cast<Index>(random.uniform() * static_cast<double>(rows.rows()));
  Vector distance = Vector::Constant(rows.rows(), 4.0);  // squared; no two unit rows are farther
  for (Index k = 0; k < count; ++k) {
    centres.row(k) = rows.row(taken);
    const Vector to_new =
        (2.0 - 2.0 * (rows * centres.row(k).transpose()).cast<double>().array()).max(0.0);
    distance = distance.cwiseMin(to_new);
    const double target = random.uniform() * distance.sum();
    double sum = 0;
    for (taken = 0; taken + 1 < rows.rows(); ++taken) {
      sum += distance(taken);
      if (sum > target) break;
    }
  }
  return centres;
}

}  // namespace

std::vector<int> cluster_background(const MatrixF& features, int most, std::uint64_t seed) {
  const Index n = features.rows();
  std::vector<int> cluster(static_cast<std::size_t>(n));
  if (n == 0) return cluster;
  const MatrixF rows = base::unit_rows(features);
  MatrixF centres = first_centres(rows, std::min<Index>(most, n), seed);
  for (int step = 0; step < kSteps; ++step) {
    const MatrixF cosines = rows * centres.transpose();
    bool moved = step == 0;
    for (Index i = 0; i < n; ++i) {
      Index best = 0;
      cosines.row(i).maxCoeff(&best);
      int& own = cluster[static_cast<std::size_t>(i)];
      moved = moved || own != static_cast<int>(best);
      own = static_cast<int>(best);
    }
    if (!moved) break;
    MatrixF sums = MatrixF::Zero(centres.rows(), centres.cols());
    for (Index i = 0; i < n; ++i) sums.row(cluster[static_cast<std::size_t>(i)]) += rows.row(i);
    for (Index k = 0; k < centres.rows(); ++k) {
      if (sums.row(k).squaredNorm() > 0) centres.row(k) = sums.row(k).normalized();
    }
  }
  // Clusters that lost all their rows leave no gap in the numbers.
  std::map<int, int> number;
  for (const int own : cluster) number.emplace(own, 0);
  int next = 0;
  for (auto& [own, to] : number) to = next++;
  for (int& own : cluster) own = number[own];
  return cluster;
}

std::vector<int> assign_folds(const std::vector<int>& cluster_of_row, int folds) {
  const int clusters = cluster_of_row.empty()
                           ? 0
                           : *std::max_element(cluster_of_row.begin(), cluster_of_row.end()) + 1;
  std::vector<std::size_t> size(static_cast<std::size_t>(clusters));
  for (const int cluster : cluster_of_row) ++size[static_cast<std::size_t>(cluster)];
  std::vector<std::size_t> order(size.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return size[a] > size[b]; });
  std::vector<std::size_t> rows_of_fold(static_cast<std::size_t>(folds));
  std::vector<int> fold_of_cluster(size.size());
  for (const std::size_t cluster : order) {
    const auto emptiest = std::min_element(rows_of_fold.begin(), rows_of_fold.end());
    fold_of_cluster[cluster] = static_cast<int>(emptiest - rows_of_fold.begin());
    *emptiest += size[cluster];
  }
  std::vector<int> fold;
  for (const int cluster : cluster_of_row)
    fold.push_back(fold_of_cluster[static_cast<std::size_t>(cluster)]);
  return fold;
}

}  // namespace oneormany::train
