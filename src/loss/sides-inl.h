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
namespace oneormany {
namespace HWY_NAMESPACE {

/// Absent labels (target 0) stand for z / T₋, present ones (target 1) for −z / T₊; labels that
/// aren't known for nothing.
template <typename T>
class SideMaker {
 public:
  using Mask = hn::Mask<Tag<T>>;

  HWY_INLINE SideMaker(double positive_temperature, double negative_temperature)
      : absent_by_(hn::Set(Tag<T>(), static_cast<T>(1 / negative_temperature))),
        present_by_(hn::Set(Tag<T>(), static_cast<T>(-1 / positive_temperature))) {}

  static HWY_INLINE Mask IsAbsent(Vec<T> y) { return hn::Eq(y, hn::Zero(Tag<T>())); }
  static HWY_INLINE Mask IsPresent(Vec<T> y) { return hn::Eq(y, hn::Set(Tag<T>(), T{1})); }
  /// 1 where a target is neither 0 nor 1 nor NaN.
  static HWY_INLINE Vec<T> Soft(Vec<T> y) {
    const auto zero = hn::Zero(Tag<T>());
    return hn::IfThenElseZero(hn::Ne(hn::Mul(y, hn::Sub(y, hn::Set(Tag<T>(), T{1}))), zero),
                              hn::IfThenElseZero(hn::Eq(y, y), hn::Set(Tag<T>(), T{1})));
  }
  HWY_INLINE Vec<T> Absent(Vec<T> z) const { return hn::Mul(z, absent_by_); }
  HWY_INLINE Vec<T> Present(Vec<T> z) const { return hn::Mul(z, present_by_); }

 private:
  Vec<T> absent_by_, present_by_;
};

/// Of the exponents x of one side: the largest (or the floor, if that is larger) and Σ e^(x − top).
template <typename T>
struct Side {
  T top;
  double sum;
  bool any() const { return sum > 0; }
  double log() const { return static_cast<double>(top) + std::log(sum); }
};

template <typename T>
struct Sides {
  Side<T> absent, present;
  bool soft = false;  ///< a target is neither 0 nor 1
};

/// The sides of a row. e^(x − top) goes into `exponentials` unless that is null, 0 where nothing is
/// known. `floor`: of both tops.
template <typename T, class Targets>
HWY_INLINE Sides<T> SidesOf(const T* z_row, const Targets& targets, std::size_t columns,
                            const SideMaker<T>& make, T floor, T* exponentials, Guard<T>& guard) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto absent_top = hn::Set(d, floor), present_top = absent_top, soft = zero;
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
    guard.See(z);
    soft = hn::Max(soft, make.Soft(y));
    absent_top = hn::Max(
        absent_top,
        at.template Only<T>(hn::IfThenElse(make.IsAbsent(y), make.Absent(z), lowest), lowest));
    present_top = hn::Max(present_top, hn::IfThenElse(make.IsPresent(y), make.Present(z), lowest));
  });
  Sides<T> sides{{hn::GetLane(hn::MaxOfLanes(d, absent_top)), 0},
                 {hn::GetLane(hn::MaxOfLanes(d, present_top)), 0},
                 hn::GetLane(hn::MaxOfLanes(d, soft)) > 0};
  absent_top = hn::Set(d, sides.absent.top);
  present_top = hn::Set(d, sides.present.top);
  Sum<T> absent_sum, present_sum;
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
    const auto is_absent = make.IsAbsent(y), is_present = make.IsPresent(y);
    const auto x = hn::IfThenElse(is_present, hn::Sub(make.Present(z), present_top),
                                  hn::Sub(make.Absent(z), absent_top));
    const auto e = ExpNegative(x);
    const auto absent = at.template Only<T>(hn::IfThenElseZero(is_absent, e));
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
    const auto by = hn::IfThenElse(SideMaker<T>::IsPresent(targets.Load(at)), present, absent);
    at.template Store<T>(hn::Mul(at.template Load<T>(row), by), row);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany
HWY_AFTER_NAMESPACE();

#endif
