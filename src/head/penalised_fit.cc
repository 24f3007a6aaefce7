#include "head/penalised_fit.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/error.h"
#include "head/averaging.h"
#include "head/linear.h"

namespace oneormany::head {
namespace {

// Eigen's matrix product first copies its larger side into blocks, which pays from about five
// columns on. Below, products with one vector after the other are three times as fast, on so few
// rows at once that they are read from memory for the first of the columns only.
constexpr Index kFewColumns = 4;
constexpr Index kRowsAtOnce = 16;

template <typename Use>
void for_few_rows(Index rows, const Use& use) {
  for (Index first = 0; first < rows; first += kRowsAtOnce) {
    use(first, std::min(kRowsAtOnce, rows - first));
  }
}

/// product = a bᵀ, where b has as many rows as the model has classes.
void multiply_transposed(const Matrix& a, const Matrix& b, Matrix& product) {
  if (b.rows() > kFewColumns) {
    product.noalias() = a * b.transpose();
    return;
  }
  for_few_rows(a.rows(), [&](Index first, Index count) {
    for (Index c = 0; c < b.rows(); ++c) {
      product.col(c).segment(first, count).noalias() =
          a.middleRows(first, count) * b.row(c).transpose();
    }
  });
}

/// product = aᵀ b, where a has as many columns as the model has classes.
void transposed_multiply(const Matrix& a, const Matrix& b, Matrix& product) {
  if (a.cols() > kFewColumns) {
    product.noalias() = a.transpose() * b;
    return;
  }
  product.setZero(a.cols(), b.cols());
  for_few_rows(a.rows(), [&](Index first, Index count) {
    for (Index c = 0; c < a.cols(); ++c) {
      product.row(c).noalias() +=
          a.col(c).segment(first, count).transpose() * b.middleRows(first, count);
    }
  });
}

/// What L-BFGS calls, on memory that is kept from call to call.
class PenalisedLoss {
 public:
  PenalisedLoss(const Matrix& rows, const Matrix& targets, const loss::Loss& loss, double lambda)
      : rows_(rows),
        targets_(targets),
        loss_(loss),
        lambda_(lambda),
        average_(average_over(rows.rows(), loss)),
        logits_(targets.rows(), targets.cols()),
        slopes_(targets.rows(), targets.cols()) {}

  static lbfgsfloatval_t call(void* self, const lbfgsfloatval_t* parameters,
                              lbfgsfloatval_t* gradient, int, lbfgsfloatval_t) {
    return static_cast<PenalisedLoss*>(self)->evaluate(parameters, gradient);
  }

 private:
  double evaluate(const double* parameters, double* gradient) {
    const Index classes = targets_.cols(), dims = rows_.cols();
    weights_ = Eigen::Map<const Matrix>(parameters, classes, dims);
    const Eigen::Map<const Eigen::RowVectorXd> bias(parameters + classes * dims, classes);
    multiply_transposed(rows_, weights_, logits_);
    logits_.rowwise() += bias;

    const double value = loss_.evaluate(loss::Batch<double>{.logits = logits_.data(),
                                                            .rows = logits_.rows(),
                                                            .columns = classes,
                                                            .targets = targets_.data(),
                                                            .gradient = slopes_.data()},
                                        average_.reduction, 1);
    const double n = average_.divide_by;
    transposed_multiply(slopes_, rows_, weights_gradient_);
    weights_gradient_ = weights_gradient_ / n + lambda_ * weights_;
    const Eigen::RowVectorXd bias_gradient = slopes_.colwise().sum() / n;
    Eigen::Map<Matrix>(gradient, classes, dims) = weights_gradient_;
    Eigen::Map<Eigen::RowVectorXd>(gradient + classes * dims, classes) = bias_gradient;
    return value / n + lambda_ / 2 * weights_.squaredNorm();
  }

  const Matrix& rows_;
  const Matrix& targets_;
  const loss::Loss& loss_;
  const double lambda_;
  const Averaging average_;
  Matrix logits_, slopes_;  // slopes: d loss / d logits
  // Of our own alignment, unlike liblbfgs's (AlignedVector says why).
  Matrix weights_, weights_gradient_;
};

}  // namespace

PenalisedFit::PenalisedFit(const Matrix& rows, const Matrix& targets, const loss::Loss& loss)
    : rows_(rows),
      targets_(targets),
      loss_(loss),
      parameters_(static_cast<std::size_t>(targets.cols() * (rows_.cols() + 1)), 0.0) {}

LinearHead PenalisedFit::fit(double lambda, double tolerance) {
  PenalisedLoss objective(rows_, targets_, loss_, lambda);
  lbfgs_parameter_t options;
  lbfgs_parameter_init(&options);
  options.m = 12;
  options.epsilon = tolerance;
  options.max_iterations = 1000;

  // liblbfgs wants memory of its own alignment and padding.
  const auto n = static_cast<int>(parameters_.size());
  const std::unique_ptr<lbfgsfloatval_t, decltype(&lbfgs_free)> x(lbfgs_malloc(n), &lbfgs_free);
  std::copy(parameters_.begin(), parameters_.end(), x.get());
  const int status =
      lbfgs(n, x.get(), nullptr, &PenalisedLoss::call, nullptr, &objective, &options);
  // Ending early (no further step is possible at double precision, or the limit of steps is
  // reached) leaves the best parameters so far, which are as good as the optimum.
  if (status < 0 && !std::all_of(x.get(), x.get() + n, [](double v) { return std::isfinite(v); })) {
    throw Error("the head could not be fitted (L-BFGS ended with " + std::to_string(status) + ")");
  }
  std::copy(x.get(), x.get() + n, parameters_.begin());

  const Index classes = targets_.cols(), dims = rows_.cols();
  return {Eigen::Map<const Matrix>(parameters_.data(), classes, dims),
          Eigen::Map<const Vector>(parameters_.data() + classes * dims, classes)};
}

}  // namespace oneormany::head
