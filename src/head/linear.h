#pragma once
// The linear head: logits = W x + b on the backbone's features, fitted to its optimum.

#include <memory>
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
class LinearInputs {
 public:
  /// features: n × d, n > 0. Throws Error if a feature is not a number.
  explicit LinearInputs(const MatrixF& features);

  const MatrixF& rows() const { return rows_; }  ///< n × d
  /// Other features, as rows() has those of the constructor.
  MatrixF rows_of(const MatrixF& features) const;
  const Directions& directions() const { return directions_; }

  /// The head on features that the one on rows() stands for.
  LinearHead head(const LinearHead& on_rows) const;

 private:
  Eigen::RowVectorXf mean_, factor_;  // of each feature; factor: 1 / deviation
  MatrixF rows_;
  Directions directions_;
};

/// Fits heads of several L2 penalties λ on the same pictures, each starting from the one before.
/// `Inputs` prepares the features: LinearInputs, or KernelInputs (head/kernel.h).
///
/// Minimises  1/n Σ_i loss(W x_i + b, y_i) + λ/2 |W|²  (head/penalised_fit.h), where the x_i are
/// the inputs' rows() and b is free; a loss that is no sum over rows has its own mean in place of
/// the first term. Cross-entropy, binary cross-entropy, multi_margin, zlpr and two_way are convex:
/// the result depends on nothing else. The focal and asymmetric losses are not: theirs is the
/// stationary point that L-BFGS reaches from zero weights along the path of λ. multi_margin with
/// power 1 has kinks, where a fit may end early: from zero weights at up to twice the lowest value
/// for λ of 0.001, along a path near it; power 2 is smooth and has no such trouble.
template <typename Inputs>
class HeadFit {
 public:
  /// targets: as many rows as the inputs, × classes; targets and loss must outlive this.
  HeadFit(std::shared_ptr<const Inputs> inputs, const Matrix& targets, const loss::Loss& loss)
      : inputs_(std::move(inputs)), fit_(inputs_->directions(), targets, loss) {}
  HeadFit(const MatrixF& features, const Matrix& targets, const loss::Loss& loss)
      : HeadFit(std::make_shared<Inputs>(features), targets, loss) {}

  /// λ > 0. `accuracy`: how far above the lowest value it may end, as a share of that.
  auto fit(double lambda, double accuracy = kAccurate) {
    fit_.set_out({lambda, accuracy});
    while (!fit_.arrived()) PenalisedFit::advance({&fit_}, inputs_->rows());
    return inputs_->head(fit_.head());
  }

 private:
  std::shared_ptr<const Inputs> inputs_;
  PenalisedFit fit_;
};

using LinearFit = HeadFit<LinearInputs>;

}  // namespace oneormany::head
