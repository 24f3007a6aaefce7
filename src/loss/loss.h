#pragma once
// Losses on logits: value and gradient for any finite logit (in float as long as 512 losses
// together stay below 3e38). Nothing but numbers comes in.
//
// How exact: to 1e-5 in float and 1e-11 in double. That share of itself for a value; for a gradient
// that share of the largest number that it is a difference of, of p and y in p − y. With targets 0
// and 1 the sigmoid losses form no such difference: p − 1 is −(1 − p). Where the formula itself
// takes a difference (the margins; −log p of a class adjusted to its prior) it is a share of what
// is subtracted. e^x below the smallest normal number is 0, and so is what hangs on it: the slope
// of a present label beyond z = 87 in float, 708 in double.
//
//   const auto loss = bce_with_logits();
//   Batch<float> batch{.logits = z, .rows = n, .columns = c, .targets = y, .gradient = g};
//   const double value = loss->evaluate(batch, Reduction::kMean);
//
// A picture is a row. Its targets are either a row of numbers, one for each class or label (0, 1 or
// between), or the number of its class. With Eigen matrices: loss/matrix.h.
// A new loss is a new file with a subclass, and a line in catalogue.cc.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "loss/activation.h"

namespace oneormany::loss {

/// Classes of a row that has none: every target is 0. Background pictures, for label models.
inline constexpr int kNoClass = -1;
/// Class of a row that is left out: it adds nothing to value, gradient and mean.
inline constexpr int kIgnored = -100;

/// Rows of logits, what is known of them, and where the results go. T: float or double. Matrices
/// are contiguous, row after row. Results must not overlap what is read.
template <typename T>
struct Batch {
  const T* logits = nullptr;  ///< rows × columns; ±∞ only where the loss has a limit there
  std::int64_t rows = 0, columns = 0;
  const T* targets = nullptr;    ///< rows × columns; NaN: not known, ignored. Either these
  const int* classes = nullptr;  ///< or these, one a row: 0 … columns − 1, kNoClass or kIgnored
  T* gradient = nullptr;         ///< rows × columns: d value / d logits; null: not wanted
  T* values = nullptr;           ///< values_size() of them, without reduction; null: not wanted
};

enum class Reduction {
  kMean,  ///< what PyTorch calls "mean"; each loss says over what
  kSum,
  kNone  ///< as kSum, for those who want Batch::values
};

class Loss {
 public:
  virtual ~Loss() = default;

  virtual std::string_view name() const = 0;

  /// What turns the logits of a model that was fitted to this loss into probabilities.
  virtual Activation activation() const = 0;

  /// How many values there are without reduction: as a rule one a row, or one a logit.
  virtual std::int64_t values_size(std::int64_t rows, std::int64_t columns) const = 0;

  /// The reduced loss, and what else the batch asks for, on up to `threads` threads (0: as many
  /// as this process may use). The result doesn't depend on their number.
  /// Throws Error, which names the row, if a class is outside the columns, a target is soft and the
  /// loss wants hard ones, or a logit (of an ignored row too) is NaN, or infinite where the loss
  /// has no limit; and if there is nothing to take a loss of: no logits or, for a mean, no known
  /// target. What the results point at is unspecified then. Targets outside 0–1 are not looked for.
  double evaluate(const Batch<float>& batch, Reduction reduction, int threads = 0) const;
  double evaluate(const Batch<double>& batch, Reduction reduction, int threads = 0) const;

 protected:
  /// Throws Error if the loss has weights and they aren't as many as the columns.
  virtual void check(std::int64_t /*columns*/) const {}

  /// evaluate() without the checks; may return NaN where a logit is none.
  virtual double run(const Batch<float>& batch, Reduction reduction, int threads) const = 0;
  virtual double run(const Batch<double>& batch, Reduction reduction, int threads) const = 0;
};

// Weights are finite numbers from 0 up; a factory throws Error for others, and for parameters that
// are outside what is said.

// --- one class a picture: softmax. Below, p = softmax(z), and t is the class ---

/// Cross-entropy: −Σ_c w_c y_c log p_c.
/// With label smoothing ε, y becomes (1 − ε) y + ε / columns (Szegedy et al. 2016). A row without
/// any target adds nothing. The mean divides by Σ_c w_c y_c over all rows, the weight of the
/// targets. `weights`: one for each class, or empty for ones. The gradient of a row whose target is
/// its class's number is exact where 1 − p is tiny; of a row of targets it is p − y, good to 1 ulp
/// of Σ_c w_c y_c.
std::unique_ptr<Loss> cross_entropy(double label_smoothing = 0, std::vector<double> weights = {});

/// Cross-entropy of z_c + τ log π_c, for rare classes (Menon et al. 2021). `priors`: the share π_c
/// of each class among the training pictures, above 0. At prediction the logits stand alone.
std::unique_ptr<Loss> logit_adjusted_cross_entropy(std::vector<double> priors, double tau = 1);

/// Focal loss on the softmax: −w_t (1 − p_t)^γ log p_t (Lin et al. 2017). Hard targets only.
/// The mean divides by the rows.
std::unique_ptr<Loss> softmax_focal(double gamma = 2, std::vector<double> weights = {});

/// Multi-class margin: w_t / columns · Σ_{c≠t} max(0, margin − z_t + z_c)^power (Weston, Watkins
/// 1999; scaled as in PyTorch). power: 1 or 2. Hard targets only. No probabilities belong to it:
/// the softmax of its logits ranks, but isn't calibrated. The mean divides by the rows.
std::unique_ptr<Loss> multi_margin(double margin = 1, int power = 1,
                                   std::vector<double> weights = {});

// --- zero, one or many labels: sigmoid. Below, p = σ(z). A row without labels is one like others:
// with background pictures as such rows the model learns to say "none of these" ---

/// Binary cross-entropy with logits: −w_c [q_c y_c log p_c + (1 − y_c) log(1 − p_c)].
/// With label smoothing ε, y becomes (1 − ε) y + ε / 2. The mean divides by the known targets.
/// `weights` w and `positive_weights` q (PyTorch's pos_weight): one for each label, or empty for
/// ones.
std::unique_ptr<Loss> bce_with_logits(std::vector<double> weights = {},
                                      std::vector<double> positive_weights = {},
                                      double label_smoothing = 0);

/// Focal loss on sigmoids (Lin et al. 2017; as in torchvision): α_y m^γ · BCE, with m the
/// probability of the wrong decision, p (1 − y) + (1 − p) y, and α_y = α y + (1 − α)(1 − y); α
/// below 0 leaves α_y out. The mean divides by the known targets.
std::unique_ptr<Loss> sigmoid_focal(double gamma = 2, double alpha = 0.25);

struct AsymmetricOptions {
  double gamma_positive = 0, gamma_negative = 4;  ///< focusing, at least 0
  double margin = 0.05;  ///< absent labels with a probability below this cost nothing
  double clamp = 1e-8;   ///< no logarithm of less than this; below it a present label has no slope
};

/// Asymmetric loss, ASL (Ridnik et al. 2021), with p' = max(p − margin, 0):
/// −y (1 − p)^γ₊ log p − (1 − y) p'^γ₋ log(1 − p'). The mean divides by the known targets.
std::unique_ptr<Loss> asymmetric(AsymmetricOptions options = {});

/// ZLPR (Su et al. 2022): log(1 + Σ_absent e^z) + log(1 + Σ_present e^−z), which makes 0 the
/// threshold of all labels together. Hard targets only. The mean divides by the rows.
std::unique_ptr<Loss> zlpr();

/// Two-way multi-label loss (Kobayashi 2023): softplus(T₋ log Σ_absent e^(z / T₋) + T₊ log
/// Σ_present e^(−z / T₊)) of each row that has a present label, and of each column that has one.
/// Hard targets only. The mean is that over rows plus that over columns; without reduction there
/// is a value for each row, then one for each column.
std::unique_ptr<Loss> two_way(double positive_temperature = 4, double negative_temperature = 1);

}  // namespace oneormany::loss
