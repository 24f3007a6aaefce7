#include "head/linear.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/error.h"

namespace oneormany {
namespace {

// Eigen's matrix product first copies its larger side into blocks, which pays from about five
// columns on. Below, products with one vector after the other are three times as fast.
constexpr Index kFewColumns = 4;

/// a bᵀ, where b has as many rows as the model has classes.
Matrix times_transposed(const Matrix& a, const Eigen::Map<const Matrix>& b) {
  if (b.rows() > kFewColumns) return a * b.transpose();
  Matrix product(a.rows(), b.rows());
  for (Index c = 0; c < b.rows(); ++c) product.col(c).noalias() = a * b.row(c).transpose();
  return product;
}

/// aᵀ b, where a has as many columns as the model has classes.
Matrix transposed_times(const Matrix& a, const Matrix& b) {
  if (a.cols() > kFewColumns) return a.transpose() * b;
  Matrix product(a.cols(), b.cols());
  for (Index c = 0; c < a.cols(); ++c) product.row(c).noalias() = a.col(c).transpose() * b;
  return product;
}

struct Objective {
  const Matrix& features;
  const Matrix& targets;
  const Loss& loss;
  double lambda;

  double evaluate(const double* parameters, double* gradient) const {
    const Index classes = targets.cols(), dims = features.cols();
    const Eigen::Map<const Matrix> weights(parameters, classes, dims);
    const Eigen::Map<const Eigen::RowVectorXd> bias(parameters + classes * dims, classes);
    Matrix logits = times_transposed(features, weights);
    logits.rowwise() += bias;

    const auto result = oneormany::evaluate(loss, logits, targets, Reduction::kSum);
    const auto n = static_cast<double>(features.rows());
    Eigen::Map<Matrix>(gradient, classes, dims) =
        transposed_times(result.gradient, features) / n + lambda * weights;
    Eigen::Map<Eigen::RowVectorXd>(gradient + classes * dims, classes) =
        result.gradient.colwise().sum() / n;
    return result.value / n + lambda / 2 * weights.squaredNorm();
  }

  static lbfgsfloatval_t call(void* self, const lbfgsfloatval_t* parameters,
                              lbfgsfloatval_t* gradient, int, lbfgsfloatval_t) {
    return static_cast<const Objective*>(self)->evaluate(parameters, gradient);
  }
};

}  // namespace

Matrix LinearHead::logits(const MatrixF& features) const {
  Matrix logits = features.cast<double>() * weights.transpose();
  logits.rowwise() += bias.transpose();
  return logits;
}

LinearFit::LinearFit(const MatrixF& features, const Matrix& targets, const Loss& loss)
    : loss_(loss), targets_(targets), standardised_(features.cast<double>()) {
  mean_ = standardised_.colwise().mean();
  if (!mean_.allFinite()) throw Error("the features hold values that are not numbers");
  standardised_.rowwise() -= mean_;
  scale_ =
      (standardised_.colwise().squaredNorm() / static_cast<double>(features.rows())).cwiseSqrt();
  // A feature that is the same everywhere says nothing, and must not divide by zero.
  scale_ = (scale_.array() > 1e-12).select(scale_, 1.0);
  standardised_.array().rowwise() /= scale_.array();
  parameters_.assign(static_cast<std::size_t>(targets.cols() * (features.cols() + 1)), 0.0);
}

LinearHead LinearFit::fit(double lambda, double tolerance) {
  Objective objective{standardised_, targets_, loss_, lambda};
  lbfgs_parameter_t options;
  lbfgs_parameter_init(&options);
  options.m = 12;
  options.epsilon = tolerance;
  options.max_iterations = 1000;

  // liblbfgs wants memory of its own alignment and padding.
  const auto n = static_cast<int>(parameters_.size());
  const std::unique_ptr<lbfgsfloatval_t, decltype(&lbfgs_free)> x(lbfgs_malloc(n), &lbfgs_free);
  std::copy(parameters_.begin(), parameters_.end(), x.get());
  const int status = lbfgs(n, x.get(), nullptr, &Objective::call, nullptr, &objective, &options);
  // Ending early (no further step is possible at double precision, or the limit of steps is
  // reached) leaves the best parameters so far, which are as good as the optimum.
  if (status < 0 && !std::all_of(x.get(), x.get() + n, [](double v) { return std::isfinite(v); })) {
    throw Error("the head could not be fitted (L-BFGS ended with " + std::to_string(status) + ")");
  }
  std::copy(x.get(), x.get() + n, parameters_.begin());

  const Index classes = targets_.cols(), dims = standardised_.cols();
  LinearHead head;
  head.weights = Eigen::Map<const Matrix>(parameters_.data(), classes, dims);
  head.weights.array().rowwise() /= scale_.array();
  head.bias = Eigen::Map<const Vector>(parameters_.data() + classes * dims, classes) -
              head.weights * mean_.transpose();
  return head;
}

}  // namespace oneormany
