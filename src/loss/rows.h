#pragma once
// What losses share that are sums over rows: chunks of rows on several threads, and the mean.

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "loss/loss.h"

namespace oneormany::loss {

/// What a kernel found in some rows.
struct RowSums {
  double value = 0;   ///< sum of the values
  double weight = 0;  ///< what they add to the denominator of the mean
  bool odd = false;   ///< there may be a logit that is NaN or infinite
  bool soft = false;  ///< there are targets that the loss doesn't take
};

/// One number for each class, in both precisions; or none at all.
class PerClass {
 public:
  PerClass() = default;
  explicit PerClass(std::vector<double> values)
      : double_(std::move(values)), float_(double_.begin(), double_.end()) {}

  bool empty() const { return double_.empty(); }
  std::size_t size() const { return double_.size(); }
  double operator[](std::size_t i) const { return double_[i]; }

  /// Null if empty.
  template <typename T>
  const T* data() const {
    if (empty()) return nullptr;
    if constexpr (sizeof(T) == sizeof(double)) return double_.data();
    if constexpr (sizeof(T) == sizeof(float)) return float_.data();
  }

 private:
  std::vector<double> double_;
  std::vector<float> float_;
};

/// Throws Error unless each weight is a finite number from 0 up. `loss`: whose they are.
PerClass weights_of(std::string_view loss, std::vector<double> weights);

/// Throws Error unless there are as many weights as columns, or none.
void require_size(const PerClass& weights, std::int64_t columns, std::string_view what);

/// Throws Error unless that holds of a loss's parameters.
void require(bool holds, const char* what);

/// Throws Error: names the first target that the loss doesn't take.
[[noreturn]] void throw_soft(const Loss& loss, const Batch<float>& batch);
[[noreturn]] void throw_soft(const Loss& loss, const Batch<double>& batch);

/// A loss whose rows don't know of each other. A subclass gives the two kernels.
class RowLoss : public Loss {
 protected:
  /// Value, gradient times `scale`, and weight of some rows. Called from several threads.
  virtual RowSums rows(const Batch<float>& some, double scale) const = 0;
  virtual RowSums rows(const Batch<double>& some, double scale) const = 0;

  /// The weight of all rows if nothing is ignored, told before the pass so that the gradient of the
  /// mean needs one pass only. If it turns out wrong there is a second one.
  virtual double expected_weight(const Batch<float>& batch) const;
  virtual double expected_weight(const Batch<double>& batch) const;

  double run(const Batch<float>& batch, Reduction reduction, int threads) const final;
  double run(const Batch<double>& batch, Reduction reduction, int threads) const final;

 private:
  template <typename T>
  double run_chunks(const Batch<T>& batch, Reduction reduction, int threads) const;
};

/// A row loss with one value a row and a mean over the rows, which wants to know the class of each:
/// one-hot targets become classes before the kernel sees them.
class ClassLoss : public RowLoss {
 public:
  std::int64_t values_size(std::int64_t rows, std::int64_t) const override { return rows; }
  Activation activation() const override { return Activation::kSoftmax; }

 protected:
  /// Requires some.classes.
  virtual RowSums class_rows(const Batch<float>& some, double scale) const = 0;
  virtual RowSums class_rows(const Batch<double>& some, double scale) const = 0;

  RowSums rows(const Batch<float>& some, double scale) const final;
  RowSums rows(const Batch<double>& some, double scale) const final;
  double expected_weight(const Batch<float>& batch) const final;
  double expected_weight(const Batch<double>& batch) const final;
};

/// A row loss with one value a logit and a mean over the known targets.
class LabelLoss : public RowLoss {
 public:
  std::int64_t values_size(std::int64_t rows, std::int64_t columns) const override {
    return rows * columns;
  }
  Activation activation() const override { return Activation::kSigmoid; }
};

template <typename T>
bool any_nan(const Batch<T>& batch) {
  return std::any_of(batch.logits, batch.logits + batch.rows * batch.columns,
                     [](T z) { return std::isnan(z); });
}

/// The rows [first, first + n) of a batch whose values are `values_per_row` a row.
template <typename T>
Batch<T> slice(const Batch<T>& batch, std::int64_t first, std::int64_t n,
               std::int64_t values_per_row) {
  Batch<T> some = batch;
  some.rows = n;
  some.logits += first * batch.columns;
  if (some.targets) some.targets += first * batch.columns;
  if (some.classes) some.classes += first;
  if (some.gradient) some.gradient += first * batch.columns;
  if (some.values) some.values += first * values_per_row;
  return some;
}

/// Rows in a chunk of work: so many that a chunk's logits, targets and gradient stay in the cache.
inline std::int64_t rows_per_chunk(std::int64_t columns) {
  constexpr std::int64_t kLogits = 16384;
  return columns >= kLogits ? 1 : kLogits / columns;
}

}  // namespace oneormany::loss
