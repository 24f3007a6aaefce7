// Multi-class margin (Weston, Watkins 1999): w / columns · Σ_{c≠t} h_c^power with
// h_c = max(0, margin − z_t + z_c).

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/multi_margin.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/catalogue.h"
#include "loss/vector-inl.h"

#ifndef ONEORMANY_LOSS_MULTI_MARGIN
#define ONEORMANY_LOSS_MULTI_MARGIN
namespace oneormany::loss {
struct MultiMarginOptions {
  double margin = 1;
  int power = 1;
  PerClass weights;
};
}  // namespace oneormany::loss
#endif

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

template <typename T>
HWY_INLINE RowSums MultiMargin(const MultiMarginOptions& options, const Batch<T>& batch,
                               double scale) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const auto columns = static_cast<std::size_t>(batch.columns);
  const bool square = options.power == 2;
  RowSums total;
  Guard<T> guard;
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    const int c = batch.classes[i];
    const T* z = batch.logits + i * batch.columns;
    T* gradient = batch.gradient ? batch.gradient + i * batch.columns : nullptr;
    double value = 0;
    if (c >= 0) {
      const double w = options.weights.empty() ? 1 : options.weights[c];
      const double share = w / static_cast<double>(batch.columns);
      const auto own = hn::Set(d, z[c]), margin = hn::Set(d, static_cast<T>(options.margin));
      const auto by = hn::Set(d, static_cast<T>(share * scale * (square ? 2 : 1)));
      const ClassTargets<T> target{c};
      Sum<T> costs, slopes;
      ForColumns<T>(columns, [&](auto at) HWY_ATTR {
        const auto logit = at.template Load<T>(z);
        guard.See(logit);
        const auto excess = hn::Add(hn::Sub(logit, own), margin);
        const auto counts = hn::And(hn::Gt(excess, zero), hn::Eq(target.Load(at), zero));
        const auto h = at.template Only<T>(hn::IfThenElseZero(counts, excess));
        const auto slope = square ? h : at.template Only<T>(hn::IfThenElseZero(counts, one));
        costs.Add(square ? hn::Mul(h, h) : h);
        slopes.Add(slope);
        if (gradient) at.template Store<T>(hn::Mul(slope, by), gradient);
      });
      value = std::isinf(z[c]) ? std::numeric_limits<double>::quiet_NaN() : share * costs.Total();
      if (batch.values) batch.values[i] = static_cast<T>(value);
      if (gradient) {
        gradient[c] = static_cast<T>(-share * scale * (square ? 2 : 1) * slopes.Total());
      }
    } else {
      LeaveOut(batch, i, 1, guard);
    }
    if (c != kIgnored) total.weight += 1;
    total.value += value;
  }
  total.odd = guard.Odd();
  return total;
}

RowSums MultiMarginFloat(const MultiMarginOptions& options, const Batch<float>& batch,
                         double scale) {
  return MultiMargin(options, batch, scale);
}
RowSums MultiMarginDouble(const MultiMarginOptions& options, const Batch<double>& batch,
                          double scale) {
  return MultiMargin(options, batch, scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(MultiMarginFloat);
HWY_EXPORT(MultiMarginDouble);

namespace {

class MultiMarginLoss final : public ClassLoss {
 public:
  explicit MultiMarginLoss(MultiMarginOptions options) : options_(std::move(options)) {
    require(options_.power == 1 || options_.power == 2, "multi_margin: the power must be 1 or 2");
    require(std::isfinite(options_.margin), "multi_margin: the margin must be a number");
  }

  std::string_view name() const override { return "multi_margin"; }

 protected:
  void check(std::int64_t columns) const override {
    require_size(options_.weights, columns, "weights");
  }
  RowSums class_rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(MultiMarginFloat)(options_, some, scale);
  }
  RowSums class_rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(MultiMarginDouble)(options_, some, scale);
  }

 private:
  const MultiMarginOptions options_;
};

}  // namespace

std::unique_ptr<Loss> multi_margin(double margin, int power, std::vector<double> weights) {
  return std::make_unique<MultiMarginLoss>(
      MultiMarginOptions{margin, power, weights_of("multi_margin", std::move(weights))});
}

LossInfo multi_margin_info() {
  return {
      .name = "multi_margin",
      .title = "Multi-class margin",
      .targets = TargetKind::kClass,
      .soft_targets = false,
      .formula = "1/C sum over c != t of max(0, margin - z_t + z_c)^power",
      .gradient =
          "1/C [margin - z_t + z_c > 0] for c != t (times 2 max(...) if power is 2); t: minus "
          "their sum",
      .paper =
          "Weston, Watkins, Support Vector Machines for Multi-Class Pattern Recognition, ESANN "
          "1999 (a sum over the other classes; Crammer, Singer, JMLR 2001, take the largest)",
      .when =
          "Only the most probable class matters. There are no probabilities behind its logits: "
          "their softmax ranks but isn't calibrated.",
      .parameters = {{"margin", 1, 0, 1e6, "by how much the right class must lead"},
                     {"power", 1, 1, 2, "1 or 2; 2 is smooth"},
                     {"balance", 0, 0, 1, "weighs class c by (mean count / count of c)^balance"}},
      .make = [](const LossParameters& parameters, const TargetCounts& counts) {
        return multi_margin(parameters.at("margin"), static_cast<int>(parameters.at("power")),
                            balanced_weights(counts, parameters.at("balance")));
      }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
