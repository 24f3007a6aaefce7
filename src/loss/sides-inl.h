// The labels that a picture doesn't have and those that it has, as ZLPR and the two-way loss set
// them against each other. Guarded as vector-inl.h is.

#if defined(ONEORMANY_LOSS_SIDES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONEORMANY_LOSS_SIDES_INL_H_
#undef ONEORMANY_LOSS_SIDES_INL_H_
#else
#define ONEORMANY_LOSS_SIDES_INL_H_
#endif

#include <algorithm>

#include "loss/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

template <typename T>
using MaskOf = hn::Mask<Tag<T>>;

/// Labels that aren't known (target NaN) are neither absent nor present.
template <typename T>
HWY_INLINE MaskOf<T> IsAbsent(Vec<T> y) {
  return hn::Eq(y, hn::Zero(Tag<T>()));
}
template <typename T>
HWY_INLINE MaskOf<T> IsPresent(Vec<T> y) {
  return hn::Eq(y, hn::Set(Tag<T>(), T{1}));
}

/// 1 where a target is neither 0 nor 1 nor NaN.
template <typename T>
HWY_INLINE Vec<T> Soft(Vec<T> y) {
  const auto one = hn::Set(Tag<T>(), T{1});
  const auto is_hard = hn::Or(hn::Or(IsAbsent<T>(y), IsPresent<T>(y)), hn::IsNaN(y));
  return hn::IfThenZeroElse(is_hard, one);
}

/// e^((x − top) / T) of each side: x is z for absent labels and −z for present ones.
template <typename T>
class SideExponential {
 public:
  HWY_INLINE SideExponential(double positive_temperature, double negative_temperature)
      : absent_by_(hn::Set(Tag<T>(), static_cast<T>(1 / negative_temperature))),
        present_by_(hn::Set(Tag<T>(), static_cast<T>(1 / positive_temperature))) {}

  HWY_INLINE Vec<T> operator()(Vec<T> z, MaskOf<T> is_present, Vec<T> absent_top,
                               Vec<T> present_top) const {
    const auto below =
        hn::IfThenElse(is_present, hn::Sub(hn::Neg(z), present_top), hn::Sub(z, absent_top));
    return ExpNegative(hn::Mul(below, hn::IfThenElse(is_present, present_by_, absent_by_)));
  }

 private:
  Vec<T> absent_by_, present_by_;
};

/// Of one side: the largest x (or the floor, if that is larger) and Σ e^((x − top) / T).
template <typename T>
struct Side {
  T top;
  double sum;
  bool any() const { return sum > 0; }
  /// T log Σ e^((x − top) / T).
  double log_of_sum(double temperature) const { return temperature * std::log(sum); }
};

template <typename T>
struct Sides {
  Side<T> absent, present;
  bool soft = false;   ///< a target is neither 0 nor 1
  bool known = false;  ///< there is a target
};

/// The sides of a row. The exponentials go into `exponentials` unless that is null, 0 where nothing
/// is known. `floor`: of both tops.
template <typename T, class Targets>
HWY_INLINE Sides<T> SidesOf(const T* z_row, const Targets& targets, std::size_t columns,
                            const SideExponential<T>& exponential, T floor, T* exponentials,
                            Guard<T>& guard) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const auto lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto absent_top = hn::Set(d, floor), present_top = absent_top, soft = zero, known = zero;
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
    guard.See(z);
    soft = hn::Max(soft, Soft<T>(y));
    known = hn::Max(known, at.template Only<T>(hn::IfThenElseZero(hn::Eq(y, y), one)));
    absent_top =
        hn::Max(absent_top, at.template Only<T>(hn::IfThenElse(IsAbsent<T>(y), z, lowest), lowest));
    present_top = hn::Max(present_top, hn::IfThenElse(IsPresent<T>(y), hn::Neg(z), lowest));
  });
  const auto largest = [&](Vec<T> v) HWY_ATTR { return hn::GetLane(hn::MaxOfLanes(d, v)); };
  Sides<T> sides{
      {largest(absent_top), 0}, {largest(present_top), 0}, largest(soft) > 0, largest(known) > 0};
  absent_top = hn::Set(d, sides.absent.top);
  present_top = hn::Set(d, sides.present.top);
  Sum<T> absent_sum, present_sum;
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
    const auto is_present = IsPresent<T>(y);
    const auto e = exponential(z, is_present, absent_top, present_top);
    const auto absent = at.template Only<T>(hn::IfThenElseZero(IsAbsent<T>(y), e));
    const auto present = hn::IfThenElseZero(is_present, e);
    absent_sum.Add(absent);
    present_sum.Add(present);
    if (exponentials) at.template Store<T>(hn::Add(absent, present), exponentials);
  });
  sides.absent.sum = absent_sum.Total();
  sides.present.sum = present_sum.Total();
  return sides;
}

/// Exponentials to gradient, in place: absent ones times `absent_by`, present ones `present_by`.
template <typename T, class Targets>
HWY_INLINE void ScaleSides(T* row, const Targets& targets, std::size_t columns, double absent_by,
                           double present_by) {
  const auto absent = hn::Set(Tag<T>(), static_cast<T>(absent_by));
  const auto present = hn::Set(Tag<T>(), static_cast<T>(present_by));
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    const auto by = hn::IfThenElse(IsPresent<T>(targets.Load(at)), present, absent);
    at.template Store<T>(hn::Mul(at.template Load<T>(row), by), row);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#endif
