#pragma once
// Losses on logits, exact for any finite logit, and the activations that go with them.
//
// A loss looks at one row (one picture) at a time: logits z, targets y, both of `columns` entries.
//   classification: y is one-hot or a distribution over the classes; softmax, cross-entropy
//   labels:         y has a 0 or 1 (or a value between) for each label; sigmoid, binary
//   cross-entropy
// A new loss is a new file with a subclass, and a line here.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/matrix.h"

namespace oneormany {

enum class Reduction {
  kMean,  ///< what PyTorch calls "mean": see Loss::mean_weight
  kSum,
  kNone
};

class Loss {
 public:
  virtual ~Loss() = default;

  virtual std::string_view name() const = 0;
  virtual std::string_view activation() const = 0;

  /// Probabilities of one row, in place of its logits. Never overflows.
  virtual void activate(std::span<double> row) const = 0;

  /// How many values a row of `columns` logits has without reduction: 1 or `columns`.
  virtual Index values_per_row(Index columns) const = 0;

  /// Loss of one row into `values`, gradient of their sum with respect to z into `gradient`.
  /// One pass where the formula allows it. Requires equal sizes of z, y and gradient.
  virtual void row(std::span<const double> z, std::span<const double> y, std::span<double> values,
                   std::span<double> gradient) const = 0;

  /// What the row adds to the denominator of the mean.
  virtual double mean_weight(std::span<const double> y) const = 0;
};

/// Cross-entropy of the softmax: −Σ_c w_c y_c log softmax(z)_c.
/// With label smoothing ε, y becomes (1 − ε) y + ε / columns (Szegedy et al. 2016).
/// The mean divides by Σ_c w_c y_c over all rows, the weight of the targets.
/// `weights`: one for each class, or empty for ones.
std::unique_ptr<Loss> cross_entropy(double label_smoothing = 0, std::vector<double> weights = {});

/// Binary cross-entropy with logits: −w_c [p_c y_c log σ(z_c) + (1 − y_c) log(1 − σ(z_c))].
/// The mean divides by rows × columns. `weights` and `positive_weights` (p, PyTorch's pos_weight):
/// one for each label, or empty for ones.
std::unique_ptr<Loss> bce_with_logits(std::vector<double> weights = {},
                                      std::vector<double> positive_weights = {});

/// Softmax of one row, in place: e^(z − max z) / Σ e^(z − max z). The row sums to 1.
void softmax(std::span<double> row);

/// Sigmoid of each entry, in place: 1 / (1 + e^−z). The row sums to anything from 0 to its size.
void sigmoid(std::span<double> row);

/// Probabilities of every row.
Matrix activate(const Loss& loss, Matrix logits);

struct LossResult {
  double value = 0;  ///< reduced; the sum for Reduction::kNone
  Matrix values;     ///< rows × values_per_row, for Reduction::kNone only
  Matrix gradient;   ///< of `value` with respect to the logits; rows × columns
};

/// The loss over all rows. Throws Error if shapes differ or there is nothing to judge.
LossResult evaluate(const Loss& loss, const Matrix& logits, const Matrix& targets,
                    Reduction reduction);

/// One-hot targets: row i has a one for each of labels[i]; rows without labels stay zero.
Matrix one_hot(const std::vector<std::vector<int>>& labels, Index columns);

}  // namespace oneormany
