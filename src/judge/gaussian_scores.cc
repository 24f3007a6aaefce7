// Scores of Gaussian classes in the space of the features.

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "judge/covariance.h"
#include "judge/score_parts.h"

namespace oneormany {
namespace {

constexpr double kFarthest = -std::numeric_limits<double>::infinity();

/// Each class's mean, and one covariance for all: in coordinates where that covariance is I.
class Whitened {
 public:
  explicit Whitened(const ScoreTraining& training) : centre_(training.features.cols()) {
    const MatrixF& features = training.features;
    centre_ = features.cast<double>().colwise().mean();
    for (auto& rows : rows_of_labels(training.labels)) {
      if (!rows.empty()) classes_.push_back(std::move(rows));
    }
    Index pairs = 0;
    for (const auto& rows : classes_) pairs += static_cast<Index>(rows.size());
    Matrix means(static_cast<Index>(classes_.size()), features.cols());
    Matrix centred(pairs, features.cols());
    Index at = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const auto count = static_cast<Index>(classes_[c].size());
      auto own = centred.middleRows(at, count);
      own = rows_of(features, classes_[c]).cast<double>();
      const Eigen::RowVectorXd mean = own.colwise().mean();
      own.rowwise() -= mean;
      means.row(static_cast<Index>(c)) = mean - centre_;
      at += count;
    }
    factor_.compute(ledoit_wolf(centred).covariance);
    means_ = solve(means);
  }

  /// Rows of features in the new coordinates.
  Matrix whiten(const MatrixF& features) const {
    return solve(features.cast<double>().rowwise() - centre_);
  }

  /// Squared distances of whitened rows to the means: rows × classes.
  Matrix squared_distances(const Matrix& whitened) const {
    Matrix distances = -2 * whitened * means_.transpose();
    distances.colwise() += whitened.rowwise().squaredNorm();
    distances.rowwise() += means_.rowwise().squaredNorm().transpose();
    return distances;
  }

  const Matrix& means() const { return means_; }
  const std::vector<std::vector<Index>>& classes() const { return classes_; }

 private:
  Matrix solve(const Matrix& rows) const {
    Eigen::MatrixXd columns = rows.transpose();
    factor_.matrixL().solveInPlace(columns);
    return columns.transpose();
  }

  Eigen::RowVectorXd centre_;
  std::vector<std::vector<Index>> classes_;  // the rows of each class that has some
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Matrix means_;
};

class Mahalanobis : public Score {
 public:
  explicit Mahalanobis(const ScoreTraining& training) : space_(training) {}

  Vector of(const MatrixF& features, const Matrix&) const override {
    Vector scores(features.rows());
    for_row_blocks(features.rows(), [&](Index first, Index count) {
      const Matrix distances =
          space_.squared_distances(space_.whiten(features.middleRows(first, count)));
      scores.segment(first, count) = -distances.rowwise().minCoeff();
    });
    return scores;
  }

 private:
  Whitened space_;
};

/// A class's own covariance, whitened: (1 − ρ) VᵀV / n + ρ I, where V are its rows around their
/// mean. Kept are the rows and a factor of their n × n products instead of d × d numbers, so that
/// all classes together take as much as the training rows. By Woodbury's identity its inverse is
/// (I − Vᵀ (cI + VVᵀ)⁻¹ V) / ρ with c = ρ n / (1 − ρ).
class OwnCovariance {
 public:
  OwnCovariance(const Matrix& own_rows, const Eigen::RowVectorXd& mean) {
    Matrix rows = own_rows.rowwise() - mean;
    const auto n = static_cast<double>(rows.rows()), d = static_cast<double>(rows.cols());
    const Eigen::MatrixXd products = fewer_products(rows);
    const double trace = products.trace() / n, squares = products.squaredNorm() / (n * n);
    // The oracle approximating shrinkage (Chen et al. 2010), which unlike Ledoit & Wolf's has sense
    // from two rows on.
    const double spread = (n + 1 - 2 / d) * (squares - trace * trace / d);
    rho_ = spread > 0 ? std::min(1.0, ((1 - 2 / d) * squares + trace * trace) / spread) : 1;
    log_determinant_ = d * std::log(rho_);
    if (rho_ == 1) return;
    const double c = rho_ * n / (1 - rho_);
    Eigen::MatrixXd inner = products;
    inner.diagonal().array() += c;
    factor_.compute(inner);
    const auto m = static_cast<double>(rows.rows());
    log_determinant_ += 2 * factor_.matrixLLT().diagonal().array().log().sum() - m * std::log(c);
    rows_ = std::move(rows);
    at_mean_ = rows_ * mean.transpose();
  }

  /// −(x − mean)ᵀ Σ⁻¹ (x − mean) − log |Σ| of whitened rows x, given |x − mean|².
  Vector log_density(const Matrix& whitened, const Vector& squared_distances) const {
    Vector inside = Vector::Zero(whitened.rows());
    if (rows_.rows() > 0) {
      Eigen::MatrixXd along = rows_ * whitened.transpose();
      along.colwise() -= at_mean_;
      factor_.matrixL().solveInPlace(along);
      inside = along.colwise().squaredNorm().transpose();
    }
    return (inside - squared_distances).array() / rho_ - log_determinant_;
  }

 private:
  /// VVᵀ; where V has more rows than columns, V becomes d rows with the same VᵀV.
  static Eigen::MatrixXd fewer_products(Matrix& rows) {
    if (rows.rows() > rows.cols()) {
      Eigen::MatrixXd square = gram(rows);
      // A trace of ridge, for a feature that never changes.
      square.diagonal().array() += 1e-12 * square.trace() / static_cast<double>(rows.cols()) +
                                   std::numeric_limits<double>::min();
      rows = Eigen::LLT<Eigen::MatrixXd>(square).matrixU();
    }
    return gram(rows.transpose());
  }

  double rho_ = 1, log_determinant_ = 0;
  Matrix rows_;
  Vector at_mean_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

class MahalanobisClass : public Score {
 public:
  explicit MahalanobisClass(const ScoreTraining& training) : space_(training) {
    const auto& classes = space_.classes();
    own_.resize(classes.size());
    parallel_for(classes.size(), [&](std::size_t c) {
      own_[c] =
          std::make_unique<OwnCovariance>(space_.whiten(rows_of(training.features, classes[c])),
                                          space_.means().row(static_cast<Index>(c)));
    });
  }

  Vector of(const MatrixF& features, const Matrix&) const override {
    Vector scores = Vector::Constant(features.rows(), kFarthest);
    for_row_blocks(features.rows(), [&](Index first, Index count) {
      const Matrix whitened = space_.whiten(features.middleRows(first, count));
      const Matrix distances = space_.squared_distances(whitened);
      auto best = scores.segment(first, count);
      for (std::size_t c = 0; c < own_.size(); ++c) {
        best = best.cwiseMax(own_[c]->log_density(whitened, distances.col(static_cast<Index>(c))));
      }
    });
    return scores;
  }

 private:
  Whitened space_;
  std::vector<std::unique_ptr<const OwnCovariance>> own_;
};

}  // namespace

std::unique_ptr<const Score> fit_mahalanobis(const ScoreTraining& training) {
  return std::make_unique<Mahalanobis>(training);
}

std::unique_ptr<const Score> fit_mahalanobis_class(const ScoreTraining& training) {
  return std::make_unique<MahalanobisClass>(training);
}

}  // namespace oneormany
