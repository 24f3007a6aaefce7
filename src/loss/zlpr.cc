// ZLPR, zero-bounded log-sum-exp and pairwise rank-based loss (Su, Zhu, Pan, Wen, Liu, Jing 2022):
//   log(1 + Σ_absent e^z) + log(1 + Σ_present e^−z)
// The 1 in each is e^0: the threshold 0, which every present label should be above and every absent
// one below.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/zlpr.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/catalogue.h"
#include "loss/sides-inl.h"
HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

/// 1 + Σ e^x over a side, times e^−top.
template <typename T>
HWY_INLINE double WithOne(const Side<T>& side) {
  return std::exp(-static_cast<double>(side.top)) + side.sum;
}

template <typename T>
HWY_INLINE double LogWithOne(const Side<T>& side) {
  if (std::isinf(side.top)) return std::numeric_limits<double>::quiet_NaN();
  if (side.top == 0) return std::log1p(side.sum);  // exact where the sum is tiny
  return static_cast<double>(side.top) + std::log(WithOne(side));
}

template <typename T, class Targets>
HWY_INLINE RowSums ZlprRow(const T* z, const Targets& targets, std::size_t columns, double scale,
                           T* gradient, Guard<T>& guard) {
  const SideExponential<T> exponential(1, 1);
  const Sides<T> sides = SidesOf(z, targets, columns, exponential, T{0}, gradient, guard);
  if (gradient) {
    ScaleSides(gradient, targets, columns, scale / WithOne(sides.absent),
               -scale / WithOne(sides.present));
  }
  return {LogWithOne(sides.absent) + LogWithOne(sides.present), sides.known ? 1. : 0., false,
          sides.soft};
}

template <typename T>
HWY_INLINE RowSums Zlpr(const Batch<T>& batch, double scale) {
  const auto columns = static_cast<std::size_t>(batch.columns);
  RowSums total;
  Guard<T> guard;
  ForRows(batch, 1, guard, [&](std::int64_t i, const auto& targets) HWY_ATTR {
    const T* z = batch.logits + i * batch.columns;
    T* gradient = batch.gradient ? batch.gradient + i * batch.columns : nullptr;
    const RowSums row = ZlprRow(z, targets, columns, scale, gradient, guard);
    if (batch.values) batch.values[i] = static_cast<T>(row.value);
    total.value += row.value;
    total.weight += row.weight;
    total.soft |= row.soft;
  });
  total.odd = guard.Odd();
  return total;
}

RowSums ZlprFloat(const Batch<float>& batch, double scale) { return Zlpr(batch, scale); }
RowSums ZlprDouble(const Batch<double>& batch, double scale) { return Zlpr(batch, scale); }

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(ZlprFloat);
HWY_EXPORT(ZlprDouble);

namespace {

class ZlprLoss final : public RowLoss {
 public:
  std::string_view name() const override { return "zlpr"; }
  Activation activation() const override { return Activation::kSigmoid; }
  std::int64_t values_size(std::int64_t rows, std::int64_t) const override { return rows; }

 protected:
  RowSums rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(ZlprFloat)(some, scale);
  }
  RowSums rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(ZlprDouble)(some, scale);
  }
  double expected_weight(const Batch<float>& batch) const override {
    return static_cast<double>(batch.rows);
  }
  double expected_weight(const Batch<double>& batch) const override {
    return static_cast<double>(batch.rows);
  }
};

}  // namespace

std::unique_ptr<Loss> zlpr() { return std::make_unique<ZlprLoss>(); }

LossInfo zlpr_info() {
  return {.name = "zlpr",
          .title = "ZLPR",
          .targets = TargetKind::kLabels,
          .soft_targets = false,
          .formula = "log(1 + sum over absent of e^z) + log(1 + sum over present of e^-z)",
          .gradient = "absent: e^z / (1 + sum of them); present: -e^-z / (1 + sum of them)",
          .paper =
              "Su, Zhu, Pan, Wen, Liu, Jing, ZLPR: A Novel Loss for Multi-label Classification, "
              "2022",
          .when =
              "Many labels that are ranked against each other, with 0 as the threshold of all. "
              "Sigmoids of its logits decide well at 0.5, but are no calibrated probabilities.",
          .parameters = {},
          .make = [](const LossParameters&, const TargetCounts&) { return zlpr(); }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
