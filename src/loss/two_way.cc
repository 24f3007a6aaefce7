// Two-way multi-label loss (Kobayashi 2023): with S(line) = softplus(a + b),
//   a = T₋ log Σ_absent e^(z / T₋),   b = T₊ log Σ_present e^(−z / T₊),
// of every row, and of every column, that has a present label. The gradient of a term is σ(a + b)
// times the softmax of each side, with the sign of the side.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/two_way.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include <atomic>
#include <vector>

#include "base/parallel.h"
#include "loss/catalogue.h"
#include "loss/sides-inl.h"

#ifndef ONEORMANY_LOSS_TWO_WAY
#define ONEORMANY_LOSS_TWO_WAY
namespace oneormany::loss {
struct TwoWayOptions {
  double positive_temperature = 4, negative_temperature = 1;
};

/// softplus(a + b) of a line, and what e^(x − top) of each side is multiplied with for its
/// gradient.
struct TwoWayTerm {
  double value = 0, absent_by = 0, present_by = 0;
};

/// Columns that are worked on together: what is kept for each fits into the first cache.
inline constexpr std::int64_t kColumnBlock = 256;
}  // namespace oneormany::loss
#endif

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

template <typename T>
HWY_INLINE TwoWayTerm TermOf(const TwoWayOptions& options, const Side<T>& absent,
                             const Side<T>& present) {
  constexpr T infinite = std::numeric_limits<T>::infinity();
  if (present.top == infinite || absent.top == infinite) {
    return {std::numeric_limits<double>::quiet_NaN(), 0, 0};
  }
  // Without absent labels, softplus(−∞): there is nothing that the present ones could be taken for.
  if (!present.any() || !absent.any()) return {};
  // The tops first: they may be large and cancel.
  const double sum = (static_cast<double>(absent.top) + static_cast<double>(present.top)) +
                     (absent.log_of_sum(options.negative_temperature) +
                      present.log_of_sum(options.positive_temperature));
  const double e = std::exp(-std::abs(sum));
  const double slope = sum >= 0 ? 1 / (1 + e) : e / (1 + e);
  return {std::max(sum, 0.0) + std::log1p(e), slope / absent.sum, -slope / present.sum};
}

/// Rows: terms into values, gradient times scale.
template <typename T>
HWY_INLINE RowSums TwoWayRows(const TwoWayOptions& options, const Batch<T>& batch, double scale) {
  const SideExponential<T> exponential(options.positive_temperature, options.negative_temperature);
  const T lowest = -std::numeric_limits<T>::infinity();
  const auto columns = static_cast<std::size_t>(batch.columns);
  RowSums total;
  Guard<T> guard;
  ForRows(batch, 1, guard, [&](std::int64_t i, const auto& targets) HWY_ATTR {
    T* gradient = batch.gradient ? batch.gradient + i * batch.columns : nullptr;
    const auto sides = SidesOf(batch.logits + i * batch.columns, targets, columns, exponential,
                               lowest, gradient, guard);
    const TwoWayTerm term = TermOf(options, sides.absent, sides.present);
    if (gradient) {
      ScaleSides(gradient, targets, columns, scale * term.absent_by, scale * term.present_by);
    }
    total.value += term.value;
    total.weight += sides.known ? 1 : 0;
    total.soft |= sides.soft;
    if (batch.values) batch.values[i] = static_cast<T>(term.value);
  });
  total.odd = guard.Odd();
  return total;
}

/// Calls visit(i, targets) for each row that isn't ignored.
template <typename T, class Visit>
HWY_INLINE void ForKnownRows(const Batch<T>& batch, std::int64_t first, const Visit& visit) {
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    if (batch.targets) {
      visit(i, DenseTargets<T>{batch.targets + i * batch.columns + first});
    } else if (batch.classes[i] != kIgnored) {
      visit(i, ClassTargets<T>{batch.classes[i] - static_cast<int>(first)});
    }
  }
}

/// The columns [first, first + n): values[first …] are written, the gradient is added to.
template <typename T>
HWY_INLINE double TwoWayColumns(const TwoWayOptions& options, const Batch<T>& batch,
                                std::int64_t first, std::int64_t n, double scale, T* values) {
  const Tag<T> d;
  const SideExponential<T> exponential(options.positive_temperature, options.negative_temperature);
  const T lowest_one = -std::numeric_limits<T>::infinity();
  const auto zero = hn::Zero(d), lowest = hn::Set(d, lowest_one);
  const auto columns = static_cast<std::size_t>(n);
  T absent_top[kColumnBlock], present_top[kColumnBlock];
  std::fill_n(absent_top, n, lowest_one);
  std::fill_n(present_top, n, lowest_one);
  ForKnownRows(batch, first, [&](std::int64_t i, const auto& targets) HWY_ATTR {
    const T* z_row = batch.logits + i * batch.columns + first;
    ForColumns<T>(columns, [&](auto at) HWY_ATTR {
      const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
      at.template Store<T>(
          hn::Max(at.template Load<T>(absent_top), hn::IfThenElse(IsAbsent<T>(y), z, lowest)),
          absent_top);
      at.template Store<T>(hn::Max(at.template Load<T>(present_top),
                                   hn::IfThenElse(IsPresent<T>(y), hn::Neg(z), lowest)),
                           present_top);
    });
  });

  const auto exponential_at = [&](auto at, Vec<T> z, auto is_present) HWY_ATTR {
    return exponential(z, is_present, at.template Load<T>(absent_top),
                       at.template Load<T>(present_top));
  };
  T absent_run[kColumnBlock] = {}, present_run[kColumnBlock] = {};
  double absent_sum[kColumnBlock] = {}, present_sum[kColumnBlock] = {};
  const auto flush = [&] {  // short runs in T, then double
    for (std::int64_t c = 0; c < n; ++c) {
      absent_sum[c] += static_cast<double>(std::exchange(absent_run[c], T{0}));
      present_sum[c] += static_cast<double>(std::exchange(present_run[c], T{0}));
    }
  };
  constexpr std::int64_t kRun = 32;
  ForKnownRows(batch, first, [&](std::int64_t i, const auto& targets) HWY_ATTR {
    const T* z_row = batch.logits + i * batch.columns + first;
    ForColumns<T>(columns, [&](auto at) HWY_ATTR {
      const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
      const auto is_absent = IsAbsent<T>(y), is_present = IsPresent<T>(y);
      const auto e = exponential_at(at, z, is_present);
      at.template Store<T>(
          hn::Add(at.template Load<T>(absent_run), hn::IfThenElseZero(is_absent, e)), absent_run);
      at.template Store<T>(
          hn::Add(at.template Load<T>(present_run), hn::IfThenElseZero(is_present, e)),
          present_run);
    });
    if (i % kRun == kRun - 1) flush();
  });
  flush();

  double value = 0;
  T absent_by[kColumnBlock], present_by[kColumnBlock];
  for (std::int64_t c = 0; c < n; ++c) {
    const TwoWayTerm term = TermOf(options, Side<T>{absent_top[c], absent_sum[c]},
                                   Side<T>{present_top[c], present_sum[c]});
    value += term.value;
    if (values) values[first + c] = static_cast<T>(term.value);
    absent_by[c] = static_cast<T>(scale * term.absent_by);
    present_by[c] = static_cast<T>(scale * term.present_by);
  }
  if (!batch.gradient) return value;
  ForKnownRows(batch, first, [&](std::int64_t i, const auto& targets) HWY_ATTR {
    const T* z_row = batch.logits + i * batch.columns + first;
    T* gradient = batch.gradient + i * batch.columns + first;
    ForColumns<T>(columns, [&](auto at) HWY_ATTR {
      const Vec<T> z = at.template Load<T>(z_row), y = targets.Load(at);
      const auto is_absent = IsAbsent<T>(y), is_present = IsPresent<T>(y);
      const auto by =
          hn::IfThenElse(is_present, at.template Load<T>(present_by),
                         hn::IfThenElse(is_absent, at.template Load<T>(absent_by), zero));
      const auto e = hn::IfThenElseZero(hn::Ne(by, zero), exponential_at(at, z, is_present));
      at.template Store<T>(hn::MulAdd(e, by, at.template Load<T>(gradient)), gradient);
    });
  });
  return value;
}

RowSums TwoWayRowsFloat(const TwoWayOptions& options, const Batch<float>& batch, double scale) {
  return TwoWayRows(options, batch, scale);
}
RowSums TwoWayRowsDouble(const TwoWayOptions& options, const Batch<double>& batch, double scale) {
  return TwoWayRows(options, batch, scale);
}
double TwoWayColumnsFloat(const TwoWayOptions& options, const Batch<float>& batch,
                          std::int64_t first, std::int64_t n, double scale, float* values) {
  return TwoWayColumns(options, batch, first, n, scale, values);
}
double TwoWayColumnsDouble(const TwoWayOptions& options, const Batch<double>& batch,
                           std::int64_t first, std::int64_t n, double scale, double* values) {
  return TwoWayColumns(options, batch, first, n, scale, values);
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(TwoWayRowsFloat);
HWY_EXPORT(TwoWayRowsDouble);
HWY_EXPORT(TwoWayColumnsFloat);
HWY_EXPORT(TwoWayColumnsDouble);

namespace {

RowSums rows_of(const TwoWayOptions& options, const Batch<float>& some, double scale) {
  return HWY_DYNAMIC_DISPATCH(TwoWayRowsFloat)(options, some, scale);
}
RowSums rows_of(const TwoWayOptions& options, const Batch<double>& some, double scale) {
  return HWY_DYNAMIC_DISPATCH(TwoWayRowsDouble)(options, some, scale);
}
double columns_of(const TwoWayOptions& options, const Batch<float>& batch, std::int64_t first,
                  std::int64_t n, double scale, float* values) {
  return HWY_DYNAMIC_DISPATCH(TwoWayColumnsFloat)(options, batch, first, n, scale, values);
}
double columns_of(const TwoWayOptions& options, const Batch<double>& batch, std::int64_t first,
                  std::int64_t n, double scale, double* values) {
  return HWY_DYNAMIC_DISPATCH(TwoWayColumnsDouble)(options, batch, first, n, scale, values);
}

/// How many rows, and how many columns, have a present label.
struct Lines {
  double rows = 0, columns = 0;
};

template <typename T>
Lines lines_with_labels(const Batch<T>& batch, std::int64_t step, int threads) {
  std::vector<std::atomic<bool>> column(static_cast<std::size_t>(batch.columns));
  std::atomic<std::int64_t> rows = 0;
  base::parallel_for(
      static_cast<std::size_t>((batch.rows + step - 1) / step),
      [&](std::size_t chunk) {
        const auto first = static_cast<std::int64_t>(chunk) * step;
        std::int64_t found = 0;
        for (std::int64_t i = first; i < std::min(first + step, batch.rows); ++i) {
          bool any = batch.classes && batch.classes[i] >= 0;
          if (any)
            column[static_cast<std::size_t>(batch.classes[i])].store(true,
                                                                     std::memory_order_relaxed);
          for (std::int64_t c = 0; batch.targets && c < batch.columns; ++c) {
            if (batch.targets[i * batch.columns + c] != 1) continue;
            any = true;
            column[static_cast<std::size_t>(c)].store(true, std::memory_order_relaxed);
          }
          found += any;
        }
        rows += found;
      },
      threads);
  Lines lines{static_cast<double>(rows), 0};
  for (const auto& one : column) lines.columns += one.load(std::memory_order_relaxed) ? 1 : 0;
  return lines;
}

class TwoWayLoss final : public Loss {
 public:
  explicit TwoWayLoss(TwoWayOptions options) : options_(options) {}

  std::string_view name() const override { return "two_way"; }
  Activation activation() const override { return Activation::kSigmoid; }
  std::int64_t values_size(std::int64_t rows, std::int64_t columns) const override {
    return rows + columns;
  }

 protected:
  double run(const Batch<float>& batch, Reduction reduction, int threads) const override {
    return run_both(batch, reduction, threads);
  }
  double run(const Batch<double>& batch, Reduction reduction, int threads) const override {
    return run_both(batch, reduction, threads);
  }

 private:
  template <typename T>
  double run_both(const Batch<T>& batch, Reduction reduction, int threads) const {
    const std::int64_t step = rows_per_chunk(batch.columns);
    Lines scale{1, 1};
    if (reduction == Reduction::kMean) {
      const Lines lines = lines_with_labels(batch, step, threads);
      // Without any label there is nothing to tell apart, and both sums are 0.
      scale = {lines.rows > 0 ? 1 / lines.rows : 0, lines.columns > 0 ? 1 / lines.columns : 0};
    }

    std::vector<RowSums> chunks(static_cast<std::size_t>((batch.rows + step - 1) / step));
    base::parallel_for(
        chunks.size(),
        [&](std::size_t i) {
          const auto first = static_cast<std::int64_t>(i) * step;
          chunks[i] = rows_of(options_, slice(batch, first, std::min(step, batch.rows - first), 1),
                              scale.rows);
        },
        threads);
    double value = 0, known = 0;
    bool odd = false, soft = false;
    for (const RowSums& chunk : chunks) {
      value += chunk.value * scale.rows;
      known += chunk.weight;
      odd |= chunk.odd;
      soft |= chunk.soft;
    }
    if (soft) throw_soft(*this, batch);
    const bool nothing = reduction == Reduction::kMean && known == 0;
    if ((odd && any_nan(batch)) || nothing) return std::numeric_limits<double>::quiet_NaN();

    std::vector<double> blocks(
        static_cast<std::size_t>((batch.columns + kColumnBlock - 1) / kColumnBlock));
    T* values = batch.values ? batch.values + batch.rows : nullptr;
    base::parallel_for(
        blocks.size(),
        [&](std::size_t i) {
          const auto first = static_cast<std::int64_t>(i) * kColumnBlock;
          blocks[i] =
              columns_of(options_, batch, first, std::min(kColumnBlock, batch.columns - first),
                         scale.columns, values);
        },
        threads);
    for (const double block : blocks) value += block * scale.columns;
    return value;
  }

  const TwoWayOptions options_;
};

}  // namespace

std::unique_ptr<Loss> two_way(double positive_temperature, double negative_temperature) {
  require(positive_temperature > 0 && negative_temperature > 0,
          "two_way: the temperatures must be above 0");
  return std::make_unique<TwoWayLoss>(TwoWayOptions{positive_temperature, negative_temperature});
}

LossInfo two_way_info() {
  return {
      .name = "two_way",
      .title = "Two-way multi-label loss",
      .targets = TargetKind::kLabels,
      .soft_targets = false,
      .formula =
          "softplus(Tn log sum over absent of e^(z/Tn) + Tp log sum over present of "
          "e^(-z/Tp)), of each row and of each column",
      .gradient =
          "sigmoid of the sum times the softmax of each side (present: minus), rows + columns",
      .paper = "Kobayashi, Two-way Multi-Label Loss, CVPR 2023",
      .when =
          "What counts is the order: of the labels of a picture, and of the pictures of a label "
          "(mAP). No threshold and no probability follow from it; a picture without labels "
          "counts in the columns only.",
      .parameters = {{"positive_temperature", 4, 0.01, 1000, "Tp"},
                     {"negative_temperature", 1, 0.01, 1000, "Tn"}},
      .make = [](const LossParameters& parameters, const TargetCounts&) {
        return two_way(parameters.at("positive_temperature"),
                       parameters.at("negative_temperature"));
      }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
