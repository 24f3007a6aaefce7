// Scores of distances to training rows, between features scaled to length 1.

#include <algorithm>
#include <cmath>
#include <limits>

#include "head/row_products.h"
#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

struct UnitRows {
  MatrixF rows;
  explicit UnitRows(const FeatureRows& of) : rows(base::unit_rows(of.features())) {}
};

constexpr float kRounding = 1e-5F;  // of a cosine, and more

/// The k highest of some numbers, and where they are, in no order.
class Highest {
 public:
  /// Requires k > 0.
  explicit Highest(std::size_t k) : best_(k) {}

  void find(const float* numbers, Index n) {
    std::fill(best_.begin(), best_.end(), Entry{-std::numeric_limits<float>::infinity(), 0});
    for (Index i = 0; i < n; ++i) {
      // Few numbers after the first get further than this.
      if (numbers[i] <= best_.front().number) continue;
      std::pop_heap(best_.begin(), best_.end(), above);
      best_.back() = {numbers[i], i};
      std::push_heap(best_.begin(), best_.end(), above);
    }
  }

  float lowest() const { return best_.front().number; }

  template <typename Visit>
  void each(Visit visit) const {
    for (const Entry& entry : best_) visit(entry.place);
  }

 private:
  struct Entry {
    float number;
    Index place;
  };
  static bool above(const Entry& a, const Entry& b) { return a.number > b.number; }
  std::vector<Entry> best_;  // a heap, the lowest in front
};

/// The distance of each picture to the k-th nearest of the rows; to the farthest if these are
/// fewer.
struct Nearest {
  Vector distances;

  Nearest(const Block& block, const FeatureRows& rows, int k) : distances(block.features().rows()) {
    const MatrixF& all = rows.learned<UnitRows>().rows;
    const auto& own = block.features();
    // Cosines, but for the pictures' lengths.
    const MatrixF products = head::products(own, all);
    const Eigen::VectorXf squares = base::squared_lengths(own);
    Highest highest(std::min<std::size_t>(static_cast<std::size_t>(k), all.rows()));
    for (Index i = 0; i < own.rows(); ++i) {
      highest.find(products.row(i).data(), all.rows());
      // Of near rows the float cosine is 1 but for its last digits: the farthest, and what may be
      // it, are measured anew.
      const float length = std::sqrt(squares(i));
      const float near = highest.lowest() + kRounding * length;
      double farthest = 0;
      highest.each([&](Index j) {
        if (products(i, j) > near) return;
        const auto difference =
            own.row(i).cast<double>() / (length > 0 ? length : 1) - all.row(j).cast<double>();
        farthest = std::max(farthest, difference.squaredNorm());
      });
      distances(i) = std::sqrt(farthest);
    }
  }
};

class Knn : public Score {
 public:
  explicit Knn(const ScoreTraining& training)
      : rows_(training.rows), k_(neighbours_for(rows_->labels())) {}

  Vector of_block(const Block& block, const Matrix&) const override {
    return -block.seen<Nearest>(*rows_, k_).distances;
  }

 private:
  std::shared_ptr<const FeatureRows> rows_;
  int k_;
};

class NearestBackground : public Score {
 public:
  explicit NearestBackground(const ScoreTraining& training)
      : rows_(training.rows),
        background_(training.background),
        k_(neighbours_for(rows_->labels())) {}

  Vector of_block(const Block& block, const Matrix&) const override {
    // A copy of a training row is at 0; lengths of 1 in float are no more exact than this.
    constexpr double kNearest = 1e-6;
    const auto to = [&](const FeatureRows& rows) {
      return block.seen<Nearest>(rows, k_).distances.cwiseMax(kNearest).array();
    };
    return (to(*background_) / to(*rows_)).log();
  }

 private:
  std::shared_ptr<const FeatureRows> rows_, background_;
  int k_;
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
