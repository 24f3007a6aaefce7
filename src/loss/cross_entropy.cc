// Cross-entropy of the softmax, plain and adjusted to the classes' priors. Of one row:
//   Σ_c t_c (log sum − (z_c − top)),   gradient_c = p_c Σ t − t_c,   with targets t = w y

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/cross_entropy.cc"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set

#include "loss/catalogue.h"
#include "loss/softmax-inl.h"

#ifndef ONEORMANY_LOSS_CROSS_ENTROPY
#define ONEORMANY_LOSS_CROSS_ENTROPY
namespace oneormany::loss {
struct CrossEntropyOptions {
  double smoothing = 0;
  PerClass weights;
  PerClass shift;  ///< added to the logits, once the row's largest is taken off
};
}  // namespace oneormany::loss
#endif

HWY_BEFORE_NAMESPACE();
namespace oneormany::loss {
namespace HWY_NAMESPACE {

/// A row whose target is class c, with weight w.
template <typename T, class Logits>
HWY_INLINE double ClassRow(const Logits& logits, std::size_t columns, int c, double w, double scale,
                           T* gradient, Guard<T>& guard) {
  const auto sums = Exponentials<T>(logits, columns, gradient, guard, [](auto, Vec<T>) HWY_ATTR {});
  if (gradient) {
    Scale(gradient, columns, w * scale / sums.sum());
    // p − 1 without the cancellation.
    gradient[c] = static_cast<T>(-w * scale * (sums.sum_without(logits[c]) / sums.sum()));
  }
  if (w == 0 && !std::isnan(sums.rest)) return 0;
  return w * (sums.log_sum() - (static_cast<double>(logits[c]) - static_cast<double>(sums.top)));
}

/// A row with any targets.
template <typename T, class Logits, class Targets>
HWY_INLINE RowSums AnyRow(const CrossEntropyOptions& options, const Logits& logits,
                          const Targets& targets, std::size_t columns, double scale, T* gradient,
                          Guard<T>& guard) {
  const Tag<T> d;
  const auto keep = hn::Set(d, static_cast<T>(1 - options.smoothing));
  const auto spread = hn::Set(d, static_cast<T>(options.smoothing / static_cast<double>(columns)));
  const T* weights = options.weights.data<T>();
  const auto weighted = [&](auto at, Vec<T> y) HWY_ATTR {
    return weights ? hn::Mul(y, at.template Load<T>(weights)) : y;
  };
  Sum<T> target_sum, linear_sum, label_sum, weight_sum;
  const auto sums =
      Exponentials<T>(logits, columns, gradient, guard, [&](auto at, Vec<T> below) HWY_ATTR {
        const auto y = targets.Load(at);
        const auto t = at.template Only<T>(weighted(at, hn::MulAdd(y, keep, spread)));
        target_sum.Add(t);
        linear_sum.Add(TimesOrZero<T>(t, below));
        label_sum.Add(y);
        if (weights) weight_sum.Add(at.template Only<T>(weighted(at, y)));
      });
  const double target = target_sum.Total(), labels = label_sum.Total();
  if (std::isnan(labels) || labels == 0) {  // a target isn't known, or there is none
    if (gradient) std::fill_n(gradient, columns, T{0});
    return {std::isnan(sums.rest) ? sums.rest : 0, 0, false};
  }
  if (gradient) {
    const auto factor = hn::Set(d, static_cast<T>(target * scale / sums.sum()));
    const auto scale_by = hn::Set(d, static_cast<T>(scale));
    ForColumns<T>(columns, [&](auto at) HWY_ATTR {
      const auto t = weighted(at, hn::MulAdd(targets.Load(at), keep, spread));
      const auto e = at.template Load<T>(gradient);
      at.template Store<T>(hn::NegMulAdd(t, scale_by, hn::Mul(e, factor)), gradient);
    });
  }
  return {target * sums.log_sum() - linear_sum.Total(), weights ? weight_sum.Total() : labels,
          false};
}

/// So few columns that a row would leave vectors half empty and spend its time adding up lanes.
constexpr std::size_t kNarrow = 32;

/// As many narrow rows as a vector has lanes, each with a class: turned round, so that each row is
/// a lane. Weights come in `w`.
template <typename T, class LogitsOf>
HWY_INLINE void NarrowRows(const Batch<T>& batch, std::int64_t first, Vec<T> w, double scale,
                           const LogitsOf& logits_of, Sum<T>& value_sum, Guard<T>& guard) {
  const Tag<T> d;
  const auto zero = hn::Zero(d), one = hn::Set(d, T{1});
  const auto lanes = hn::Lanes(d), columns = static_cast<std::size_t>(batch.columns);
  HWY_ALIGN T turned[kNarrow * hn::MaxLanes(Tag<T>())];
  HWY_ALIGN T own[hn::MaxLanes(Tag<T>())];
  const int* classes = batch.classes + first;
  for (std::size_t r = 0; r < lanes; ++r) {
    const auto logits =
        logits_of(batch.logits + (first + static_cast<std::int64_t>(r)) * batch.columns);
    for (std::size_t c = 0; c < columns; ++c) turned[c * lanes + r] = logits[c];
    own[r] = turned[classes[r] * lanes + r];
  }
  const auto own_logit = hn::Load(d, own);

  auto top = hn::Load(d, turned);
  for (std::size_t c = 1; c < columns; ++c) top = hn::Max(top, hn::Load(d, turned + c * lanes));
  auto rest = zero, top_count = zero;
  for (std::size_t c = 0; c < columns; ++c) {
    const auto below = hn::Sub(hn::Load(d, turned + c * lanes), top);
    const auto e = ExpNegative(below);
    const auto is_top = hn::Eq(below, zero);
    guard.See(below);
    rest = hn::Add(rest, hn::IfThenZeroElse(is_top, e));
    top_count = hn::Add(top_count, hn::IfThenElseZero(is_top, one));
    hn::Store(e, d, turned + c * lanes);
  }
  rest = hn::Add(rest, hn::Sub(top_count, one));
  // The largest logit is infinite: there is no softmax. A class of weight 0 costs nothing.
  const auto exists = hn::Eq(hn::Sub(top, top), zero);
  const auto cost = hn::Sub(hn::Log1p(d, rest), hn::Sub(own_logit, top));
  const auto value = hn::IfThenElse(exists, TimesOrZero<T>(w, cost),
                                    hn::Set(d, std::numeric_limits<T>::quiet_NaN()));
  value_sum.Add(value);
  if (batch.values) hn::StoreU(value, d, batch.values + first);
  if (!batch.gradient) return;

  const auto sum = hn::Add(one, rest);
  const auto by = hn::Div(hn::Mul(w, hn::Set(d, static_cast<T>(scale))), sum);
  for (std::size_t r = 0; r < lanes; ++r) own[r] = turned[classes[r] * lanes + r];
  const auto without = hn::IfThenElse(hn::Eq(own_logit, top), rest, hn::Sub(sum, hn::Load(d, own)));
  hn::Store(hn::Neg(hn::Mul(without, by)), d, own);
  T* gradient = batch.gradient + first * batch.columns;
  for (std::size_t c = 0; c < columns; ++c) {
    T* column = turned + c * lanes;
    hn::Store(hn::Mul(hn::Load(d, column), by), d, column);
    for (std::size_t r = 0; r < lanes; ++r) gradient[r * columns + c] = column[r];
  }
  for (std::size_t r = 0; r < lanes; ++r) gradient[r * columns + classes[r]] = own[r];
}

template <typename T, class LogitsOf>
HWY_INLINE RowSums Rows(const CrossEntropyOptions& options, const Batch<T>& batch, double scale,
                        const LogitsOf& logits_of) {
  const auto columns = static_cast<std::size_t>(batch.columns);
  RowSums total;
  Guard<T> guard;
  Sum<T> narrow_sum;
  const Tag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const bool narrow = columns <= kNarrow && batch.classes && options.smoothing == 0 && lanes > 1;
  HWY_ALIGN T w[hn::MaxLanes(Tag<T>())];
  std::fill_n(w, lanes, T{1});
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    if (narrow && i + lanes <= batch.rows &&
        std::all_of(batch.classes + i, batch.classes + i + lanes, [](int c) { return c >= 0; })) {
      for (std::int64_t r = 0; r < lanes && !options.weights.empty(); ++r) {
        w[r] = static_cast<T>(options.weights[batch.classes[i + r]]);
        total.weight += options.weights[batch.classes[i + r]];
      }
      if (options.weights.empty()) total.weight += static_cast<double>(lanes);
      NarrowRows<T>(batch, i, hn::Load(d, w), scale, logits_of, narrow_sum, guard);
      i += lanes - 1;
      continue;
    }
    const auto logits = logits_of(batch.logits + i * batch.columns);
    T* gradient = batch.gradient ? batch.gradient + i * batch.columns : nullptr;
    RowSums row;
    if (batch.targets) {
      row = AnyRow<T>(options, logits, DenseTargets<T>{batch.targets + i * batch.columns}, columns,
                      scale, gradient, guard);
    } else if (const int c = batch.classes[i]; c >= 0 && options.smoothing == 0) {
      row.weight = options.weights.empty() ? 1 : options.weights[c];
      row.value = ClassRow<T>(logits, columns, c, row.weight, scale, gradient, guard);
    } else if (c >= 0) {
      row = AnyRow<T>(options, logits, ClassTargets<T>{c}, columns, scale, gradient, guard);
    } else {
      LeaveOut(batch, i, 1, guard);
    }
    if (batch.values) batch.values[i] = static_cast<T>(row.value);
    total.value += row.value;
    total.weight += row.weight;
  }
  total.value += narrow_sum.Total();
  total.odd = guard.Odd();
  return total;
}

template <typename T>
HWY_INLINE RowSums Run(const CrossEntropyOptions& options, const Batch<T>& batch, double scale) {
  if (const T* shift = options.shift.data<T>()) {
    const auto columns = static_cast<std::size_t>(batch.columns);
    return Rows(options, batch, scale, [&](const T* z) HWY_ATTR {
      const T top = TopOf<T>(PlainLogits<T>{z}, columns);
      return ShiftedLogits<T>{z, shift, std::isfinite(top) ? top : T{0}};
    });
  }
  return Rows(options, batch, scale, [](const T* z) HWY_ATTR { return PlainLogits<T>{z}; });
}

RowSums CrossEntropyFloat(const CrossEntropyOptions& options, const Batch<float>& batch,
                          double scale) {
  return Run(options, batch, scale);
}

RowSums CrossEntropyDouble(const CrossEntropyOptions& options, const Batch<double>& batch,
                           double scale) {
  return Run(options, batch, scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace oneormany::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace oneormany::loss {
HWY_EXPORT(CrossEntropyFloat);
HWY_EXPORT(CrossEntropyDouble);

namespace {

class CrossEntropy final : public RowLoss {
 public:
  CrossEntropy(std::string_view name, CrossEntropyOptions options)
      : name_(name), options_(std::move(options)) {}

  std::string_view name() const override { return name_; }
  Activation activation() const override { return Activation::kSoftmax; }
  std::int64_t values_size(std::int64_t rows, std::int64_t) const override { return rows; }

 protected:
  RowSums rows(const Batch<float>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(CrossEntropyFloat)(options_, some, scale);
  }
  RowSums rows(const Batch<double>& some, double scale) const override {
    return HWY_DYNAMIC_DISPATCH(CrossEntropyDouble)(options_, some, scale);
  }
  double expected_weight(const Batch<float>& batch) const override { return weight_of(batch); }
  double expected_weight(const Batch<double>& batch) const override { return weight_of(batch); }
  void check(std::int64_t columns) const override {
    require_size(options_.weights, columns, "weights");
    require_size(options_.shift, columns, "priors");
  }

 private:
  template <typename T>
  double weight_of(const Batch<T>& batch) const {
    if (!batch.classes) return static_cast<double>(batch.rows);
    const int *first = batch.classes, *last = first + batch.rows;
    if (options_.weights.empty()) {
      return static_cast<double>(std::count_if(first, last, [](int c) { return c >= 0; }));
    }
    double sum = 0;
    for (const int* c = first; c < last; ++c) sum += *c >= 0 ? options_.weights[*c] : 0;
    return sum;
  }

  const std::string_view name_;
  const CrossEntropyOptions options_;
};

}  // namespace

std::unique_ptr<Loss> cross_entropy(double label_smoothing, std::vector<double> weights) {
  require(label_smoothing >= 0 && label_smoothing <= 1,
          "cross_entropy: the label smoothing must be in 0-1");
  return std::make_unique<CrossEntropy>(
      "cross_entropy",
      CrossEntropyOptions{label_smoothing, weights_of("cross_entropy", std::move(weights)), {}});
}

std::unique_ptr<Loss> logit_adjusted_cross_entropy(std::vector<double> priors, double tau) {
  for (double& prior : priors) {
    require(prior > 0, "logit_adjusted_cross_entropy: every prior must be above 0");
    prior = tau * std::log(prior);
  }
  return std::make_unique<CrossEntropy>("logit_adjusted_cross_entropy",
                                        CrossEntropyOptions{0, {}, PerClass(std::move(priors))});
}

LossInfo cross_entropy_info() {
  return {.name = "cross_entropy",
          .title = "Cross-entropy",
          .targets = TargetKind::kClass,
          .soft_targets = true,
          .formula = "-sum_c y_c log p_c,  p = softmax(z)",
          .gradient = "p - y",
          .paper =
              "maximum likelihood of the multinomial logistic model; label smoothing: Szegedy et "
              "al., Rethinking the Inception Architecture, CVPR 2016",
          .when =
              "Every picture shows exactly one of the classes, and always will. Its probabilities "
              "sum to 1, so it can't say \"none of these\".",
          .parameters = {{"label_smoothing", 0, 0, 1,
                          "takes this much from the class and gives it to "
                          "all; less sure of itself"},
                         {"balance", 0, 0, 1,
                          "weighs class c by (mean count / count of c)^balance; 1: "
                          "every class counts the same"}},
          .make = [](const LossParameters& parameters, const TargetCounts& counts) {
            return cross_entropy(parameters.at("label_smoothing"),
                                 balanced_weights(counts, parameters.at("balance")));
          }};
}

LossInfo logit_adjusted_info() {
  return {.name = "logit_adjusted_cross_entropy",
          .title = "Logit-adjusted cross-entropy",
          .targets = TargetKind::kClass,
          .soft_targets = true,
          .formula = "cross-entropy of z_c + tau log(share of class c)",
          .gradient = "softmax(z + tau log share) - y",
          .paper =
              "Menon, Jayasumana, Rawat, Jain, Veit, Kumar, Long-tail learning via logit "
              "adjustment, ICLR 2021",
          .when =
              "Some classes are rare and must be found as well as the others (balanced accuracy). "
              "Not when the pictures to come are spread as the training pictures are.",
          .parameters = {{"tau", 1, 0, 10, "how much of the imbalance is taken out"}},
          .make = [](const LossParameters& parameters, const TargetCounts& counts) {
            std::vector<double> priors = counts.positives;
            for (double& prior : priors) prior = std::max(prior, 1.0) / counts.rows;
            return logit_adjusted_cross_entropy(std::move(priors), parameters.at("tau"));
          }};
}

}  // namespace oneormany::loss
#endif  // HWY_ONCE
