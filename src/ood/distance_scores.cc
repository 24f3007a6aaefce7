// Scores of distances to training rows, between features scaled to length 1.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

class NearestRows {
 public:
  /// Requires rows. k is at most their number.
  NearestRows(const MatrixF& rows, int k)
      : rows_(base::unit_rows(rows)), k_(std::min<std::size_t>(k, rows.rows())) {}

  /// The distance of each row of `queries` to its k-th nearest.
  Vector distances(const MatrixF& queries) const {
    Vector found(queries.rows());
    for_row_blocks(queries.rows(), [&](Index first, Index count) {
      const MatrixF block = base::unit_rows(queries.middleRows(first, count));
      const MatrixF cosines = block * rows_.transpose();
      std::vector<Index> order(static_cast<std::size_t>(rows_.rows()));
      for (Index i = 0; i < count; ++i) {
        const float* cosine = cosines.row(i).data();
        std::iota(order.begin(), order.end(), Index{0});
        std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k_ - 1),
                         order.end(), [&](Index a, Index b) { return cosine[a] > cosine[b]; });
        // Of near rows the float cosine is 1 but for its last digits: measure these few anew.
        double farthest = 0;
        for (std::size_t j = 0; j < k_; ++j) {
          const auto difference = block.row(i).cast<double>() - rows_.row(order[j]).cast<double>();
          farthest = std::max(farthest, difference.squaredNorm());
        }
        found(first + i) = std::sqrt(farthest);
      }
    });
    return found;
  }

 private:
  MatrixF rows_;
  std::size_t k_;
};

class Knn : public Score {
 public:
  explicit Knn(const ScoreTraining& training)
      : classes_(training.features, neighbours_for(training.labels)) {}

  Vector of(const MatrixF& features, const Matrix&) const override {
    return -classes_.distances(features);
  }

 private:
  NearestRows classes_;
};

class NearestBackground : public Score {
 public:
  explicit NearestBackground(const ScoreTraining& training)
      : classes_(training.features, neighbours_for(training.labels)),
        background_(training.background, neighbours_for(training.labels)) {}

  Vector of(const MatrixF& features, const Matrix&) const override {
    // A copy of a training row is at 0; lengths of 1 in float are no more exact than this.
    constexpr double kNearest = 1e-6;
    const Vector near = classes_.distances(features).cwiseMax(kNearest);
    return (background_.distances(features).cwiseMax(kNearest).array() / near.array()).log();
  }

 private:
  NearestRows classes_, background_;
};

}  // namespace

int neighbours_for(const std::vector<std::vector<int>>& labels) {
  std::vector<std::size_t> counts;
  for (const auto& rows : rows_of_labels(labels)) {
    if (!rows.empty()) counts.push_back(rows.size());
  }
  if (counts.empty()) return 1;
  const auto median = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), median, counts.end());
  return static_cast<int>(std::clamp<std::size_t>(*median / 2, 1, 10));
}

std::unique_ptr<const Score> fit_knn(const ScoreTraining& training) {
  return std::make_unique<Knn>(training);
}

std::unique_ptr<const Score> fit_background(const ScoreTraining& training) {
  return std::make_unique<NearestBackground>(training);
}

}  // namespace oneormany::ood
