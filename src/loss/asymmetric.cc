// Asymmetric loss, ASL (Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor 2021).
// The gradient flows through the focusing weights too. With q = 1 − p and dp/dz = p q:
//   present: L = q^γ₊ A, A = −log max(p, clamp);   dL/dz = q^γ₊ (−[p > clamp] q − γ₊ p A)
//   absent:  r = max(p − margin, 0), s = 1 − r, L = r^γ₋ B, B = −log max(s, clamp);
//            dL/dz = [p > margin] p q (γ₋ r^(γ₋−1) B + [s > clamp] r^γ₋ / s)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/asymmetric.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/catalogue.h"
#include "loss/vector-inl.h"
HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

template <typename T>
HWY_INLINE RowSums Asymmetric(const AsymmetricOptions& options, const Batch<T>& batch,
                              double scale) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const auto gamma_positive = hn::Set(d, static_cast<T>(options.gamma_positive));
  const auto gamma_negative = hn::Set(d, static_cast<T>(options.gamma_negative));
  const auto margin = hn::Set(d, static_cast<T>(options.margin));
  const auto clamp = hn::Set(d, static_cast<T>(options.clamp));
  const auto highest = hn::Set(d, static_cast<T>(-std::log(options.clamp)));
  const bool has_margin = options.margin > 0;
  return ForElements(
      batch, scale, [&](auto, Vec<T> z, Vec<T> y, Vec<T>& value, Vec<T>& gradient) HWY_ATTR {
        const auto parts = Sigmoid<T>(z);
        const auto absent = hn::Sub(one, y);

        const auto a = hn::Min(parts.minus_log_p, highest);
        const auto focus_a =
            PowerOfLog(hn::Neg(parts.minus_log_q), static_cast<T>(options.gamma_positive));
        const auto open_a = hn::Gt(parts.p, clamp);
        const auto slope_a =
            hn::Mul(focus_a, hn::NegMulAdd(hn::Mul(gamma_positive, parts.p), a,
                                           hn::Neg(hn::IfThenElseZero(open_a, parts.q))));

        // Without a margin −log s and p q / s are known exactly; with one, s ≥ margin.
        auto b = hn::Min(parts.minus_log_q, highest);
        auto log_r = hn::Neg(parts.minus_log_p);
        auto r = parts.p, slope_s = parts.p;  // p q / s
        auto open_b = hn::Gt(parts.q, clamp);
        auto costs = hn::Gt(parts.p, zero);
        if (has_margin) {
          r = hn::Max(hn::Sub(parts.p, margin), zero);
          costs = hn::Gt(r, zero);
          log_r = hn::Log(d, hn::IfThenElse(costs, r, one));
          const auto s = hn::Add(parts.q, hn::Sub(parts.p, r));
          b = hn::Min(hn::Neg(hn::Log(d, s)), highest);
          slope_s = hn::Div(hn::Mul(parts.p, parts.q), s);
          open_b = hn::Gt(s, clamp);
        }
        const auto focus_b = PowerOfLog(log_r, static_cast<T>(options.gamma_negative));
        // p q r^(γ−1) B: p q / r is at most q / (1 − margin / p), and r > 0 where it counts.
        const auto per_r = hn::Div(hn::Mul(parts.p, parts.q), hn::IfThenElse(costs, r, one));
        const auto slope_b = hn::IfThenElseZero(
            costs, hn::Mul(focus_b, hn::MulAdd(hn::Mul(gamma_negative, per_r), b,
                                               hn::IfThenElseZero(open_b, slope_s))));
        const auto value_b = hn::IfThenElseZero(costs, hn::Mul(focus_b, b));

        value = hn::MulAdd(y, TimesOrZero<T>(focus_a, a), hn::Mul(absent, value_b));
        gradient = hn::MulAdd(y, slope_a, hn::Mul(absent, slope_b));
      });
}

RowSums AsymmetricFloat(const AsymmetricOptions& options, const Batch<float>& batch, double scale) {
  return Asymmetric(options, batch, scale);
}
RowSums AsymmetricDouble(const AsymmetricOptions& options, const Batch<double>& batch,
                         double scale) {
  return Asymmetric(options, batch, scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(AsymmetricFloat);
HWY_EXPORT(AsymmetricDouble);

namespace {

class AsymmetricLoss final : public LabelLoss {
 public:
  explicit AsymmetricLoss(AsymmetricOptions options) : options_(options) {}

  std::string_view name() const override { return "asymmetric"; }

 protected:
  RowSums rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(AsymmetricFloat)(options_, some, scale);
  }
  RowSums rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(AsymmetricDouble)(options_, some, scale);
  }

 private:
  const AsymmetricOptions options_;
};

}  // namespace

std::unique_ptr<Loss> asymmetric(AsymmetricOptions options) {
  require(options.gamma_positive >= 0 && options.gamma_negative >= 0,
          "asymmetric: both gammas must be at least 0");
  require(options.margin >= 0 && options.margin < 1, "asymmetric: the margin must be in 0-1");
  require(options.clamp > 0 && options.clamp < 1, "asymmetric: the clamp must be in 0-1");
  return std::make_unique<AsymmetricLoss>(options);
}

LossInfo asymmetric_info() {
  return {
      .name = "asymmetric",
      .title = "Asymmetric loss (ASL)",
      .targets = TargetKind::kLabels,
      .soft_targets = true,
      .formula =
          "-y (1 - p)^gamma_positive log p - (1 - y) p'^gamma_negative log(1 - p'),  "
          "p' = max(p - margin, 0)",
      .gradient = "through p and both focusing weights; 0 for absent labels below the margin",
      .paper =
          "Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor, Asymmetric Loss For "
          "Multi-Label Classification, ICCV 2021",
      .when =
          "Many labels, few of them present, and some tags missing: absent labels that look "
          "present cost little. Says yes too easily at 0.5: tune the thresholds.",
      .parameters = {{"gamma_positive", 0, 0, 100, "focusing of present labels"},
                     {"gamma_negative", 4, 0, 100, "focusing of absent labels"},
                     {"margin", 0.05, 0, 0.99,
                      "absent labels with a probability below this cost nothing"},
                     {"clamp", 1e-8, 1e-30, 0.1,
                      "no logarithm of less; below, a present label has no slope"}},
      .make = [](const LossParameters& parameters, const TargetCounts&) {
        return asymmetric({.gamma_positive = parameters.at("gamma_positive"),
                           .gamma_negative = parameters.at("gamma_negative"),
                           .margin = parameters.at("margin"),
                           .clamp = parameters.at("clamp")});
      }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
