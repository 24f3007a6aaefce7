// Scores of what the head makes of the features: ViM and ReAct, and the map from one to the other.

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "ood/covariance.h"
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

/// An orthonormal basis (d × D) of the directions in which the rows are longest; D is half of what
/// there can be.
Eigen::MatrixXd principal_space(const Matrix& rows) {
  const Index n = rows.rows(), d = rows.cols(), wanted = std::max<Index>(1, std::min(n, d) / 2);
  // Of fewer rows than features the n × n products tell the same.
  const bool few = n < d;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(few ? gram(rows.transpose())
                                                                 : gram(rows));
  Eigen::MatrixXd basis = eigen.eigenvectors().rightCols(wanted);
  if (!few) return basis;
  const Vector values = eigen.eigenvalues().tail(wanted);
  const double least = 1e-12 * values.maxCoeff();
  const Vector inverse_lengths =
      (values.array() > least).select(values.array().max(least).rsqrt(), 0.0);
  return rows.transpose() * basis * inverse_lengths.asDiagonal();
}

class Vim : public Score {
 public:
  explicit Vim(const ScoreTraining& training)
      : activation_(training.activation), none_class_(training.none_class) {
    const auto* linear = training.head ? std::get_if<head::LinearHead>(training.head) : nullptr;
    origin_ = origin_of(linear ? *linear : linear_map(training.features, training.logits));
    basis_ = principal_space(training.features.cast<double>().rowwise() - origin_);
    const double residual = residuals(training.features).sum();
    const double top = logit_score(ScoreKind::kMaxLogit, training.logits, activation_, none_class_)
                           .cwiseAbs()
                           .sum();
    alpha_ = residual > 0 ? top / residual : 0;
  }

  Vector of(const MatrixF& features, const Matrix& logits) const override {
    return logit_score(ScoreKind::kEnergy, logits, activation_, none_class_) -
           alpha_ * residuals(features);
  }

 private:
  /// How far each row is from the principal space.
  Vector residuals(const MatrixF& features) const {
    Vector lengths(features.rows());
    for_row_blocks(features.rows(), [&](Index first, Index count) {
      Matrix rows = features.middleRows(first, count).cast<double>().rowwise() - origin_;
      const Matrix inside = rows * basis_;
      rows.noalias() -= inside * basis_.transpose();
      lengths.segment(first, count) = rows.rowwise().norm();
    });
    return lengths;
  }

  loss::Activation activation_;
  bool none_class_;
  Eigen::RowVectorXd origin_;
  Eigen::MatrixXd basis_;
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

class React : public Score {
 public:
  explicit React(const ScoreTraining& training)
      : activation_(training.activation),
        none_class_(training.none_class),
        limit_(quantile(training.features, 0.9)),
        head_(training.head ? *training.head : linear_map(training.features, training.logits)) {}

  Vector of(const MatrixF& features, const Matrix&) const override {
    const MatrixF clipped = features.cwiseMin(limit_);
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

head::LinearHead linear_map(const MatrixF& features, const Matrix& logits) {
  Matrix x = features.cast<double>();
  const Eigen::RowVectorXd mean = x.colwise().mean(), level = logits.colwise().mean();
  x.rowwise() -= mean;
  const Matrix y = logits.rowwise() - level;
  const bool few = x.rows() < x.cols();
  Eigen::MatrixXd products = few ? gram(x.transpose()) : gram(x);
  products.diagonal().array() += 1e-9 * products.trace() / static_cast<double>(products.rows()) +
                                 std::numeric_limits<double>::min();
  const Eigen::LLT<Eigen::MatrixXd> factor(products);
  head::LinearHead head;
  if (few) {
    head.weights = factor.solve(y).transpose() * x;
  } else {
    head.weights = factor.solve(x.transpose() * y).transpose();
  }
  head.bias = (level - mean * head.weights.transpose()).transpose();
  return head;
}

std::unique_ptr<const Score> fit_vim(const ScoreTraining& training) {
  return std::make_unique<Vim>(training);
}

std::unique_ptr<const Score> fit_react(const ScoreTraining& training) {
  return std::make_unique<React>(training);
}

}  // namespace oneormany::ood
