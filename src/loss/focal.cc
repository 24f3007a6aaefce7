// Focal loss, on softmax and on sigmoids (Lin, Goyal, Girshick, He, Dollár 2017).

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/focal.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/catalogue.h"
#include "loss/softmax-inl.h"
#ifndef ONEORMANY_LOSS_FOCAL
#define ONEORMANY_LOSS_FOCAL
namespace oneormany::loss {
struct SoftmaxFocalOptions {
  double gamma = 2;
  PerClass weights;
};
struct SigmoidFocalOptions {
  double gamma = 2, alpha = 0.25;
};
}  // namespace oneormany::loss
#endif

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

/// L = −w u^γ log p_t with u = 1 − p_t. Since d log p_t / d z_c = [c = t] − p_c,
/// gradient_c = G ([c = t] − p_c) with G = w (γ p_t u^(γ−1) log p_t − u^γ).
template <typename T>
HWY_INLINE RowSums SoftmaxFocal(const SoftmaxFocalOptions& options, const Batch<T>& batch,
                                double scale) {
  const auto columns = static_cast<std::size_t>(batch.columns);
  const double gamma = options.gamma;
  RowSums total;
  Guard<T> guard;
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    const int c = batch.classes[i];
    T* gradient = batch.gradient ? batch.gradient + i * batch.columns : nullptr;
    const PlainLogits<T> logits{batch.logits + i * batch.columns};
    double value = 0;
    if (c >= 0) {
      const auto sums =
          Exponentials<T>(logits, columns, gradient, guard, [](auto, Vec<T>) HWY_ATTR {});
      const double w = options.weights.empty() ? 1 : options.weights[c];
      const double log_p =
          static_cast<double>(logits[c]) - static_cast<double>(sums.top) - sums.log_sum();
      const double p = std::exp(log_p), u = sums.sum_without(logits[c]) / sums.sum();
      const double focus = std::pow(u, gamma);
      // u^(γ−1) log p goes to 0 with u for every γ ≥ 0: log p is −u there.
      const double slope = gamma == 0 || u == 0 ? 0 : gamma * p * focus / u * log_p;
      const double g = w * scale * (slope - focus);
      value = focus == 0 ? 0 : -w * focus * log_p;
      if (gradient) {
        Scale(gradient, columns, -g / sums.sum());
        gradient[c] = static_cast<T>(g * u);
      }
      if (batch.values) batch.values[i] = static_cast<T>(value);
    } else {
      LeaveOut(batch, i, 1, guard);
    }
    if (c != kIgnored) total.weight += 1;
    total.value += value;
  }
  total.odd = guard.Odd();
  return total;
}

/// L = α_y m^γ B with B the binary cross-entropy and m = p (1 − y) + (1 − p) y, so that
/// dL/dz = α_y m^γ (γ B dm/m + p − y), and dm/m = (1 − 2y) p (1 − p) / m.
template <typename T>
HWY_INLINE RowSums SigmoidFocal(const SigmoidFocalOptions& options, const Batch<T>& batch,
                                double scale) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const auto gamma = hn::Set(d, static_cast<T>(options.gamma));
  const bool has_alpha = options.alpha >= 0;
  const auto alpha_absent = hn::Set(d, static_cast<T>(has_alpha ? 1 - options.alpha : 1));
  const auto alpha_step = hn::Set(d, static_cast<T>(has_alpha ? 2 * options.alpha - 1 : 0));
  return ForElements(
      batch, scale, [&](auto, Vec<T> z, Vec<T> y, Vec<T>& value, Vec<T>& gradient) HWY_ATTR {
        const auto parts = Sigmoid<T>(z);
        const auto absent = hn::Sub(one, y);
        const auto cross_entropy = hn::Add(TimesOrZero<T>(y, parts.minus_log_p),
                                           TimesOrZero<T>(absent, parts.minus_log_q));
        const auto is_absent = hn::Eq(y, zero), is_present = hn::Eq(y, one);
        // For hard targets m is p or 1 − p, whose logarithms are known exactly.
        auto log_m = hn::Neg(hn::IfThenElse(is_absent, parts.minus_log_p, parts.minus_log_q));
        auto slope = hn::IfThenElse(is_absent, parts.q, hn::Neg(parts.p));
        const auto is_hard = hn::Or(is_absent, is_present);
        if (HWY_UNLIKELY(!hn::AllTrue(d, is_hard))) {
          const auto m = hn::MulAdd(parts.p, absent, hn::Mul(parts.q, y));
          const auto soft_slope =
              hn::Div(hn::Mul(hn::Sub(absent, y), hn::Mul(parts.p, parts.q)), m);
          log_m = hn::IfThenElse(is_hard, log_m, hn::Log(d, m));
          slope = hn::IfThenElse(is_hard, slope, soft_slope);
        }
        const auto focus = hn::Mul(PowerOfLog(log_m, static_cast<T>(options.gamma)),
                                   hn::MulAdd(alpha_step, y, alpha_absent));
        value = TimesOrZero<T>(focus, cross_entropy);
        const auto inner = hn::MulAdd(gamma, TimesOrZero<T>(slope, cross_entropy),
                                      hn::Sub(hn::Mul(parts.p, absent), hn::Mul(parts.q, y)));
        gradient = TimesOrZero<T>(focus, inner);
      });
}

RowSums SoftmaxFocalFloat(const SoftmaxFocalOptions& options, const Batch<float>& batch,
                          double scale) {
  return SoftmaxFocal(options, batch, scale);
}
RowSums SoftmaxFocalDouble(const SoftmaxFocalOptions& options, const Batch<double>& batch,
                           double scale) {
  return SoftmaxFocal(options, batch, scale);
}
RowSums SigmoidFocalFloat(const SigmoidFocalOptions& options, const Batch<float>& batch,
                          double scale) {
  return SigmoidFocal(options, batch, scale);
}
RowSums SigmoidFocalDouble(const SigmoidFocalOptions& options, const Batch<double>& batch,
                           double scale) {
  return SigmoidFocal(options, batch, scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(SoftmaxFocalFloat);
HWY_EXPORT(SoftmaxFocalDouble);
HWY_EXPORT(SigmoidFocalFloat);
HWY_EXPORT(SigmoidFocalDouble);

namespace {

class SoftmaxFocalLoss final : public ClassLoss {
 public:
  explicit SoftmaxFocalLoss(SoftmaxFocalOptions options) : options_(std::move(options)) {}

  std::string_view name() const override { return "softmax_focal"; }

 protected:
  void check(std::int64_t columns) const override {
    require_size(options_.weights, columns, "weights");
  }
  RowSums class_rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(SoftmaxFocalFloat)(options_, some, scale);
  }
  RowSums class_rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(SoftmaxFocalDouble)(options_, some, scale);
  }

 private:
  const SoftmaxFocalOptions options_;
};

class SigmoidFocalLoss final : public LabelLoss {
 public:
  explicit SigmoidFocalLoss(SigmoidFocalOptions options) : options_(options) {}

  std::string_view name() const override { return "sigmoid_focal"; }

 protected:
  RowSums rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(SigmoidFocalFloat)(options_, some, scale);
  }
  RowSums rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(SigmoidFocalDouble)(options_, some, scale);
  }

 private:
  const SigmoidFocalOptions options_;
};

}  // namespace

std::unique_ptr<Loss> softmax_focal(double gamma, std::vector<double> weights) {
  require(gamma >= 0, "softmax_focal: gamma must be at least 0");
  return std::make_unique<SoftmaxFocalLoss>(
      SoftmaxFocalOptions{gamma, weights_of("softmax_focal", std::move(weights))});
}

std::unique_ptr<Loss> sigmoid_focal(double gamma, double alpha) {
  require(gamma >= 0 && alpha <= 1, "sigmoid_focal: gamma must be at least 0, alpha at most 1");
  return std::make_unique<SigmoidFocalLoss>(SigmoidFocalOptions{gamma, alpha});
}

LossInfo softmax_focal_info() {
  return {
      .name = "softmax_focal",
      .title = "Focal loss on softmax",
      .targets = TargetKind::kClass,
      .soft_targets = false,
      .formula = "-(1 - p_t)^gamma log p_t,  p = softmax(z), t the class",
      .gradient = "(gamma p_t (1 - p_t)^(gamma-1) log p_t - (1 - p_t)^gamma) (y - p)",
      .paper = "Lin, Goyal, Girshick, He, Dollar, Focal Loss for Dense Object Detection, ICCV 2017",
      .when =
          "Many easy pictures drown a few hard ones. Its probabilities are too cautious, which "
          "can calibrate a network that is too sure, and spoil one that isn't.",
      .parameters = {{"gamma", 2, 0, 100, "how little easy pictures count; 0 is cross-entropy"},
                     {"balance", 0, 0, 1, "weighs class c by (mean count / count of c)^balance"}},
      .make = [](const LossParameters& parameters, const TargetCounts& counts) {
        return softmax_focal(parameters.at("gamma"),
                             balanced_weights(counts, parameters.at("balance")));
      }};
}

LossInfo sigmoid_focal_info() {
  return {
      .name = "sigmoid_focal",
      .title = "Focal loss on sigmoids",
      .targets = TargetKind::kLabels,
      .soft_targets = true,
      .formula = "alpha_y m^gamma BCE,  m = p (1 - y) + (1 - p) y,  p = sigmoid(z)",
      .gradient = "alpha_y m^gamma (gamma BCE m'/m + p - y),  m' = (1 - 2y) p (1 - p)",
      .paper = "Lin, Goyal, Girshick, He, Dollar, Focal Loss for Dense Object Detection, ICCV 2017",
      .when =
          "Nearly all labels are absent and most of them obviously so. Ranks well; its "
          "probabilities are no shares, so the threshold is not 0.5.",
      .parameters = {{"gamma", 2, 0, 100, "how little easy decisions count; 0 is weighted BCE"},
                     {"alpha", 0.25, -1, 1,
                      "weight of a present label, 1 - alpha of an absent one; "
                      "-1: both 1"}},
      .make = [](const LossParameters& parameters, const TargetCounts&) {
        return sigmoid_focal(parameters.at("gamma"), parameters.at("alpha"));
      }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
