// The softmax of one row, as the losses on it need it. Guarded as vector-inl.h is.

#if defined(ONEORMANY_LOSS_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONEORMANY_LOSS_SOFTMAX_INL_H_
#undef ONEORMANY_LOSS_SOFTMAX_INL_H_
#else
#define ONEORMANY_LOSS_SOFTMAX_INL_H_
#endif

#include <algorithm>
#include <type_traits>

#include "loss/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

/// The logits of a row as they are.
template <typename T>
struct PlainLogits {
  const T* z;
  template <class At>
  HWY_INLINE Vec<T> Load(At at) const {
    return at.template Load<T>(z);
  }
  HWY_INLINE T operator[](std::int64_t c) const { return z[c]; }
};

/// With a number added to each column. The largest of the row is taken off first: beside a large
/// logit the number would be rounded away.
template <typename T>
struct ShiftedLogits {
  const T* z;
  const T* shift;
  T largest;
  template <class At>
  HWY_INLINE Vec<T> Load(At at) const {
    const auto below = hn::Sub(at.template Load<T>(z), hn::Set(Tag<T>(), largest));
    return hn::Add(below, at.template Load<T>(shift));
  }
  HWY_INLINE T operator[](std::int64_t c) const { return (z[c] - largest) + shift[c]; }
};

/// The softmax of a row is e^(z_c − top) / sum().
template <typename T>
struct SoftmaxSums {
  T top;        ///< the largest logit
  double rest;  ///< Σ e^(z − top) but for one term of a largest logit, which is 1. Keeping the two
                ///< apart keeps log sum and 1 − p exact where p is nearly 1
  double sum() const { return 1 + rest; }
  double log_sum() const { return std::log1p(rest); }

  /// Σ e^(z − top) without column c, of logit z.
  double sum_without(T z) const {
    return z == top ? rest : sum() - std::exp(static_cast<double>(z) - static_cast<double>(top));
  }
};

template <typename T, class Logits>
HWY_INLINE T TopOf(const Logits& logits, std::size_t columns) {
  const Tag<T> d;
  const auto lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto top = lowest;
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    top = hn::Max(top, at.template Only<T>(logits.Load(at), lowest));
  });
  return hn::GetLane(hn::MaxOfLanes(d, top));
}

/// Sums of a row. e^(z − top) goes into `exponentials` unless that is null; visit(at, z − top) is
/// called on the way. All sums are NaN if the largest logit is infinite; a logit that is NaN shows
/// in the guard alone.
template <typename T, class Logits, class Visit>
HWY_INLINE SoftmaxSums<T> Exponentials(const Logits& logits, std::size_t columns, T* exponentials,
                                       Guard<T>& guard, const Visit& visit) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const T top = TopOf<T>(logits, columns);
  const auto tops = hn::Set(d, top);
  Sum<T> rest;
  auto top_count = zero;
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    const auto below = hn::Sub(logits.Load(at), tops);
    const auto e = ExpNegative(below);
    const auto is_top = hn::Eq(below, zero);
    guard.See(at.template Only<T>(below));
    rest.Add(at.template Only<T>(hn::IfThenZeroElse(is_top, e)));
    top_count = hn::Add(top_count, at.template Only<T>(hn::IfThenElseZero(is_top, one)));
    if (exponentials) at.template Store<T>(e, exponentials);
    visit(at, below);
  });
  const auto others = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, top_count))) - 1;
  if (std::isinf(top)) return {top, std::numeric_limits<double>::quiet_NaN()};
  return {top, rest.Total() + others};
}

/// Multiplies a row of the softmax's exponentials: out = e · by.
template <typename T>
HWY_INLINE void Scale(T* row, std::size_t columns, double by) {
  const auto factor = hn::Set(Tag<T>(), static_cast<T>(by));
  ForColumns<T>(columns, [&](auto at) HWY_ATTR {
    at.template Store<T>(hn::Mul(at.template Load<T>(row), factor), row);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#endif
