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

/// For pictures x, a row each, and classes.
struct Whitened {
  Matrix coordinates;  ///< see Gaussians
  Matrix distances;    ///< (x − mean)ᵀ Σ⁻¹ (x − mean) of each class
};

/// The classes' means, and one covariance Σ for all: that of their rows around these, V, a row once
/// for each of its labels.
///
/// Pictures have coordinates in which Σ is I. Where V has fewer rows than features they have V Σ⁻¹
/// x in their place: then all is made of products with the rows, and nothing is d × d.
class Gaussians {
 public:
  explicit Gaussians(const FeatureRows& rows) {
    for (auto& of_class : rows_of_labels(rows.labels())) {
      pairs_ += static_cast<Index>(of_class.size());
      if (!of_class.empty()) classes_.push_back(std::move(of_class));
    }
    by_products_ = rows.few() && pairs_ < rows.dims();
    by_products_ ? learn_from_products(rows) : learn_from_features(rows);
  }

  bool by_products() const { return by_products_; }
  const std::vector<std::vector<Index>>& classes() const { return classes_; }

  Whitened of(const Block& block, const FeatureRows& rows) const {
    if (!by_products_) {
      Matrix whitened = whiten(block.around(rows));
      Matrix distances = -2 * whitened * means_.transpose();
      distances.colwise() += whitened.rowwise().squaredNorm();
      distances.rowwise() += means_.rowwise().squaredNorm().transpose();
      return {std::move(whitened), std::move(distances)};
    }
    const Eigen::MatrixXd products = block.products_with(rows).transpose();
    Eigen::MatrixXd embedded = low_rank_->embed(around_means(products));
    Eigen::MatrixXd distances = embedded_means_.transpose() * embedded - of_means(products);
    distances *= 2;
    distances.colwise() += squared_means_ - embedded_means_.colwise().squaredNorm().transpose();
    distances.rowwise() +=
        block.squared_lengths(rows).col(0).transpose() - embedded.colwise().squaredNorm();
    distances /= low_rank_->ridge();
    return {low_rank_->products(std::move(embedded)).transpose(), distances.transpose()};
  }

  /// The coordinates of each class's mean.
  const Matrix& means() const { return means_; }

  /// by_products(): V Σ⁻¹ Vᵀ, class by class.
  Eigen::MatrixXd products() const { return low_rank_->products(); }

  /// Not by_products(): the coordinates of rows, less the centre.
  Matrix whiten(const Matrix& centred) const {
    Eigen::MatrixXd columns = centred.transpose();
    factor_.matrixL().solveInPlace(columns);
    return columns.transpose();
  }

 private:
  void learn_from_products(const FeatureRows& rows) {
    const Eigen::MatrixXd& all = rows.products();
    const Eigen::MatrixXd own = around_means(around_means(all).transpose());  // VVᵀ
    const Shrinkage shrinkage = ledoit_wolf(own.diagonal(), rows.dims(), own);
    // All the weight on the target: any weight on rows of nothing is as good.
    const double weight = std::max(1 - shrinkage.share, 1e-12) / static_cast<double>(pairs_);
    low_rank_.emplace(own, rows.dims(), shrinkage.share * shrinkage.mean, weight);
    const Eigen::MatrixXd with_means = of_means(all).transpose();
    squared_means_ = of_means(with_means).diagonal();
    embedded_means_ = low_rank_->embed(around_means(with_means));
    means_ = low_rank_->products(embedded_means_).transpose();
  }

  void learn_from_features(const FeatureRows& rows) {
    Matrix centred(pairs_, rows.dims()), means(static_cast<Index>(classes_.size()), rows.dims());
    Index first = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      auto own = centred.middleRows(first, static_cast<Index>(classes_[c].size()));
      own = rows_of(rows.features(), classes_[c]).cast<double>();
      const Eigen::RowVectorXd mean = own.colwise().mean();
      own.rowwise() -= mean;
      means.row(static_cast<Index>(c)) = mean - rows.centre();
      first += own.rows();
    }
    Eigen::MatrixXd covariance = gram(centred);
    const Shrinkage shrinkage =
        ledoit_wolf(centred.rowwise().squaredNorm(), rows.dims(), covariance);
    covariance *= (1 - shrinkage.share) / static_cast<double>(pairs_);
    covariance.diagonal().array() += shrinkage.share * shrinkage.mean;
    factor_.compute(covariance);
    means_ = whiten(means);
  }

  // From products of anything with the rows around their centre, a column each,
  // to those with V
  Eigen::MatrixXd around_means(const Eigen::MatrixXd& with_rows) const {
    Eigen::MatrixXd found(pairs_, with_rows.cols());
    Index first = 0;
    for (const auto& of_class : classes_) {
      auto own = found.middleRows(first, static_cast<Index>(of_class.size()));
      own = with_rows(of_class, Eigen::all);
      own.rowwise() -= own.colwise().mean().eval();
      first += own.rows();
    }
    return found;
  }
  // and to those with the means, less the centre.
  Eigen::MatrixXd of_means(const Eigen::MatrixXd& with_rows) const {
    Eigen::MatrixXd found(static_cast<Index>(classes_.size()), with_rows.cols());
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      found.row(static_cast<Index>(c)) = with_rows(classes_[c], Eigen::all).colwise().mean();
    }
    return found;
  }

  std::vector<std::vector<Index>> classes_;  // the rows of each class that has some
  Index pairs_ = 0;                          // of a row and a label: the rows of V
  bool by_products_ = false;
  Matrix means_;

  std::optional<LowRankCovariance> low_rank_;  // by products
  Vector squared_means_;
  Eigen::MatrixXd embedded_means_;

  Eigen::LLT<Eigen::MatrixXd> factor_;  // of Σ, by features
};

struct WhitenedBlock {
  Whitened block;
  WhitenedBlock(const Block& of, const FeatureRows& rows)
      : block(rows.learned<Gaussians>().of(of, rows)) {}
};

class Mahalanobis : public Score {
 public:
  explicit Mahalanobis(const ScoreTraining& training) : rows_(training.rows) {}

  Vector of_block(const Block& block, const Matrix&) const override {
    return -block.seen<WhitenedBlock>(*rows_).block.distances.rowwise().minCoeff();
  }

 private:
  std::shared_ptr<const FeatureRows> rows_;
};

/// A class with a covariance of its own where the common one is I: (1 − ρ) VᵀV / n + ρ I, where V
/// are its n rows around their mean.
class OwnGaussian {
 public:
  /// products: VVᵀ; with_mean: V times the class's mean.
  OwnGaussian(const Eigen::MatrixXd& products, Index dims, double rows, const Vector& with_mean) {
    // The oracle approximating shrinkage (Chen et al. 2010), which unlike Ledoit & Wolf's has sense
    // from two rows on.
    const auto n = rows, d = static_cast<double>(dims);
    const double trace = products.trace() / n, squares = products.squaredNorm() / (n * n);
    const double spread = (n + 1 - 2 / d) * (squares - trace * trace / d);
    const double rho =
        spread > 0 ? std::min(1.0, ((1 - 2 / d) * squares + trace * trace) / spread) : 1;
    if (rho == 1) return;
    covariance_.emplace(products, dims, rho, (1 - rho) / n);
    embedded_mean_ = covariance_->embed(with_mean);
  }

  /// −(x − mean)ᵀ Σ⁻¹ (x − mean) − log |Σ| of pictures x, given V x, a column each, and
  /// |x − mean|².
  Vector log_density(const Eigen::MatrixXd& products, const Vector& squared_distances) const {
    if (!covariance_) return -squared_distances;
    const Eigen::MatrixXd embedded = covariance_->embed(products).colwise() - embedded_mean_;
    return (embedded.colwise().squaredNorm().transpose() - squared_distances).array() /
               covariance_->ridge() -
           covariance_->log_determinant();
  }

 private:
  std::optional<LowRankCovariance> covariance_;  // none: I
  Vector embedded_mean_;
};

class OwnGaussians {
 public:
  explicit OwnGaussians(const FeatureRows& rows) : common_(rows.learned<Gaussians>()) {
    const auto& classes = common_.classes();
    own_.resize(classes.size());
    const Matrix& means = common_.means();
    if (common_.by_products()) {
      const Eigen::MatrixXd products = common_.products();
      Index first = 0;
      for (std::size_t c = 0; c < own_.size(); ++c) {
        const auto n = static_cast<Index>(classes[c].size());
        own_[c].emplace(products.block(first, first, n, n), rows.dims(), n,
                        means.row(static_cast<Index>(c)).segment(first, n).transpose());
        first += n;
      }
      return;
    }
    rows_.resize(own_.size());
    base::parallel_for(own_.size(), [&](std::size_t c) {
      const auto mean = means.row(static_cast<Index>(c));
      const MatrixF own = rows_of(rows.features(), classes[c]);
      Matrix v = common_.whiten(own.cast<double>().rowwise() - rows.centre()).rowwise() - mean;
      if (v.rows() > v.cols()) v = square_root(v);
      own_[c].emplace(gram(v.transpose()), rows.dims(), static_cast<double>(classes[c].size()),
                      v * mean.transpose());
      rows_[c] = std::move(v);
    });
  }

  /// The density of the likeliest class.
  Vector log_density(const Whitened& block) const {
    Vector best =
        Vector::Constant(block.distances.rows(), -std::numeric_limits<double>::infinity());
    Index first = 0;
    for (std::size_t c = 0; c < own_.size(); ++c) {
      const auto n = static_cast<Index>(common_.classes()[c].size());
      Eigen::MatrixXd products;
      if (common_.by_products()) {
        products = block.coordinates.middleCols(first, n).transpose();
      } else {
        products = rows_[c] * block.coordinates.transpose();
      }
      best =
          best.cwiseMax(own_[c]->log_density(products, block.distances.col(static_cast<Index>(c))));
      first += n;
    }
    return best;
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

  const Gaussians& common_;
  std::vector<std::optional<OwnGaussian>> own_;
  std::vector<Matrix> rows_;  // of each class V, where pictures have coordinates
};

struct LogDensity {
  Vector density;
  LogDensity(const Block& block, const FeatureRows& rows)
      : density(rows.learned<OwnGaussians>().log_density(block.seen<WhitenedBlock>(rows).block)) {}
};

class MahalanobisClass : public Score {
 public:
  explicit MahalanobisClass(const ScoreTraining& training) : rows_(training.rows) {}

  Vector of_block(const Block& block, const Matrix&) const override {
    return block.seen<LogDensity>(*rows_).density;
  }

 private:
  std::shared_ptr<const FeatureRows> rows_;
};

}  // namespace

std::unique_ptr<const Score> fit_mahalanobis(const ScoreTraining& training) {
  training.rows->learned<Gaussians>();
  return std::make_unique<Mahalanobis>(training);
}

std::unique_ptr<const Score> fit_mahalanobis_class(const ScoreTraining& training) {
  training.rows->learned<OwnGaussians>();
  return std::make_unique<MahalanobisClass>(training);
}

}  // namespace oneormany::ood
