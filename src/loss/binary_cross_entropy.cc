// Binary cross-entropy with logits. Per logit, with l = log(1 + e^−|z|):
//   −log p = max(−z, 0) + l,   −log(1 − p) = max(z, 0) + l,   gradient = p (1 − y + q y) − q y
// which is p − y without weights; as p (1 − y) − (1 − p) y it is exact where p is nearly y.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/binary_cross_entropy.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "base/error.h"
#include "loss/catalogue.h"
#include "loss/vector-inl.h"

#ifndef ONEORMANY_LOSS_BINARY_CROSS_ENTROPY
#define ONEORMANY_LOSS_BINARY_CROSS_ENTROPY
namespace oneormany::loss {
struct BinaryCrossEntropyOptions {
  PerClass weights, positive_weights;
  double smoothing = 0;
};
}  // namespace oneormany::loss
#endif

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

/// The plain loss of logits that are all finite and targets that are all known: what training
/// needs, in as few instructions as it takes. Everything else is for Exact().
/// Σ log(1 + e) is log Π (1 + e), so that one logarithm serves many logits. The product less 1 is
/// what is kept, Π' = Π + e + Π e, for a sum that is exact where all e are tiny.
/// The rest of a term is |z| times how far y is from the side that z is on: formed before it is
/// added, so that nothing is added that is taken off again.
/// A NaN or an infinity makes the sum one, and that is how Run() notices.
template <bool kGradient, typename T, class Targets>
HWY_INLINE void PlainRow(const T* z_row, const Targets& targets, std::size_t columns, T scale,
                         T* gradient, Sum<T>& value_sum) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1}), scale_by = hn::Set(d, scale);
  const auto sign = hn::SignBit(d);
  auto product = zero, linear = zero;
  const auto step = [&](auto at) HWY_ATTR {
    const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
    const Vec<T> e = at.template Only<T>(ExpNegative(hn::Or(z, sign)));
    const auto absent = hn::Sub(one, y);
    const auto is_positive = hn::Ge(z, zero);
    const auto wrong = hn::IfThenElse(is_positive, absent, y);
    product = hn::Add(product, hn::MulAdd(product, e, e));
    linear = hn::MulAdd(hn::Abs(z), wrong, linear);
    if constexpr (kGradient) {
      const auto right = hn::IfThenElse(is_positive, y, absent);
      const auto towards = hn::Div(hn::NegMulAdd(e, right, wrong), hn::Add(one, e));
      at.template Store<T>(
          hn::Mul(hn::IfThenElse(is_positive, towards, hn::Neg(towards)), scale_by), gradient);
    }
  };
  const auto flush = [&]() HWY_ATTR {
    value_sum.Add(linear);
    value_sum.Add(hn::Log1p(d, product));
    product = linear = zero;
  };
  constexpr std::size_t kFactors = 32;  // each at most 2: far below overflow
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + kFactors * lanes <= columns; i += kFactors * lanes) {
    for (std::size_t k = 0; k < kFactors * lanes; k += lanes) step(Whole{i + k});
    flush();
  }
  for (; i + lanes <= columns; i += lanes) step(Whole{i});
  if (i < columns) step(Rest{i, columns - i});  // behind the row z is 0, and adds nothing
  flush();
}

template <bool kGradient, typename T>
HWY_INLINE RowSums PlainRows(const Batch<T>& batch, double scale) {
  Sum<T> value_sum;
  const auto by = static_cast<T>(scale);
  if (batch.targets) {  // nothing depends on the column: one long row
    PlainRow<kGradient>(batch.logits, DenseTargets<T>{batch.targets},
                        static_cast<std::size_t>(batch.rows * batch.columns), by, batch.gradient,
                        value_sum);
  } else {
    for (std::int64_t i = 0; i < batch.rows; ++i) {
      PlainRow<kGradient>(batch.logits + i * batch.columns, ClassTargets<T>{batch.classes[i]},
                          static_cast<std::size_t>(batch.columns), by,
                          kGradient ? batch.gradient + i * batch.columns : nullptr, value_sum);
    }
  }
  const double value = value_sum.Total();
  const auto logits = static_cast<double>(batch.rows) * static_cast<double>(batch.columns);
  return {value, logits, !std::isfinite(value)};
}

template <typename T>
RowSums Plain(const Batch<T>& batch, double scale) {
  return batch.gradient ? PlainRows<true>(batch, scale) : PlainRows<false>(batch, scale);
}

/// Everything: weights, smoothing, values, targets that are ignored, logits that are infinite.
template <typename T>
RowSums Exact(const BinaryCrossEntropyOptions& options, const Batch<T>& batch, double scale) {
  const Tag<T> d;
  const auto one = hn::Set(d, T{1});
  const auto keep = hn::Set(d, static_cast<T>(1 - options.smoothing));
  const auto spread = hn::Set(d, static_cast<T>(options.smoothing / 2));
  const T* weights = options.weights.data<T>();
  const T* positive_weights = options.positive_weights.data<T>();
  return ForElements(batch, scale,
                     [&](auto at, Vec<T> z, Vec<T> y, Vec<T>& value, Vec<T>& gradient) HWY_ATTR {
                       const auto parts = Sigmoid<T>(z);
                       const auto smooth = hn::MulAdd(y, keep, spread);
                       auto positive = smooth;
                       auto negative = hn::Sub(one, smooth);
                       if (positive_weights) {
                         positive = hn::Mul(positive, at.template Load<T>(positive_weights));
                       }
                       if (weights) {
                         const auto w = at.template Load<T>(weights);
                         positive = hn::Mul(positive, w);
                         negative = hn::Mul(negative, w);
                       }
                       value = hn::Add(TimesOrZero<T>(positive, parts.minus_log_p),
                                       TimesOrZero<T>(negative, parts.minus_log_q));
                       gradient = hn::NegMulAdd(positive, parts.q, hn::Mul(negative, parts.p));
                     });
}

template <typename T>
HWY_INLINE RowSums Run(const BinaryCrossEntropyOptions& options, const Batch<T>& batch,
                       double scale) {
  bool plain = options.weights.empty() && options.positive_weights.empty() &&
               options.smoothing == 0 && !batch.values;
  for (std::int64_t i = 0; plain && batch.classes && i < batch.rows; ++i) {
    plain = batch.classes[i] != kIgnored;
  }
  if (plain) {
    const RowSums sums = Plain(batch, scale);
    if (!sums.odd) return sums;
  }
  return Exact(options, batch, scale);
}

RowSums BinaryCrossEntropyFloat(const BinaryCrossEntropyOptions& options, const Batch<float>& batch,
                                double scale) {
  return Run(options, batch, scale);
}

RowSums BinaryCrossEntropyDouble(const BinaryCrossEntropyOptions& options,
                                 const Batch<double>& batch, double scale) {
  return Run(options, batch, scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(BinaryCrossEntropyFloat);
HWY_EXPORT(BinaryCrossEntropyDouble);

namespace {

class BinaryCrossEntropy final : public LabelLoss {
 public:
  explicit BinaryCrossEntropy(BinaryCrossEntropyOptions options) : options_(std::move(options)) {}

  std::string_view name() const override { return "bce_with_logits"; }

 protected:
  RowSums rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(BinaryCrossEntropyFloat)(options_, some, scale);
  }
  RowSums rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(BinaryCrossEntropyDouble)(options_, some, scale);
  }

  void check(std::int64_t columns) const override {
    require_size(options_.weights, columns, "weights");
    require_size(options_.positive_weights, columns, "positive weights");
  }

 private:
  const BinaryCrossEntropyOptions options_;
};

}  // namespace

std::unique_ptr<Loss> bce_with_logits(std::vector<double> weights,
                                      std::vector<double> positive_weights,
                                      double label_smoothing) {
  require(label_smoothing >= 0 && label_smoothing <= 1,
          "bce_with_logits: the label smoothing must be in 0-1");
  return std::make_unique<BinaryCrossEntropy>(BinaryCrossEntropyOptions{
      weights_of("bce_with_logits", std::move(weights)),
      weights_of("bce_with_logits", std::move(positive_weights)), label_smoothing});
}

LossInfo bce_with_logits_info() {
  return {.name = "bce_with_logits",
          .title = "Binary cross-entropy (BCE)",
          .targets = TargetKind::kLabels,
          .soft_targets = true,
          .formula = "-sum_c [y_c log p_c + (1 - y_c) log(1 - p_c)],  p = sigmoid(z)",
          .gradient = "p - y",
          .paper =
              "maximum likelihood of C logistic models; for pictures: Wightman, Touvron, Jegou, "
              "ResNet strikes back, 2021; with background rows of zeros: Dhamija, Guenther, Boult, "
              "Reducing Network Agnostophobia, NeurIPS 2018",
          .when =
              "A picture may show none, one or many of the labels. With background pictures, whose "
              "targets are all 0, it learns to say \"none of these\".",
          .parameters = {{"label_smoothing", 0, 0, 1, "targets 0 and 1 become eps/2 and 1 - eps/2"},
                         {"balance", 0, 0, 1,
                          "pos_weight of label c: (absent / present pictures)^"
                          "balance; rare labels are found more often, and more "
                          "often falsely"}},
          .make = [](const LossParameters& parameters, const TargetCounts& counts) {
            return bce_with_logits({}, balanced_positive_weights(counts, parameters.at("balance")),
                                   parameters.at("label_smoothing"));
          }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
