// Every loss against its formula in long double, on every path: float and double, each instruction
// set, targets by number and as rows, with whatever results are wanted.

#include "tests/loss/reference.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/error.h"
#include "tests/loss/cases.h"
#include "tests/loss/guarded.h"
#include "tests/simulated.h"

namespace oneormany::loss {
namespace {

using reference::Numbers;
using reference::Real;
using reference::Result;
using reference::Rows;

/// A loss with its parameters, and what it should be.
struct Case {
  std::string name;
  bool one_class = false, soft = false;  ///< the targets that it takes
  std::function<std::unique_ptr<Loss>(std::size_t columns)> make;
  std::function<Result(const Rows&)> reference;
  /// Values below it are good to an absolute error only: a difference comes before the power, or
  /// before the logarithm.
  double floor = 0;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

/// One for each column, some of them 0; or none.
Numbers some_weights(bool wanted, std::size_t columns, std::size_t seed) {
  Numbers weights;
  for (std::size_t c = 0; wanted && c < columns; ++c) {
    weights.push_back(0.7 * static_cast<double>((c * 7 + seed) % 5));
  }
  return weights;
}

Numbers some_priors(std::size_t columns) {
  Numbers priors = some_weights(true, columns, 2);
  for (double& prior : priors) prior = (prior + 0.1) / 10;
  return priors;
}

/// 0.25 → "0_25", −1 → "minus_1": what GoogleTest takes for a name.
std::string number_text(double number) {
  std::string text = std::to_string(std::abs(number));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  std::replace(text.begin(), text.end(), '.', '_');
  return (number < 0 ? "minus_" : "") + text;
}

std::vector<Case> softmax_cases() {
  std::vector<Case> cases;
  for (const bool weighted : {false, true}) {
    const std::string with = weighted ? "_weighted" : "";
    for (const double smoothing : {0.0, 0.1}) {
      cases.push_back({.name = "cross_entropy_smoothing_" + number_text(smoothing) + with,
                       .one_class = true,
                       .soft = true,
                       .make =
                           [=](std::size_t columns) {
                             return cross_entropy(smoothing, some_weights(weighted, columns, 1));
                           },
                       .reference =
                           [=](const Rows& rows) {
                             return reference::cross_entropy(
                                 rows, smoothing, some_weights(weighted, rows.columns, 1), {});
                           }});
    }
    for (const double gamma : {0.0, 0.5, 1.0, 2.0, 5.0}) {
      cases.push_back({.name = "softmax_focal_gamma_" + number_text(gamma) + with,
                       .one_class = true,
                       .make =
                           [=](std::size_t columns) {
                             return softmax_focal(gamma, some_weights(weighted, columns, 1));
                           },
                       .reference =
                           [=](const Rows& rows) {
                             return reference::softmax_focal(
                                 rows, gamma, some_weights(weighted, rows.columns, 1));
                           }});
    }
    for (const int power : {1, 2}) {
      cases.push_back({.name = "multi_margin_power_" + std::to_string(power) + with,
                       .one_class = true,
                       .make =
                           [=](std::size_t columns) {
                             return multi_margin(1.25, power, some_weights(weighted, columns, 1));
                           },
                       .reference =
                           [=](const Rows& rows) {
                             return reference::multi_margin(
                                 rows, 1.25, power, some_weights(weighted, rows.columns, 1));
                           },
                       .floor = 1e-2});
    }
  }
  for (const double tau : {0.5, 1.5}) {
    const auto shift_of = [=](std::size_t columns) {
      Numbers shift = some_priors(columns);
      for (double& one : shift) one = tau * std::log(one);
      return shift;
    };
    cases.push_back({.name = "logit_adjusted_cross_entropy_tau_" + number_text(tau),
                     .one_class = true,
                     .soft = true,
                     .make =
                         [=](std::size_t columns) {
                           return logit_adjusted_cross_entropy(some_priors(columns), tau);
                         },
                     .reference =
                         [=](const Rows& rows) {
                           return reference::cross_entropy(rows, 0, {}, shift_of(rows.columns));
                         },
                     .floor = 1e-2});
  }
  return cases;
}

std::vector<Case> sigmoid_cases() {
  std::vector<Case> cases;
  for (const bool weighted : {false, true}) {
    for (const bool positive : {false, true}) {
      for (const double smoothing : {0.0, 0.2}) {
        cases.push_back(
            {.name = "bce_with_logits_smoothing_" + number_text(smoothing) +
                     (weighted ? "_weighted" : "") + (positive ? "_positive_weights" : ""),
             .soft = true,
             .make =
                 [=](std::size_t columns) {
                   return bce_with_logits(some_weights(weighted, columns, 1),
                                          some_weights(positive, columns, 3), smoothing);
                 },
             .reference =
                 [=](const Rows& rows) {
                   return reference::bce_with_logits(rows, some_weights(weighted, rows.columns, 1),
                                                     some_weights(positive, rows.columns, 3),
                                                     smoothing);
                 }});
      }
    }
  }
  for (const double gamma : {0.0, 0.5, 2.0, 5.0}) {
    for (const double alpha : {0.25, -1.0}) {
      cases.push_back(
          {.name = "sigmoid_focal_gamma_" + number_text(gamma) + "_alpha_" + number_text(alpha),
           .soft = true,
           .make = [=](std::size_t) { return sigmoid_focal(gamma, alpha); },
           .reference =
               [=](const Rows& rows) { return reference::sigmoid_focal(rows, gamma, alpha); }});
    }
  }
  for (const double margin : {0.0, 0.05, 0.3}) {
    for (const auto& [positive, negative] : {std::pair{0.0, 4.0}, {1.0, 0.0}, {0.5, 1.0}}) {
      const AsymmetricOptions options{
          .gamma_positive = positive, .gamma_negative = negative, .margin = margin};
      cases.push_back(
          {.name = "asymmetric_gammas_" + number_text(positive) + "_and_" + number_text(negative) +
                   "_margin_" + number_text(margin),
           .soft = true,
           .make = [=](std::size_t) { return asymmetric(options); },
           .reference = [=](const Rows& rows) { return reference::asymmetric(rows, options); },
           .floor = margin > 0 ? 1e-2 : 0});
    }
  }
  cases.push_back({.name = "zlpr",
                   .make = [](std::size_t) { return zlpr(); },
                   .reference = [](const Rows& rows) { return reference::zlpr(rows); }});
  for (const auto& [positive, negative] : {std::pair{4.0, 1.0}, {1.0, 2.0}, {0.5, 0.25}}) {
    cases.push_back(
        {.name = "two_way_temperatures_" + number_text(positive) + "_and_" + number_text(negative),
         .make = [=](std::size_t) { return two_way(positive, negative); },
         .reference =
             [=](const Rows& rows) { return reference::two_way(rows, positive, negative); }});
  }
  return cases;
}

enum class Targets {
  kHard,      ///< all known
  kSoft,      ///< between 0 and 1
  kPartly,    ///< hard, and some aren't known
  kByNumber,  ///< one class a row, or none, or not known
};
constexpr Targets kAllTargets[]{Targets::kHard, Targets::kSoft, Targets::kPartly,
                                Targets::kByNumber};

/// Numbers that float has, so that both precisions see the same.
double in_float(double x) { return static_cast<float>(x); }

Rows random_rows(const Case& one, Targets kind, std::size_t n, std::size_t columns, double spread,
                 Random& random) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  Rows rows{.rows = n, .columns = columns};
  for (std::size_t i = 0; i < n * columns; ++i) {
    rows.logits.push_back(random.uniform() < 0.03 ? 0
                                                  : in_float(spread * (random.uniform() - 0.5)));
  }
  const bool soft = kind == Targets::kSoft;
  const bool by_number = kind == Targets::kByNumber || (one.one_class && !soft);
  for (std::size_t i = 0; i < n; ++i) {
    const bool ignored =
        (kind == Targets::kPartly || kind == Targets::kByNumber) && random.uniform() < 0.2;
    int own = random.below(static_cast<int>(columns));
    if (kind == Targets::kByNumber && random.uniform() < 0.2) own = kNoClass;
    if (by_number) rows.classes.push_back(ignored ? kIgnored : own);
    for (std::size_t c = 0; c < columns; ++c) {
      double y = by_number ? static_cast<int>(c) == own : random.uniform() < 0.3;
      if (soft)
        y = in_float(one.one_class ? random.uniform() / static_cast<double>(columns)
                                   : random.uniform());
      if (!one.one_class && kind == Targets::kPartly && random.uniform() < 0.2) y = kUnknown;
      rows.targets.push_back(ignored ? kUnknown : y);
    }
  }
  return rows;
}

/// Says where two rows of numbers are further apart than tolerance × max(|want|, floor of i).
template <typename T, typename Floor>
std::string difference(std::span<const T> got, const std::vector<Real>& want, Real tolerance,
                       const Floor& floor) {
  if (got.size() != want.size()) return "not as many";
  for (std::size_t i = 0; i < want.size(); ++i) {
    const Real error = std::abs(Real{got[i]} - want[i]);
    if (error <= tolerance * std::max(std::abs(want[i]), Real{floor(i)})) continue;
    std::ostringstream text;
    text.precision(17);
    text << "entry " << i << " is " << got[i] << ", should be " << want[i];
    return text.str();
  }
  return "";
}

/// What the loss should make of some rows, under each reduction.
struct Expected {
  Expected(const Result& result, std::size_t rows) : known(result.known), values(result.values()) {
    for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
      value.push_back(result.value(reduction));
      gradient.push_back(result.gradient(reduction));
      Real largest = 0;
      for (const Real g : gradient.back()) largest = std::max(largest, std::abs(g));
      // Probabilities less targets: what is left may be small beside both.
      const auto columns = static_cast<Real>(gradient.back().size()) / static_cast<Real>(rows);
      slope.push_back(std::max(largest, result.by(result.parts[0], reduction) / columns));
    }
  }

  bool known;
  std::vector<Real> values;
  // One for each reduction:
  std::vector<Real> value, slope;  ///< slope: what the gradient is measured by
  std::vector<std::vector<Real>> gradient;
};

template <typename T>
void expect_as_reference(const Case& one, const Rows& rows, const Expected& expected,
                         bool every_set) {
  const auto loss = one.make(rows.columns);
  const auto n = static_cast<std::int64_t>(rows.rows);
  const auto columns = static_cast<std::int64_t>(rows.columns);
  const Guarded<T> logits(rows.logits), targets(rows.targets);
  const Guarded<int> classes(rows.classes);
  const Guarded<T> gradient(rows.logits.size()), values(expected.values.size());
  ASSERT_EQ(loss->values_size(n, columns), static_cast<std::int64_t>(expected.values.size()));

  constexpr bool kSingle = std::is_same_v<T, float>;
  const Real tolerance = kSingle ? 1e-5 : 1e-11;
  const Real floor = std::max(one.floor, kSingle ? 1e-20 : 1e-200);

  const auto run = [&](bool by_number, Reduction reduction, bool want_values, bool want_gradient) {
    const auto r = static_cast<std::size_t>(reduction);
    const auto trace = [&] {
      return std::string(kSingle ? "float" : "double") + (by_number ? ", classes" : ", targets") +
             ", reduction " + std::to_string(r) + (want_values ? ", values" : "") +
             (want_gradient ? ", gradient" : "");
    };
    std::ranges::fill(values.all(), T{7777});
    std::ranges::fill(gradient.all(), T{7777});
    const Batch<T> batch{.logits = logits.data(),
                         .rows = n,
                         .columns = columns,
                         .targets = by_number ? nullptr : targets.data(),
                         .classes = by_number ? classes.data() : nullptr,
                         .gradient = want_gradient ? gradient.data() : nullptr,
                         .values = want_values ? values.data() : nullptr};
    if (reduction == Reduction::kMean && !expected.known) {
      EXPECT_THROW(loss->evaluate(batch, reduction), Error) << trace();
      return;
    }
    const double value = loss->evaluate(batch, reduction);
    EXPECT_EQ(difference<double>(std::span(&value, 1), {expected.value[r]}, tolerance,
                                 [&](std::size_t) { return floor; }),
              "")
        << "the value; " << trace();
    if (want_values) {
      EXPECT_EQ(difference<T>(values.all(), expected.values, tolerance,
                              [&](std::size_t) { return floor; }),
                "")
          << "the values; " << trace();
    }
    if (want_gradient) {
      EXPECT_EQ(difference<T>(gradient.all(), expected.gradient[r], tolerance,
                              [&](std::size_t) { return std::max(expected.slope[r], floor); }),
                "")
          << "the gradient; " << trace();
    }
  };
  const auto run_all = [&] {
    for (const bool by_number : {false, true}) {
      if (by_number && rows.classes.empty()) continue;
      for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
        for (const bool want_values : {false, true}) {
          if (reduction == Reduction::kNone && !want_values) continue;  // which is kSum
          for (const bool want_gradient : {false, true}) {
            run(by_number, reduction, want_values, want_gradient);
          }
        }
      }
    }
  };
  if (every_set) {
    on_each_instruction_set(run_all);
  } else {
    run_all();
  }
}

class Reference : public testing::TestWithParam<Case> {};

TEST_P(Reference, IsWhatTheLossIs) {
  const Case& one = GetParam();
  struct Shape {
    std::size_t rows, columns;
  };
  // Around the vectors' lengths and around 32, where cross-entropy changes its way; 256 columns are
  // a block of the two-way loss. The last is several chunks of work.
  constexpr Shape kShapes[]{{1, 1},   {3, 1},   {40, 1}, {1, 2},   {37, 2},   {19, 3},
                            {5, 7},   {33, 8},  {21, 9}, {18, 15}, {18, 16},  {18, 17},
                            {17, 31}, {18, 32}, {9, 33}, {3, 257}, {2, 1000}, {4, 4099}};
  Random random(5);
  for (const double spread : {20.0, 1500.0}) {
    for (const auto& [n, columns] : kShapes) {
      const bool large = columns > 500;
      if (columns > 33 && spread > 20) continue;
      for (const Targets kind : kAllTargets) {
        if (kind == Targets::kSoft && !one.soft) continue;
        SCOPED_TRACE(std::to_string(n) + " x " + std::to_string(columns) + ", spread " +
                     number_text(spread) + ", targets " + std::to_string(static_cast<int>(kind)));
        const Rows rows = random_rows(one, kind, n, columns, spread, random);
        const Expected expected(one.reference(rows), n);
        expect_as_reference<double>(one, rows, expected, !large);
        expect_as_reference<float>(one, rows, expected, !large);
        if (HasFailure()) return;  // the others would say the same
      }
    }
  }
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Softmax, Reference, testing::ValuesIn(softmax_cases()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Sigmoid, Reference, testing::ValuesIn(sigmoid_cases()), name_of_case);

}  // namespace
}  // namespace oneormany::loss
