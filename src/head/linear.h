#pragma once
// The linear head: logits = W x + b on the backbone's features, fitted to its optimum.

#include <Eigen/Cholesky>
#include <memory>
#include <optional>
#include <utility>

#include "base/matrix.h"
#include "head/penalised_fit.h"
#include "loss/matrix.h"

namespace oneormany::head {

struct LinearHead {
  Matrix weights;  ///< classes × features; the standardisation of the features is folded in
  Vector bias;     ///< classes

  /// One row of logits for each row of features.
  Matrix logits(const MatrixF& features) const;
};

/// What linear heads are fitted on: the rows standardised (mean 0, deviation 1 over them). Fits of
/// several losses on the same rows share it.
///
/// Where the rows X are fewer than half the features, φ with φ φᵀ = X Xᵀ + εI stands for them, the
/// Cholesky factor. It has only as many columns as rows, and the same penalised fits: their weights
/// are sums of rows (the representer theorem, Schölkopf, Herbrich & Smola 2001). ε is a trace of
/// ridge (1e-9 of the mean squared length of a row), for rows that are copies or sums of others.
class LinearInputs {
 public:
  /// features: n × d, n > 0. Throws Error if a feature is not a number.
  explicit LinearInputs(const MatrixF& features);

  /// n × d, or n × n where the rows are few.
  const Matrix& rows() const { return few_ ? few_->rows : standardised_; }

  /// The head on features that the one on rows() stands for.
  LinearHead head(const LinearHead& on_rows) const;

 private:
  struct FewRows {
    Eigen::LLT<Eigen::MatrixXd> factor;
    Matrix rows;
  };

  Eigen::RowVectorXd mean_, scale_;  // of each feature
  Matrix standardised_;
  std::optional<FewRows> few_;
};

/// Fits heads of several L2 penalties λ on the same pictures, each starting from the one before.
/// `Inputs` prepares the features: LinearInputs, or KernelInputs (head/kernel.h).
///
/// Minimises  1/n Σ_i loss(W x_i + b, y_i) + λ/2 |W|²  by L-BFGS (Liu & Nocedal 1989), where the
/// x_i are the inputs' rows() and b is free; a loss that is no sum over rows has its own mean in
/// place of the first term. Cross-entropy, binary cross-entropy, multi_margin, zlpr and two_way are
/// convex: the result depends on nothing else. The focal and asymmetric losses are not: theirs is
/// the stationary point that L-BFGS reaches from zero weights, or from the fit before. multi_margin
/// with power 1 has kinks, where the line search ends early: within 0.1 % of the lowest value found
/// for λ of 0.1, but up to twice it for 0.001; power 2 is smooth and has no such trouble.
template <typename Inputs>
class HeadFit {
 public:
  /// targets: as many rows as the inputs, × classes; targets and loss must outlive this.
  HeadFit(std::shared_ptr<const Inputs> inputs, const Matrix& targets, const loss::Loss& loss)
      : inputs_(std::move(inputs)), fit_(inputs_->rows(), targets, loss) {}
  HeadFit(const MatrixF& features, const Matrix& targets, const loss::Loss& loss)
      : HeadFit(std::make_shared<Inputs>(features), targets, loss) {}

  /// λ > 0. `tolerance`: the gradient's norm at the end, over the parameters' (or over 1).
  auto fit(double lambda, double tolerance = 1e-4) {
    return inputs_->head(fit_.fit(lambda, tolerance));
  }

 private:
  std::shared_ptr<const Inputs> inputs_;
  PenalisedFit fit_;
};

using LinearFit = HeadFit<LinearInputs>;

}  // namespace oneormany::head
