// Scores of Gaussian classes in the space of the features.

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <optional>

#include "base/parallel.h"
#include "ood/covariance.h"
#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

Matrix squared_distances(const Matrix& from, const Matrix& to) {
  Matrix distances = -2 * from * to.transpose();
  distances.colwise() += from.rowwise().squaredNorm();
  distances.rowwise() += to.rowwise().squaredNorm().transpose();
  return distances;
}

/// The classes' means and their rows around these, once for each label of a row.
struct ClassRows {
  std::vector<std::vector<Index>> classes;  ///< the rows of each class that has some
  Eigen::RowVectorXd centre;                ///< of all rows; means are taken from here
  Matrix means, centred;

  explicit ClassRows(const ScoreTraining& training) {
    Index pairs = 0;
    for (auto& rows : rows_of_labels(training.labels)) {
      pairs += static_cast<Index>(rows.size());
      if (!rows.empty()) classes.push_back(std::move(rows));
    }
    const MatrixF& features = training.features;
    centre = features.cast<double>().colwise().mean();
    means.resize(static_cast<Index>(classes.size()), features.cols());
    centred.resize(pairs, features.cols());
    Index at = 0;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const auto count = static_cast<Index>(classes[c].size());
      auto own = centred.middleRows(at, count);
      own = rows_of(features, classes[c]).cast<double>();
      const Eigen::RowVectorXd mean = own.colwise().mean();
      own.rowwise() -= mean;
      means.row(static_cast<Index>(c)) = mean - centre;
      at += count;
    }
  }
};

/// Coordinates in which the classes' common covariance is I.
class Whitening {
 public:
  explicit Whitening(const Matrix& centred) {
    Eigen::MatrixXd covariance = gram(centred);
    const Shrinkage shrinkage = ledoit_wolf(centred, covariance);
    covariance *= (1 - shrinkage.share) / static_cast<double>(centred.rows());
    covariance.diagonal().array() += shrinkage.share * shrinkage.mean;
    factor_.compute(covariance);
  }

  Matrix of(const Matrix& rows) const {
    Eigen::MatrixXd columns = rows.transpose();
    factor_.matrixL().solveInPlace(columns);
    return columns.transpose();
  }

 private:
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

class Mahalanobis : public Score {
 public:
  explicit Mahalanobis(const ScoreTraining& training) {
    ClassRows rows(training);
    centre_ = rows.centre;
    if (rows.centred.rows() < rows.centred.cols()) {
      const Eigen::MatrixXd products = gram(rows.centred.transpose());
      const Shrinkage shrinkage = ledoit_wolf(rows.centred, products);
      const auto n = static_cast<double>(rows.centred.rows());
      // All the weight on the target: any weight on rows of nothing is as good.
      const double weight = std::max(1 - shrinkage.share, 1e-12) / n;
      low_rank_.emplace(std::move(rows.centred), products, shrinkage.share * shrinkage.mean,
                        weight);
      means_ = rows.means;
      embedded_means_ = low_rank_->embed(means_);
    } else {
      whitening_.emplace(rows.centred);
      means_ = whitening_->of(rows.means);
    }
  }

  Vector of(const MatrixF& features, const Matrix&) const override {
    Vector scores(features.rows());
    for_row_blocks(features.rows(), [&](Index first, Index count) {
      const Matrix rows = features.middleRows(first, count).cast<double>().rowwise() - centre_;
      scores.segment(first, count) = -distances(rows).rowwise().minCoeff();
    });
    return scores;
  }

 private:
  Matrix distances(const Matrix& rows) const {
    if (whitening_) return squared_distances(whitening_->of(rows), means_);
    return (squared_distances(rows, means_) -
            squared_distances(low_rank_->embed(rows), embedded_means_)) /
           low_rank_->ridge();
  }

  Eigen::RowVectorXd centre_;
  std::optional<Whitening> whitening_;         // one of these
  std::optional<LowRankCovariance> low_rank_;  // where rows are fewer than features
  Matrix means_, embedded_means_;
};

/// A class with a covariance of its own, in whitened coordinates: (1 − ρ) VᵀV / n + ρ I, where V
/// are its rows around their mean. All classes together take as much memory as the training rows.
class OwnGaussian {
 public:
  OwnGaussian(Matrix rows, const Eigen::RowVectorXd& mean) {
    rows.rowwise() -= mean;
    const auto n = static_cast<double>(rows.rows()), d = static_cast<double>(rows.cols());
    if (rows.rows() > rows.cols()) rows = square_root(rows);
    const Eigen::MatrixXd products = gram(rows.transpose());
    // The oracle approximating shrinkage (Chen et al. 2010), which unlike Ledoit & Wolf's has sense
    // from two rows on.
    const double trace = products.trace() / n, squares = products.squaredNorm() / (n * n);
    const double spread = (n + 1 - 2 / d) * (squares - trace * trace / d);
    const double rho =
        spread > 0 ? std::min(1.0, ((1 - 2 / d) * squares + trace * trace) / spread) : 1;
    if (rho == 1) return;
    covariance_.emplace(std::move(rows), products, rho, (1 - rho) / n);
    embedded_mean_ = covariance_->embed(mean);
  }

  /// −(x − mean)ᵀ Σ⁻¹ (x − mean) − log |Σ| of whitened rows x, given |x − mean|².
  Vector log_density(const Matrix& whitened, const Vector& squared_distances) const {
    if (!covariance_) return -squared_distances;
    const Matrix embedded = covariance_->embed(whitened).rowwise() - embedded_mean_;
    return (embedded.rowwise().squaredNorm() - squared_distances).array() / covariance_->ridge() -
           covariance_->log_determinant();
  }

 private:
  /// d rows with the same VᵀV.
  static Matrix square_root(const Matrix& rows) {
    Eigen::MatrixXd products = gram(rows);
    // A trace of ridge, for a feature that never changes.
    products.diagonal().array() += 1e-12 * products.trace() / static_cast<double>(rows.cols()) +
                                   std::numeric_limits<double>::min();
    return Eigen::LLT<Eigen::MatrixXd>(products).matrixU();
  }

  std::optional<LowRankCovariance> covariance_;  // none: I
  Eigen::RowVectorXd embedded_mean_;
};

class MahalanobisClass : public Score {
 public:
  explicit MahalanobisClass(const ScoreTraining& training)
      : MahalanobisClass(training, ClassRows(training)) {}

  Vector of(const MatrixF& features, const Matrix&) const override {
    Vector scores = Vector::Constant(features.rows(), -std::numeric_limits<double>::infinity());
    for_row_blocks(features.rows(), [&](Index first, Index count) {
      const Matrix rows =
          whitening_.of(features.middleRows(first, count).cast<double>().rowwise() - centre_);
      const Matrix distances = squared_distances(rows, means_);
      auto best = scores.segment(first, count);
      for (std::size_t c = 0; c < own_.size(); ++c) {
        best = best.cwiseMax(own_[c]->log_density(rows, distances.col(static_cast<Index>(c))));
      }
    });
    return scores;
  }

 private:
  MahalanobisClass(const ScoreTraining& training, const ClassRows& rows)
      : centre_(rows.centre), whitening_(rows.centred), means_(whitening_.of(rows.means)) {
    own_.resize(rows.classes.size());
    base::parallel_for(own_.size(), [&](std::size_t c) {
      const MatrixF own = rows_of(training.features, rows.classes[c]);
      own_[c] = std::make_unique<OwnGaussian>(whitening_.of(own.cast<double>().rowwise() - centre_),
                                              means_.row(static_cast<Index>(c)));
    });
  }

  Eigen::RowVectorXd centre_;
  Whitening whitening_;
  Matrix means_;  // whitened
  std::vector<std::unique_ptr<const OwnGaussian>> own_;
};

}  // namespace

std::unique_ptr<const Score> fit_mahalanobis(const ScoreTraining& training) {
  return std::make_unique<Mahalanobis>(training);
}

std::unique_ptr<const Score> fit_mahalanobis_class(const ScoreTraining& training) {
  return std::make_unique<MahalanobisClass>(training);
}

}  // namespace oneormany::ood
