#include "loss/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "loss/rows.h"

namespace oneormany::loss {
namespace {

template <typename T>
void check_batch(const Batch<T>& batch) {
  if (batch.rows <= 0 || batch.columns <= 0)
    throw Error("no logits: there is nothing to take a loss of");
  if (!batch.logits || !batch.targets == !batch.classes) {
    throw Error("a batch wants logits, and either targets or classes");
  }
  for (std::int64_t i = 0; batch.classes && i < batch.rows; ++i) {
    const int c = batch.classes[i];
    if (c == kNoClass || c == kIgnored || (c >= 0 && c < batch.columns)) continue;
    throw Error("row " + std::to_string(i) + ": class " + std::to_string(c) + " is not among the " +
                std::to_string(batch.columns) + " columns");
  }
}

/// The value is not a number: says where that comes from.
template <typename T>
[[noreturn]] void explain_nan(const Loss& loss, const Batch<T>& batch) {
  const auto place = [&](std::int64_t i) {
    return "row " + std::to_string(i / batch.columns) + ", column " +
           std::to_string(i % batch.columns) + ": ";
  };
  const T* infinite = nullptr;
  for (const T* z = batch.logits; z < batch.logits + batch.rows * batch.columns; ++z) {
    if (std::isnan(*z)) throw Error(place(z - batch.logits) + "the logit is not a number");
    if (!infinite && std::isinf(*z)) infinite = z;
  }
  if (!infinite)
    throw Error(std::string(loss.name()) +
                ": the targets, or the weights, leave nothing to take a loss of");
  throw Error(place(infinite - batch.logits) + "the logit is infinite, and " +
              std::string(loss.name()) + " has no value for that row");
}

/// Sums of chunks are added in their order, so that the number of threads changes nothing.
RowSums total_of(const std::vector<RowSums>& chunks) {
  RowSums total;
  for (const RowSums& chunk : chunks) {
    total.value += chunk.value;
    total.weight += chunk.weight;
    total.odd |= chunk.odd;
    total.soft |= chunk.soft;
  }
  return total;
}

/// The class of a row of targets; nothing if they don't have just one.
template <typename T>
std::optional<int> class_of(const T* y, std::int64_t columns) {
  int found = kNoClass;
  for (std::int64_t c = 0; c < columns; ++c) {
    if (y[c] == 0) continue;
    if (std::isnan(y[c])) return kIgnored;
    if (y[c] != 1 || found != kNoClass) return std::nullopt;
    found = static_cast<int>(c);
  }
  return found;
}

template <typename T>
[[noreturn]] void explain_targets(const Loss& loss, const Batch<T>& batch) {
  const std::string name(loss.name());
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    const T* y = batch.targets + i * batch.columns;
    const std::string row = "row " + std::to_string(i);
    for (std::int64_t c = 0; c < batch.columns; ++c) {
      if (y[c] == 0 || y[c] == 1 || std::isnan(y[c])) continue;
      throw Error(row + ", column " + std::to_string(c) + ": the target is " +
                  std::to_string(y[c]) + ", but " + name + " wants 0 or 1 (NaN: not known)");
    }
    if (loss.activation() == Activation::kSoftmax && !class_of(y, batch.columns)) {
      throw Error(row + ": several targets are 1, but " + name + " wants one class for each row");
    }
  }
  throw Error(name + ": the targets are not what it wants");
}

}  // namespace

double Loss::evaluate(const Batch<float>& batch, Reduction reduction, int threads) const {
  check_batch(batch);
  check(batch.columns);
  const double value = run(batch, reduction, threads);
  if (std::isnan(value)) explain_nan(*this, batch);
  return value;
}

double Loss::evaluate(const Batch<double>& batch, Reduction reduction, int threads) const {
  check_batch(batch);
  check(batch.columns);
  const double value = run(batch, reduction, threads);
  if (std::isnan(value)) explain_nan(*this, batch);
  return value;
}

void throw_soft(const Loss& loss, const Batch<float>& batch) { explain_targets(loss, batch); }
void throw_soft(const Loss& loss, const Batch<double>& batch) { explain_targets(loss, batch); }

void require(bool holds, const char* what) {
  if (!holds) throw Error(what);
}

PerClass weights_of(std::string_view loss, std::vector<double> weights) {
  for (std::size_t c = 0; c < weights.size(); ++c) {
    if (std::isfinite(weights[c]) && weights[c] >= 0) continue;
    throw Error(std::string(loss) + ": weight " + std::to_string(c) + " is " +
                std::to_string(weights[c]) + ", but must be a finite number, 0 or more");
  }
  return PerClass(std::move(weights));
}

void require_size(const PerClass& weights, std::int64_t columns, std::string_view what) {
  if (weights.empty() || static_cast<std::int64_t>(weights.size()) == columns) return;
  throw Error(std::to_string(weights.size()) + " " + std::string(what) + " for " +
              std::to_string(columns) + " columns: there must be one for each");
}

double RowLoss::expected_weight(const Batch<float>& batch) const {
  return static_cast<double>(batch.rows) * static_cast<double>(batch.columns);
}

double RowLoss::expected_weight(const Batch<double>& batch) const {
  return static_cast<double>(batch.rows) * static_cast<double>(batch.columns);
}

template <typename T>
double RowLoss::run_chunks(const Batch<T>& batch, Reduction reduction, int threads) const {
  const std::int64_t step = rows_per_chunk(batch.columns);
  const std::int64_t values_per_row = values_size(1, batch.columns);
  const bool mean = reduction == Reduction::kMean;
  const double expected = mean ? expected_weight(batch) : 1;
  const double scale = expected > 0 ? 1 / expected : 0;

  std::vector<RowSums> chunks(static_cast<std::size_t>((batch.rows + step - 1) / step));
  base::parallel_for(
      chunks.size(),
      [&](std::size_t i) {
        const auto first = static_cast<std::int64_t>(i) * step;
        const auto n = std::min(step, batch.rows - first);
        chunks[i] = rows(slice(batch, first, n, values_per_row), scale);
      },
      threads);
  const RowSums total = total_of(chunks);
  if (total.soft) throw_soft(*this, batch);
  if (total.odd && any_nan(batch)) return std::numeric_limits<double>::quiet_NaN();
  if (!mean) return total.value;

  if (total.weight == 0) return std::numeric_limits<double>::quiet_NaN();  // nothing is known
  // Soft targets sum to 1 but for rounding, which is no reason for another pass; one row is.
  const double rounding = std::min(64 * std::numeric_limits<T>::epsilon() * expected, 0.5);
  if (batch.gradient && std::abs(total.weight - expected) > rounding) {
    const double correction = expected / total.weight;
    base::parallel_for(
        chunks.size(),
        [&](std::size_t i) {
          const auto first = static_cast<std::int64_t>(i) * step * batch.columns;
          const auto end = std::min(first + step * batch.columns, batch.rows * batch.columns);
          for (T* g = batch.gradient + first; g < batch.gradient + end; ++g) {
            *g = static_cast<T>(*g * correction);
          }
        },
        threads);
  }
  return total.value / total.weight;
}

double RowLoss::run(const Batch<float>& batch, Reduction reduction, int threads) const {
  return run_chunks(batch, reduction, threads);
}

double RowLoss::run(const Batch<double>& batch, Reduction reduction, int threads) const {
  return run_chunks(batch, reduction, threads);
}

namespace {

/// The same rows with classes for one-hot targets; nothing if a row doesn't have just one.
template <typename T>
std::optional<Batch<T>> with_classes(const Batch<T>& some, std::vector<int>& classes) {
  for (std::int64_t i = 0; i < some.rows; ++i) {
    const auto found = class_of(some.targets + i * some.columns, some.columns);
    if (!found) return std::nullopt;
    classes.push_back(*found);
  }
  Batch<T> result = some;
  result.targets = nullptr;
  result.classes = classes.data();
  return result;
}

}  // namespace

RowSums ClassLoss::rows(const Batch<float>& some, double scale) const {
  if (some.classes) return class_rows(some, scale);
  std::vector<int> classes;
  const auto by_number = with_classes(some, classes);
  return by_number ? class_rows(*by_number, scale) : RowSums{.soft = true};
}

RowSums ClassLoss::rows(const Batch<double>& some, double scale) const {
  if (some.classes) return class_rows(some, scale);
  std::vector<int> classes;
  const auto by_number = with_classes(some, classes);
  return by_number ? class_rows(*by_number, scale) : RowSums{.soft = true};
}

double ClassLoss::expected_weight(const Batch<float>& batch) const {
  return static_cast<double>(batch.rows);
}

double ClassLoss::expected_weight(const Batch<double>& batch) const {
  return static_cast<double>(batch.rows);
}

}  // namespace oneormany::loss
