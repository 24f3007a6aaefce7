// Vector arithmetic that the kernels share: compiled once for each instruction set (see Highway's
// documentation on foreach_target.h), so the guard is unusual and there is no #pragma once.

#if defined(ONEORMANY_LOSS_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONEORMANY_LOSS_VECTOR_INL_H_
#undef ONEORMANY_LOSS_VECTOR_INL_H_
#else
#define ONEORMANY_LOSS_VECTOR_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "loss/rows.h"

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
template <typename T>
using Tag = hn::ScalableTag<T>;
template <typename T>
using Vec = hn::Vec<Tag<T>>;

// A masked load or store must not touch what lies behind the row. AVX2 and later guarantee that.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
#define ONEORMANY_MASKED_MEMORY 1
#else
#define ONEORMANY_MASKED_MEMORY 0
#endif

/// The first n (less than a vector) of p, then zeros.
template <typename T>
HWY_INLINE Vec<T> LoadFirst(const T* p, std::size_t n) {
  const Tag<T> d;
#if ONEORMANY_MASKED_MEMORY
  return hn::MaskedLoad(hn::FirstN(d, n), d, p);
#else
  HWY_ALIGN T buffer[hn::MaxLanes(d)] = {};
  std::memcpy(buffer, p, n * sizeof(T));
  return hn::Load(d, buffer);
#endif
}

template <typename T>
HWY_INLINE void StoreFirst(Vec<T> v, T* p, std::size_t n) {
  const Tag<T> d;
#if ONEORMANY_MASKED_MEMORY
  hn::BlendedStore(v, hn::FirstN(d, n), d, p);
#else
  HWY_ALIGN T buffer[hn::MaxLanes(d)];
  hn::Store(v, d, buffer);
  std::memcpy(p, buffer, n * sizeof(T));
#endif
}
#undef ONEORMANY_MASKED_MEMORY

/// A whole vector of columns, from column i on.
struct Whole {
  std::size_t i;
  template <typename T>
  HWY_INLINE Vec<T> Load(const T* row) const {
    return hn::LoadU(Tag<T>(), row + i);
  }
  template <typename T>
  HWY_INLINE void Store(Vec<T> v, T* row) const {
    hn::StoreU(v, Tag<T>(), row + i);
  }
  /// `other` in the lanes that are no columns: here, none.
  template <typename T>
  HWY_INLINE Vec<T> Only(Vec<T> v, Vec<T> = hn::Zero(Tag<T>())) const {
    return v;
  }
};

/// The last n columns of a row, fewer than a vector, from column i on.
struct Rest {
  std::size_t i, n;
  template <typename T>
  HWY_INLINE Vec<T> Load(const T* row) const {
    return LoadFirst(row + i, n);
  }
  template <typename T>
  HWY_INLINE void Store(Vec<T> v, T* row) const {
    StoreFirst(v, row + i, n);
  }
  template <typename T>
  HWY_INLINE Vec<T> Only(Vec<T> v, Vec<T> other = hn::Zero(Tag<T>())) const {
    return hn::IfThenElse(hn::FirstN(Tag<T>(), n), v, other);
  }
};

/// Calls step(at) for all columns, a vector at a time. Inlined whole.
template <typename T, class Step>
HWY_INLINE void ForColumns(std::size_t columns, Step&& step) {
  const std::size_t lanes = hn::Lanes(Tag<T>());
  std::size_t i = 0;
  for (; i + lanes <= columns; i += lanes) step(Whole{i});
  if (i < columns) step(Rest{i, columns - i});
}

/// A row of targets as given.
template <typename T>
struct DenseTargets {
  const T* y;
  template <class At>
  HWY_INLINE Vec<T> Load(At at) const {
    return at.template Load<T>(y);
  }
};

/// A row of targets that has a one for its class.
template <typename T>
struct ClassTargets {
  int c;
  template <class At>
  HWY_INLINE Vec<T> Load(At at) const {
    const Tag<T> d;
    const auto is = hn::Eq(hn::Iota(d, static_cast<T>(at.i)), hn::Set(d, static_cast<T>(c)));
    return hn::IfThenElseZero(is, hn::Set(d, T{1}));
  }
};

/// A sum that loses nothing to its length: short runs in T, then double.
template <typename T>
class Sum {
 public:
  HWY_INLINE Sum() : sum_(hn::Zero(Tag<T>())) {}  // spelt out: a default one isn't vector code
  HWY_INLINE void Add(Vec<T> v) {
    sum_ = hn::Add(sum_, v);
    if (sizeof(T) == 4 && ++run_ == kRun) Flush();
  }
  HWY_INLINE double Total() {
    Flush();
    return total_;
  }

 private:
  static constexpr int kRun = 32;
  HWY_INLINE void Flush() {
    total_ += static_cast<double>(hn::GetLane(hn::SumOfLanes(Tag<T>(), sum_)));
    sum_ = hn::Zero(Tag<T>());
    run_ = 0;
  }
  Vec<T> sum_;
  double total_ = 0;
  int run_ = 0;
};

/// Remembers whether it saw a value that is not finite.
template <typename T>
class Guard {
 public:
  HWY_INLINE Guard() : zero_(hn::Zero(Tag<T>())) {}
  HWY_INLINE void See(Vec<T> v) { zero_ = hn::MulAdd(v, hn::Zero(Tag<T>()), zero_); }
  HWY_INLINE bool Odd() const {
    const auto sum = hn::GetLane(hn::SumOfLanes(Tag<T>(), zero_));
    return !(sum == 0);
  }

 private:
  Vec<T> zero_;
};

/// e^x for x ≤ 0; 0 where that is below the smallest normal number. Highway's is good to 1 ulp in
/// double. Ours, for float, is as good (tests/loss measures both) and takes half as many
/// instructions, because x can't be above 0.
HWY_INLINE Vec<double> ExpNegative(Vec<double> x) { return hn::Exp(Tag<double>(), x); }

HWY_INLINE Vec<float> ExpNegative(Vec<float> x) {
  // x = k ln 2 + r with |r| ≤ ln 2 / 2; e^x = 2^k e^r. Adding 1.5 · 2^23 leaves the whole number k
  // in the last bits. Polynomial: minimax of (e^r − 1 − r) / r² (Cephes, Moshier 1989).
  const Tag<float> d;
  const hn::RebindToSigned<Tag<float>> di;
  const auto magic = hn::Set(d, 12582912.f);
  const auto clamped = hn::Max(x, hn::Set(d, -87.33654f));  // ln of the smallest normal number
  const auto shifted = hn::MulAdd(clamped, hn::Set(d, 1.44269504f), magic);
  const auto k = hn::Sub(shifted, magic);
  auto r = hn::NegMulAdd(k, hn::Set(d, 0.693359375f), clamped);
  r = hn::NegMulAdd(k, hn::Set(d, -2.12194440e-4f), r);
  // By pairs (Estrin), so that fewer operations wait for each other.
  const auto r2 = hn::Mul(r, r);
  const auto high = hn::MulAdd(hn::Set(d, 1.9875691500e-4f), r, hn::Set(d, 1.3981999507e-3f));
  const auto middle = hn::MulAdd(hn::Set(d, 8.3334519073e-3f), r, hn::Set(d, 4.1665795894e-2f));
  const auto low = hn::MulAdd(hn::Set(d, 1.6666665459e-1f), r, hn::Set(d, 5.0000001201e-1f));
  const auto terms = hn::MulAdd(hn::MulAdd(high, r2, middle), r2, low);
  const auto p = hn::MulAdd(terms, r2, hn::Add(r, hn::Set(d, 1.f)));
  const auto power = hn::ShiftLeft<23>(hn::BitCast(di, shifted));
  return hn::IfThenElseZero(hn::Ge(x, hn::Set(d, -87.33654f)),
                            hn::BitCast(d, hn::Add(hn::BitCast(di, p), power)));
}

/// What sigmoids are made of. p = σ(z), q = 1 − p, each with full relative accuracy, and their
/// logarithms without ever taking one of a probability: −log p = max(−z, 0) + log(1 + e^−|z|).
template <typename T>
struct SigmoidParts {
  Vec<T> p, q, minus_log_p, minus_log_q;
};

template <typename T>
HWY_INLINE SigmoidParts<T> Sigmoid(Vec<T> z) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const auto magnitude = hn::Abs(z);
  const auto e = ExpNegative(hn::Neg(magnitude));
  const auto large = hn::Div(one, hn::Add(one, e));
  const auto small = hn::Mul(e, large);
  const auto log = hn::Log1p(d, e);
  const auto is_positive = hn::Ge(z, zero);
  return {hn::IfThenElse(is_positive, large, small), hn::IfThenElse(is_positive, small, large),
          hn::Add(hn::IfThenZeroElse(is_positive, magnitude), log),
          hn::Add(hn::IfThenElseZero(is_positive, magnitude), log)};
}

/// a · b, and 0 where a is 0, even if b is infinite.
template <typename T>
HWY_INLINE Vec<T> TimesOrZero(Vec<T> a, Vec<T> b) {
  return hn::IfThenElseZero(hn::Ne(a, hn::Zero(Tag<T>())), hn::Mul(a, b));
}

/// base^exponent, given log base; 0^0 is 1.
template <typename T>
HWY_INLINE Vec<T> PowerOfLog(Vec<T> log_base, T exponent) {
  const Tag<T> d;
  if (exponent == 0) return hn::Set(d, T{1});
  return ExpNegative(hn::Mul(log_base, hn::Set(d, exponent)));
}

/// Row i of a batch is left out: zeros for what it asks for. Its logits are looked at all the
/// same, so that a NaN is reported wherever it stands.
template <typename T>
HWY_INLINE void LeaveOut(const Batch<T>& batch, std::int64_t i, std::int64_t values_per_row,
                         Guard<T>& guard) {
  const T* z = batch.logits + i * batch.columns;
  ForColumns<T>(static_cast<std::size_t>(batch.columns),
                [&](auto at) HWY_ATTR { guard.See(at.template Load<T>(z)); });
  if (batch.gradient) std::fill_n(batch.gradient + i * batch.columns, batch.columns, T{0});
  if (batch.values) std::fill_n(batch.values + i * values_per_row, values_per_row, T{0});
}

/// Calls visit(i, targets) for each row that is not left out.
template <typename T, class Visit>
HWY_INLINE void ForRows(const Batch<T>& batch, std::int64_t values_per_row, Guard<T>& guard,
                        const Visit& visit) {
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    if (batch.targets) {
      visit(i, DenseTargets<T>{batch.targets + i * batch.columns});
    } else if (batch.classes[i] != kIgnored) {
      visit(i, ClassTargets<T>{batch.classes[i]});
    } else {
      LeaveOut(batch, i, values_per_row, guard);
    }
  }
}

/// Runs an element-wise loss over rows. `element(at, z, y, value, gradient)` writes value and
/// gradient of a vector of logits; targets that are NaN arrive as 0, and count as not known.
template <typename T, class Element>
HWY_INLINE RowSums ForElements(const Batch<T>& batch, double scale, const Element& element) {
  const Tag<T> d;
  const auto scale_by = hn::Set(d, static_cast<T>(scale));
  const auto one = hn::Set(d, T{1});
  const auto columns = static_cast<std::size_t>(batch.columns);
  RowSums sums;
  Sum<T> value_sum, known_sum;
  Guard<T> guard;
  ForRows(batch, batch.columns, guard, [&](std::int64_t i, const auto& targets) HWY_ATTR {
    const T* logits = batch.logits + i * batch.columns;
    ForColumns<T>(columns, [&](auto at) HWY_ATTR {
      const Vec<T> z = at.template Load<T>(logits), given = targets.Load(at);
      const auto known = hn::Eq(given, given);
      Vec<T> value = hn::Zero(d), gradient = hn::Zero(d);
      element(at, z, hn::IfThenElseZero(known, given), value, gradient);
      value = at.template Only<T>(hn::IfThenElseZero(known, value));
      gradient = hn::IfThenElseZero(known, hn::Mul(gradient, scale_by));
      guard.See(at.template Only<T>(z));
      value_sum.Add(value);
      known_sum.Add(at.template Only<T>(hn::IfThenElseZero(known, one)));
      if (batch.values) at.template Store<T>(value, batch.values + i * batch.columns);
      if (batch.gradient) at.template Store<T>(gradient, batch.gradient + i * batch.columns);
    });
  });
  sums.value = value_sum.Total();
  sums.weight = known_sum.Total();
  sums.odd = guard.Odd();
  return sums;
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#endif
