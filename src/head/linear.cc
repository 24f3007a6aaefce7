#include "head/linear.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/error.h"
#include "head/averaging.h"

namespace oneormany {
namespace {

// Eigen's matrix product first copies its larger side into blocks, which pays from about five
// columns on. Below, products with one vector after the other are three times as fast.
constexpr Index kFewColumns = 4;

/// product = a bᵀ, where b has as many rows as the model has classes.
void multiply_transposed(const Matrix& a, const Eigen::Map<const Matrix>& b, Matrix& product) {
  if (b.rows() > kFewColumns) {
    product.noalias() = a * b.transpose();
    return;
  }
  for (Index c = 0; c < b.rows(); ++c) product.col(c).noalias() = a * b.row(c).transpose();
}

/// product = aᵀ b, where a has as many columns as the model has classes.
void transposed_multiply(const Matrix& a, const Matrix& b, Eigen::Map<Matrix>& product) {
  if (a.cols() > kFewColumns) {
    product.noalias() = a.transpose() * b;
    return;
  }
  for (Index c = 0; c < a.cols(); ++c) product.row(c).noalias() = a.col(c).transpose() * b;
}

/// What L-BFGS calls, on memory that is kept from call to call.
class Objective {
 public:
  Objective(const Matrix& features, const Matrix& targets, const Loss& loss, double lambda)
      : features_(features),
        targets_(targets),
        loss_(loss),
        lambda_(lambda),
        average_(average_over(features.rows(), loss)),
        logits_(targets.rows(), targets.cols()),
        slopes_(targets.rows(), targets.cols()) {}

  static lbfgsfloatval_t call(void* self, const lbfgsfloatval_t* parameters,
                              lbfgsfloatval_t* gradient, int, lbfgsfloatval_t) {
    return static_cast<Objective*>(self)->evaluate(parameters, gradient);
  }

 private:
  double evaluate(const double* parameters, double* gradient) {
    const Index classes = targets_.cols(), dims = features_.cols();
    const Eigen::Map<const Matrix> weights(parameters, classes, dims);
    const Eigen::Map<const Eigen::RowVectorXd> bias(parameters + classes * dims, classes);
    multiply_transposed(features_, weights, logits_);
    logits_.rowwise() += bias;

    const double value = loss_.evaluate(Batch<double>{.logits = logits_.data(),
                                                      .rows = logits_.rows(),
                                                      .columns = classes,
                                                      .targets = targets_.data(),
                                                      .gradient = slopes_.data()},
                                        average_.reduction, 1);
    const double n = average_.divide_by;
    Eigen::Map<Matrix> weights_gradient(gradient, classes, dims);
    transposed_multiply(slopes_, features_, weights_gradient);
    weights_gradient = weights_gradient / n + lambda_ * weights;
    Eigen::Map<Eigen::RowVectorXd>(gradient + classes * dims, classes) =
        slopes_.colwise().sum() / n;
    return value / n + lambda_ / 2 * weights.squaredNorm();
  }

  const Matrix& features_;
  const Matrix& targets_;
  const Loss& loss_;
  const double lambda_;
  const Averaging average_;
  Matrix logits_, slopes_;  // slopes: d loss / d logits
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
  Objective objective(standardised_, targets_, loss_, lambda);
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
