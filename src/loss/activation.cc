#include "loss/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/activation.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

/// row = f(row), a vector at a time.
template <typename T, class Function>
HWY_INLINE void Map(T* row, std::size_t n, const Function& f) {
  ForColumns<T>(n,
                [&](auto at) HWY_ATTR { at.template Store<T>(f(at.template Load<T>(row)), row); });
}

/// A row whose largest entry is infinite, or that holds a NaN, has no softmax: all NaN.
template <typename T>
HWY_INLINE bool NoSoftmax(T* row, std::size_t n, const SoftmaxSums<T>& sums,
                          const Guard<T>& guard) {
  const bool none = std::isnan(sums.rest) ||
                    (guard.Odd() && std::any_of(row, row + n, [](T z) { return std::isnan(z); }));
  if (none) std::fill_n(row, n, std::numeric_limits<T>::quiet_NaN());
  return none;
}

template <typename T>
HWY_INLINE void Softmax(T* row, std::size_t n) {
  Guard<T> guard;
  const auto sums = Exponentials<T>(PlainLogits<T>{row}, n, static_cast<T*>(nullptr), guard,
                                    [](auto, Vec<T>) HWY_ATTR {});
  if (NoSoftmax(row, n, sums, guard)) return;
  const Tag<T> d;
  const auto top = hn::Set(d, sums.top), by = hn::Set(d, static_cast<T>(1 / sums.sum()));
  Map(row, n, [&](Vec<T> z) HWY_ATTR { return hn::Mul(ExpNegative(hn::Sub(z, top)), by); });
}

template <typename T>
HWY_INLINE void LogSoftmax(T* row, std::size_t n) {
  Guard<T> guard;
  const auto sums = Exponentials<T>(PlainLogits<T>{row}, n, static_cast<T*>(nullptr), guard,
                                    [](auto, Vec<T>) HWY_ATTR {});
  if (NoSoftmax(row, n, sums, guard)) return;
  const Tag<T> d;
  const auto top = hn::Set(d, sums.top), log_sum = hn::Set(d, static_cast<T>(sums.log_sum()));
  Map(row, n, [&](Vec<T> z) HWY_ATTR { return hn::Sub(hn::Sub(z, top), log_sum); });
}

/// Vector functions lose NaN; here it stays.
template <typename T>
HWY_INLINE Vec<T> KeepNan(Vec<T> z, Vec<T> result) {
  return hn::IfThenElse(hn::IsNaN(z), z, result);
}

template <typename T>
HWY_INLINE void SigmoidRow(T* row, std::size_t n) {
  Map(row, n, [](Vec<T> z) HWY_ATTR { return KeepNan<T>(z, Sigmoid<T>(z).p); });
}

template <typename T>
HWY_INLINE void LogSigmoid(T* row, std::size_t n) {
  Map(row, n, [](Vec<T> z) HWY_ATTR { return KeepNan<T>(z, hn::Neg(Sigmoid<T>(z).minus_log_p)); });
}

void SoftmaxFloat(float* row, std::size_t n) { Softmax(row, n); }
void SoftmaxDouble(double* row, std::size_t n) { Softmax(row, n); }
void LogSoftmaxFloat(float* row, std::size_t n) { LogSoftmax(row, n); }
void LogSoftmaxDouble(double* row, std::size_t n) { LogSoftmax(row, n); }
void SigmoidFloat(float* row, std::size_t n) { SigmoidRow(row, n); }
void SigmoidDouble(double* row, std::size_t n) { SigmoidRow(row, n); }
void LogSigmoidFloat(float* row, std::size_t n) { LogSigmoid(row, n); }
void LogSigmoidDouble(double* row, std::size_t n) { LogSigmoid(row, n); }

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(SoftmaxFloat);
HWY_EXPORT(SoftmaxDouble);
HWY_EXPORT(LogSoftmaxFloat);
HWY_EXPORT(LogSoftmaxDouble);
HWY_EXPORT(SigmoidFloat);
HWY_EXPORT(SigmoidDouble);
HWY_EXPORT(LogSigmoidFloat);
HWY_EXPORT(LogSigmoidDouble);

std::string_view name_of(Activation activation) {
  return activation == Activation::kSoftmax ? "softmax" : "sigmoid";
}

void softmax(std::span<float> row) { HWY_DYNAMIC_DISPATCH(SoftmaxFloat)(row.data(), row.size()); }
void softmax(std::span<double> row) { HWY_DYNAMIC_DISPATCH(SoftmaxDouble)(row.data(), row.size()); }
void log_softmax(std::span<float> row) {
  HWY_DYNAMIC_DISPATCH(LogSoftmaxFloat)(row.data(), row.size());
}
void log_softmax(std::span<double> row) {
  HWY_DYNAMIC_DISPATCH(LogSoftmaxDouble)(row.data(), row.size());
}
void sigmoid(std::span<float> row) { HWY_DYNAMIC_DISPATCH(SigmoidFloat)(row.data(), row.size()); }
void sigmoid(std::span<double> row) { HWY_DYNAMIC_DISPATCH(SigmoidDouble)(row.data(), row.size()); }
void log_sigmoid(std::span<float> row) {
  HWY_DYNAMIC_DISPATCH(LogSigmoidFloat)(row.data(), row.size());
}
void log_sigmoid(std::span<double> row) {
  HWY_DYNAMIC_DISPATCH(LogSigmoidDouble)(row.data(), row.size());
}

namespace {

template <typename T>
void activate_rows(Activation activation, T* logits, std::int64_t rows, std::int64_t columns) {
  const auto n = static_cast<std::size_t>(columns);
  if (activation == Activation::kSigmoid) {
    sigmoid(std::span<T>(logits, static_cast<std::size_t>(rows) * n));
    return;
  }
  for (std::int64_t i = 0; i < rows; ++i) softmax(std::span<T>(logits + i * columns, n));
}

// The way back is rare and not worth vector code.
template <typename T, class Function>
void map(std::span<T> row, Function f) {
  std::transform(row.begin(), row.end(), row.begin(), f);
}

}  // namespace

void activate(Activation activation, float* logits, std::int64_t rows, std::int64_t columns) {
  activate_rows(activation, logits, rows, columns);
}
void activate(Activation activation, double* logits, std::int64_t rows, std::int64_t columns) {
  activate_rows(activation, logits, rows, columns);
}

void inverse_softmax(std::span<float> row) {
  map(row, [](float p) { return std::log(p); });
}
void inverse_softmax(std::span<double> row) {
  map(row, [](double p) { return std::log(p); });
}
void inverse_sigmoid(std::span<float> row) {
  map(row, [](float p) { return std::log(p) - std::log1p(-p); });
}
void inverse_sigmoid(std::span<double> row) {
  map(row, [](double p) { return std::log(p) - std::log1p(-p); });
}
void inverse_log_sigmoid(std::span<float> row) {
  map(row, [](float x) { return x - std::log(-std::expm1(x)); });
}
void inverse_log_sigmoid(std::span<double> row) {
  map(row, [](double x) { return x - std::log(-std::expm1(x)); });
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
