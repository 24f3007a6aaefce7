// Scores of what the head makes of the features: ViM and ReAct, and the map from one to the other.

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ood/covariance.h"
#include "ood/rank_one.h"
#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

/// The point nearest to 0 at which all logits are 0: −W⁺ b.
Eigen::RowVectorXd origin_of(const head::LinearHead& head) {
  // W⁺ = Wᵀ (WWᵀ)⁺; the logits of softmax sum to 0, so WWᵀ is often singular.
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(gram(head.weights.transpose()));
  const Vector& values = eigen.eigenvalues();
  const double least = 1e-12 * values.maxCoeff();
  const Vector inverse = (values.array() > least).select(values.array().max(least).inverse(), 0.0);
  const Eigen::MatrixXd& vectors = eigen.eigenvectors();
  const Vector solved = vectors * inverse.asDiagonal() * (vectors.transpose() * head.bias).eval();
  return -(head.weights.transpose() * solved).transpose();
}

/// The eigenvectors of ZᵀZ of the rows around their mean, Z, with eigenvalues above 0.
struct Axes {
  Vector values;  ///< rising
  /// To a picture's coordinates on them, from its products with Z or, of more rows than features,
  /// from itself less the mean.
  Eigen::MatrixXd map;

  explicit Axes(const FeatureRows& rows) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(rows.products());
    const Vector& all = eigen.eigenvalues();
    const Index count = (all.array() > 1e-12 * all.maxCoeff()).count();
    values = all.tail(count);
    map = eigen.eigenvectors().rightCols(count);
    if (rows.few()) map *= values.cwiseSqrt().cwiseInverse().asDiagonal();
  }
};

/// The principal space around the origin o is that of ZᵀZ + n v vᵀ, v the mean less o: of the axes
/// and of what of v is across them, the eigenvectors of a diagonal matrix and a rank-one one.
class Vim : public Score {
 public:
  explicit Vim(const ScoreTraining& training)
      : activation_(training.activation), none_class_(training.none_class), rows_(training.rows) {
    const auto* linear = training.head ? std::get_if<head::LinearHead>(training.head) : nullptr;
    const Axes& axes = rows_->learned<Axes>();
    const bool few = rows_->few();
    mean_ = (rows_->centre() - origin_of(linear ? *linear : linear_map(*rows_, training.logits)))
                .transpose();
    Vector on_axes(axes.values.size()), within;
    if (few) {
      on_axes = axes.map.transpose() * (rows_->centred() * mean_);
      within = rows_->centred().transpose() * (axes.map * on_axes);
    } else {
      on_axes = axes.map.transpose() * mean_;
      within = axes.map * on_axes;
    }
    across_ = mean_ - within;
    double length = across_.norm();
    if (length <= 1e-12 * mean_.norm()) length = 0;  // it is on the axes
    across_ = length > 0 ? Vector(across_ / length) : Vector(Vector::Zero(mean_.size()));

    const Index all = axes.values.size() + 1;
    Vector values(all), z(all);
    values << 0, axes.values;
    z << length, on_axes;
    const Index n = rows_->count();
    const Index wanted = std::max<Index>(1, std::min(n, rows_->dims()) / 2);
    const Eigen::MatrixXd top =
        top_eigenvectors(values, std::sqrt(static_cast<double>(n)) * z, std::min(wanted, all));
    map_ = axes.map * top.bottomRows(all - 1);
    across_map_ = top.row(0);
    mean_map_ = z.transpose() * top;

    const double residual = residuals_of_training();
    const double top_logits =
        logit_score(ScoreKind::kMaxLogit, training.logits, activation_, none_class_)
            .cwiseAbs()
            .sum();
    alpha_ = residual > 0 ? top_logits / residual : 0;
  }

  Vector of_block(const Block& block, const Matrix& logits) const override {
    return logit_score(ScoreKind::kEnergy, logits, activation_, none_class_) -
           alpha_ * residuals(block);
  }

 private:
  /// How far each picture is from the principal space.
  Vector residuals(const Block& block) const {
    return residuals(rows_->few() ? block.products_with(*rows_) : block.around(*rows_),
                     block.around(*rows_), block.squared_lengths(*rows_));
  }

  /// coordinates: what Axes::map takes; rows: less the mean, with their squared lengths.
  template <typename Coordinates>
  Vector residuals(const Coordinates& coordinates, const Matrix& rows,
                   const Vector& lengths) const {
    Matrix inside = coordinates * map_;
    inside.noalias() += (rows * across_) * across_map_;
    inside.rowwise() += mean_map_;
    const Vector all =
        lengths + 2 * (rows * mean_) + Vector::Constant(rows.rows(), mean_.squaredNorm());
    return (all - inside.rowwise().squaredNorm()).cwiseMax(0).cwiseSqrt();
  }

  double residuals_of_training() const {
    if (rows_->few()) {  // their products are known
      return residuals(rows_->products(), rows_->centred(), rows_->products().diagonal()).sum();
    }
    Vector found(rows_->count());
    for_row_blocks(found.size(), [&](Index first, Index count) {
      found.segment(first, count) = residuals(Block(rows_->features().middleRows(first, count)));
    });
    return found.sum();
  }

  loss::Activation activation_;
  bool none_class_;
  std::shared_ptr<const FeatureRows> rows_;
  Vector mean_, across_;  // v, and the direction of what of it is across the axes
  Eigen::MatrixXd map_;   // from coordinates to the principal space
  Eigen::RowVectorXd across_map_, mean_map_;  // and of one step across, and of v
  double alpha_ = 0;
};

/// As numpy.quantile: between two values, linearly.
float quantile(const MatrixF& values, double share) {
  std::vector<float> all(values.data(), values.data() + values.size());
  const double place = share * static_cast<double>(all.size() - 1);
  const auto below = all.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(all.begin(), below, all.end());
  if (below + 1 == all.end()) return *below;
  const float next = *std::min_element(below + 1, all.end());
  return *below + static_cast<float>(place - std::floor(place)) * (next - *below);
}

struct Limit {
  float limit;
  explicit Limit(const FeatureRows& rows) : limit(quantile(rows.features(), 0.9)) {}
};

class React : public Score {
 public:
  explicit React(const ScoreTraining& training)
      : activation_(training.activation),
        none_class_(training.none_class),
        limit_(training.rows->learned<Limit>().limit),
        head_(training.head ? *training.head : linear_map(*training.rows, training.logits)) {}

  Vector of_block(const Block& block, const Matrix&) const override {
    const MatrixF clipped = block.features().cwiseMin(limit_);
    return logit_score(ScoreKind::kEnergy, head::logits_of(head_, clipped), activation_,
                       none_class_);
  }

 private:
  loss::Activation activation_;
  bool none_class_;
  float limit_;
  head::Head head_;
};

}  // namespace

head::LinearHead linear_map(const FeatureRows& rows, const Matrix& logits) {
  const Eigen::RowVectorXd level = logits.colwise().mean();
  const Matrix y = logits.rowwise() - level;
  Eigen::MatrixXd products = rows.products();
  products.diagonal().array() += 1e-9 * products.trace() / static_cast<double>(products.rows()) +
                                 std::numeric_limits<double>::min();
  const Eigen::LLT<Eigen::MatrixXd> factor(products);
  head::LinearHead head;
  if (rows.few()) {
    head.weights = factor.solve(y).transpose() * rows.centred();
  } else {
    const Matrix x = rows.features().cast<double>().rowwise() - rows.centre();
    head.weights = factor.solve(x.transpose() * y).transpose();
  }
  head.bias = (level - rows.centre() * head.weights.transpose()).transpose();
  return head;
}

std::unique_ptr<const Score> fit_vim(const ScoreTraining& training) {
  return std::make_unique<Vim>(training);
}

std::unique_ptr<const Score> fit_react(const ScoreTraining& training) {
  return std::make_unique<React>(training);
}

}  // namespace oneormany::ood
