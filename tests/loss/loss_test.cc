// What must hold for every loss, whatever the numbers.

#include "loss/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "loss/catalogue.h"
#include "tests/loss/cases.h"
#include "tests/simulated.h"

namespace oneormany::loss {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Rows {
  Matrix logits, targets;
  std::vector<int> classes;  ///< for losses that want one; the targets are one-hot then
};

/// Rows that suit a loss: soft targets where it takes them, hard ones elsewhere.
Rows rows_for(const LossInfo& info, Index n, Index columns, Random& random, double spread = 20) {
  Rows rows{Matrix(n, columns), Matrix::Zero(n, columns), {}};
  for (double& z : rows.logits.reshaped()) z = spread * (random.uniform() - 0.5);
  for (Index i = 0; i < n; ++i) {
    rows.classes.push_back(random.below(static_cast<int>(columns)));
    if (info.targets == TargetKind::kClass) {
      rows.targets(i, rows.classes.back()) = 1;
      if (info.soft_targets && i % 2) {
        for (double& y : rows.targets.row(i)) y = random.uniform();
        rows.targets.row(i) /= rows.targets.row(i).sum();
      }
    } else {
      for (double& y : rows.targets.row(i)) {
        y = info.soft_targets && i % 2 ? random.uniform() : random.uniform() < 0.3;
      }
    }
  }
  return rows;
}

/// Every loss as the catalogue makes it, and with its parameters moved.
std::vector<LossChoice> selection() {
  std::vector<LossChoice> all;
  for (const LossInfo& info : all_losses()) all.push_back(parse_loss(info.name));
  for (const char* text :
       {"cross_entropy:label_smoothing=0.1:balance=1", "logit_adjusted_cross_entropy:tau=0.5",
        "softmax_focal:gamma=0.5:balance=0.5", "softmax_focal:gamma=0", "multi_margin:power=2",
        "bce_with_logits:label_smoothing=0.2:balance=1", "sigmoid_focal:gamma=0.5:alpha=-1",
        "sigmoid_focal:gamma=0", "asymmetric:gamma_positive=1:margin=0",
        "asymmetric:gamma_negative=0", "two_way:positive_temperature=1:negative_temperature=2"}) {
    all.push_back(parse_loss(text));
  }
  return all;
}

TargetCounts counts_for(Index columns) {
  TargetCounts counts{100, {}};
  for (Index c = 0; c < columns; ++c) counts.positives.push_back(static_cast<double>(5 + 7 * c));
  return counts;
}

TEST(EveryLoss, GradientIsTheSlopeOfTheValue) {
  Random random(7);
  for (const LossChoice& choice : selection()) {
    SCOPED_TRACE(choice.text());
    for (const Index columns : {1, 3, 9}) {
      if (choice.text() == "multi_margin" && columns == 1) continue;
      const auto loss = choice.make(counts_for(columns));
      const Rows rows = rows_for(*choice.info, 6, columns, random, 12);
      for (const auto reduction : {Reduction::kMean, Reduction::kSum}) {
        const auto gradient = evaluate(*loss, rows.logits, rows.targets, reduction).gradient;
        for (Index i = 0; i < rows.logits.size(); ++i) {
          Matrix up = rows.logits, down = rows.logits;
          up.data()[i] += 1e-5;
          down.data()[i] -= 1e-5;
          const double slope = (evaluate(*loss, up, rows.targets, reduction).value -
                                evaluate(*loss, down, rows.targets, reduction).value) /
                               2e-5;
          EXPECT_NEAR(gradient.data()[i], slope, 2e-7 * std::max(1.0, std::abs(slope)))
              << columns << " columns, entry " << i;
        }
      }
    }
  }
}

/// Σ of the losses of single rows, one by one.
double row_by_row(const Loss& loss, const Rows& rows) {
  double sum = 0;
  for (Index i = 0; i < rows.logits.rows(); ++i) {
    sum += evaluate(loss, Matrix(rows.logits.row(i)), Matrix(rows.targets.row(i)), Reduction::kSum)
               .value;
  }
  return sum;
}

TEST(EveryLoss, ManyRowsAreTheSumOfSingleOnesForAnyShape) {
  Random random(11);
  for (const LossChoice& choice : selection()) {
    if (choice.info->name == "two_way") continue;  // its columns tie the rows together
    SCOPED_TRACE(choice.text());
    for (const Index columns : {1, 2, 7, 8, 10, 33, 1000}) {
      const auto loss = choice.make(counts_for(columns));
      const Rows rows = rows_for(*choice.info, 2500 / columns + 3, columns, random);
      const auto all = evaluate(*loss, rows.logits, rows.targets, Reduction::kNone);
      EXPECT_NEAR(all.value, row_by_row(*loss, rows), 1e-11 * std::abs(all.value)) << columns;
      double sum = 0;
      for (const double value : all.values) sum += value;
      EXPECT_NEAR(all.value, sum, 1e-11 * std::abs(all.value)) << columns;
    }
  }
}

template <typename T>
void expect_same_on_any_threads(const Loss& loss, const Rows& rows, bool by_number) {
  const base::MatrixOf<T> logits = rows.logits.cast<T>(), targets = rows.targets.cast<T>();
  const auto run = [&](int threads, base::MatrixOf<T>& gradient) {
    gradient.resize(logits.rows(), logits.cols());
    return loss.evaluate(Batch<T>{.logits = logits.data(),
                                  .rows = logits.rows(),
                                  .columns = logits.cols(),
                                  .targets = by_number ? nullptr : targets.data(),
                                  .classes = by_number ? rows.classes.data() : nullptr,
                                  .gradient = gradient.data()},
                         Reduction::kMean, threads);
  };
  base::MatrixOf<T> one, three;
  EXPECT_EQ(run(1, one), run(3, three));
  EXPECT_TRUE((one.array() == three.array()).all());
}

TEST(EveryLoss, DoesNotDependOnTheNumberOfThreads) {
  Random random(13);
  for (const LossInfo& info : all_losses()) {
    const auto loss = parse_loss(info.name).make(counts_for(50));
    const Rows rows = rows_for(info, 3000, 50, random);
    for (const bool by_number : {false, true}) {
      SCOPED_TRACE(std::string(info.name) + (by_number ? ", classes" : ", targets"));
      expect_same_on_any_threads<float>(*loss, rows, by_number);
      expect_same_on_any_threads<double>(*loss, rows, by_number);
    }
  }
}

TEST(EveryLoss, FloatAgreesWithDoubleOnLargeBatches) {
  Random random(17);
  on_each_instruction_set([&] {
    for (const LossChoice& choice : selection()) {
      SCOPED_TRACE(choice.text());
      const Index columns = 37;
      const auto loss = choice.make(counts_for(columns));
      Rows rows = rows_for(*choice.info, 4000, columns, random);
      // The float run sees the same numbers.
      rows.logits = rows.logits.cast<float>().cast<double>().eval();
      rows.targets = rows.targets.cast<float>().cast<double>().eval();
      const auto exact = evaluate(*loss, rows.logits, rows.targets, Reduction::kMean);
      const auto single = evaluate(*loss, MatrixF(rows.logits.cast<float>()),
                                   MatrixF(rows.targets.cast<float>()), Reduction::kMean);
      EXPECT_NEAR(single.value, exact.value, 1e-5 * std::abs(exact.value));
      const double largest = exact.gradient.cwiseAbs().maxCoeff();
      EXPECT_LT((single.gradient.cast<double>() - exact.gradient).cwiseAbs().maxCoeff(),
                1e-5 * largest);
    }
  });
}

TEST(InstructionSets, AreReallyDifferent) {
  // Else the tests that go through them would test one thing several times.
  std::set<double> values;
  int sets = 0;
  Random random(43);
  const Rows rows = rows_for(*parse_loss("cross_entropy").info, 500, 37, random);
  on_each_instruction_set([&] {
    ++sets;
    values.insert(evaluate(*cross_entropy(), MatrixF(rows.logits.cast<float>()),
                           MatrixF(rows.targets.cast<float>()), Reduction::kSum)
                      .value);
  });
  EXPECT_GE(sets, 2);
  EXPECT_EQ(values.size(), static_cast<std::size_t>(sets));
}

TEST(EveryLoss, StaysFiniteForExtremeLogits) {
  on_each_instruction_set([] {
    for (const LossChoice& choice : selection()) {
      SCOPED_TRACE(choice.text());
      const auto loss = choice.make(counts_for(3));
      for (const auto& row : {Matrix{{1e4, -1e4, 0}}, Matrix{{-1e4, 1e4, 1e4}},
                              Matrix{{-1e4, -1e4, -1e4}}, Matrix{{1e30, 0, -1e30}}}) {
        const Matrix target{{0, 1, 0}};
        const auto result = evaluate(*loss, row, target, Reduction::kNone);
        EXPECT_TRUE(std::isfinite(result.value)) << row;
        EXPECT_TRUE(result.gradient.allFinite()) << row;
        const auto single = evaluate(*loss, MatrixF(row.cast<float>()),
                                     MatrixF(target.cast<float>()), Reduction::kNone);
        EXPECT_TRUE(single.gradient.allFinite()) << row;
      }
    }
  });
}

TEST(EveryLoss, NamesTheLogitThatIsNotANumber) {
  Random random(19);
  on_each_instruction_set([&] {
    for (const LossChoice& choice : selection()) {
      for (const Index columns : {3, 40}) {
        const auto loss = choice.make(counts_for(columns));
        for (const Index column : {Index{0}, columns - 1}) {
          for (const bool present : {false, true}) {
            Rows rows = rows_for(*choice.info, 5, columns, random);
            rows.targets.row(3).setZero();
            rows.targets(3, present ? column : (column + 1) % columns) = 1;
            rows.logits(3, column) = kNan;
            const std::string place = "row 3, column " + std::to_string(column);
            for (const bool single : {false, true}) {
              try {
                if (single) {
                  evaluate(*loss, MatrixF(rows.logits.cast<float>()),
                           MatrixF(rows.targets.cast<float>()), Reduction::kMean);
                } else {
                  evaluate(*loss, rows.logits, rows.targets, Reduction::kMean);
                }
                ADD_FAILURE() << choice.text() << ": NaN went unnoticed, " << place;
              } catch (const Error& error) {
                EXPECT_THAT(error.what(), testing::StartsWith(place)) << choice.text();
              }
            }
          }
        }
      }
    }
  });
}

TEST(SoftmaxLosses, TakeMinusInfinityAsAClassThatIsRuledOut) {
  const Matrix logits{{2, -kInfinity, 1}}, without{{2, 1}};
  for (const auto& [loss, same] :
       {std::pair{cross_entropy(), cross_entropy()}, std::pair{softmax_focal(), softmax_focal()}}) {
    const auto masked = evaluate(*loss, logits, Matrix{{1, 0, 0}}, Reduction::kSum);
    const auto small = evaluate(*same, without, Matrix{{1, 0}}, Reduction::kSum);
    EXPECT_NEAR(masked.value, small.value, 1e-15);
    EXPECT_EQ(masked.gradient(0, 1), 0);
    EXPECT_NEAR(masked.gradient(0, 2), small.gradient(0, 1), 1e-15);
  }
  // Ruled out and right nevertheless: there is no way back.
  EXPECT_EQ(evaluate(*cross_entropy(), logits, Matrix{{0, 1, 0}}, Reduction::kSum).value,
            kInfinity);
}

TEST(SoftmaxLosses, RefusePlusInfinity) {
  const Matrix logits{{0, 1}, {2, kInfinity}};
  EXPECT_THAT(
      [&] {
        evaluate(*cross_entropy(), logits, Matrix{{0, 1}, {0, 1}}, Reduction::kMean);
      },
      testing::ThrowsMessage<Error>(testing::StartsWith("row 1, column 1: the logit is infinite")));
}

/// Runs a batch of one class a row, by number or as one-hot targets. Returns the sum of the losses.
template <typename T>
double sum_of(const Loss& loss, const Matrix& logits, const std::vector<int>& classes,
              bool by_number, base::MatrixOf<T>& gradient) {
  const base::MatrixOf<T> z = logits.cast<T>();
  base::MatrixOf<T> targets = base::MatrixOf<T>::Zero(z.rows(), z.cols());
  for (Index i = 0; i < z.rows(); ++i) {
    const int c = classes[static_cast<std::size_t>(i)];
    if (c >= 0) targets(i, c) = 1;
    if (c == kIgnored) targets.row(i).setConstant(static_cast<T>(kNan));
  }
  gradient.resize(z.rows(), z.cols());
  return loss.evaluate(Batch<T>{.logits = z.data(),
                                .rows = z.rows(),
                                .columns = z.cols(),
                                .targets = by_number ? nullptr : targets.data(),
                                .classes = by_number ? classes.data() : nullptr,
                                .gradient = gradient.data()},
                       Reduction::kSum);
}

/// body(info, rows, run) on every loss, instruction set, precision and kind of
/// targets; 40 rows are more than two vectors' worth, and 3 columns are few, 40 many.
template <typename Body>
void with_odd_rows(const Body& body) {
  Random random(47);
  on_each_instruction_set([&] {
    for (const LossChoice& choice : selection()) {
      for (const int columns : {3, 40}) {
        const auto loss = choice.make(counts_for(columns));
        Rows rows = rows_for(*choice.info, 40, columns, random);
        for (const bool by_number : {false, true}) {
          SCOPED_TRACE(choice.text() + ", " + std::to_string(columns) + " columns" +
                       (by_number ? ", classes" : ", targets"));
          body(*choice.info, rows, [&](auto& gradient) {
            return sum_of(*loss, rows.logits, rows.classes, by_number, gradient);
          });
        }
      }
    }
  });
}

template <typename Run>
void expect_error(const Run& run, const std::string& start) {
  const auto message = [&](auto gradient) -> std::string {
    try {
      return "no error, but " + std::to_string(run(gradient));
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_THAT(message(Matrix()), testing::StartsWith(start));
  EXPECT_THAT(message(MatrixF()), testing::StartsWith(start));
}

TEST(OddLogits, NanIsAnErrorInEveryKindOfRow) {
  with_odd_rows([](const LossInfo&, Rows& rows, const auto& run) {
    for (const Index row : {0, 17, 39}) {
      for (const int target : {0, 2, kNoClass, kIgnored}) {
        const Rows before = rows;
        rows.classes[static_cast<std::size_t>(row)] = target;
        rows.logits(row, 2) = kNan;
        expect_error(run, "row " + std::to_string(row) + ", column 2: the logit is not a number");
        rows = before;
      }
    }
  });
}

TEST(OddLogits, PlusInfinityAndNothingButMinusInfinityHaveNoSoftmax) {
  with_odd_rows([](const LossInfo& info, Rows& rows, const auto& run) {
    if (info.targets != TargetKind::kClass || info.name == "multi_margin") return;
    const Rows before = rows;
    for (const int target : {0, 1}) {
      rows.classes[17] = target;
      rows.logits(17, 1) = kInfinity;
      expect_error(run, "row 17, column 1: the logit is infinite");
      rows.logits.row(17).setConstant(-kInfinity);
      expect_error(run, "row 17, column 0: the logit is infinite");
      rows = before;
    }
  });
}

TEST(OddLogits, MinusInfinityRulesAnotherClassOut) {
  with_odd_rows([](const LossInfo& info, Rows& rows, const auto& run) {
    if (info.targets != TargetKind::kClass) return;
    const Rows before = rows;
    rows.classes[17] = 0;
    rows.logits(17, 1) = -1e4;  // as good as ruled out
    Matrix gradient, expected;
    MatrixF single;
    const double value = run(expected);
    rows.logits(17, 1) = -kInfinity;
    if (const double ruled_out = run(gradient); std::isfinite(ruled_out)) {
      EXPECT_NEAR(ruled_out, value, 1e-12 * value);
      EXPECT_LT((gradient - expected).cwiseAbs().maxCoeff(), 1e-14);
      EXPECT_NEAR(run(single), value, 1e-5 * value);
      EXPECT_EQ(single(17, 1), 0);
    } else {  // label smoothing gives the class a share
      EXPECT_EQ(info.name, "cross_entropy");
      EXPECT_GT(value, 100);
      EXPECT_EQ(run(single), kInfinity);
    }
    rows = before;
  });
}

TEST(MultiMargin, KnowsTheMarginBetweenLogitsThatAreLarge) {
  const MatrixF logits{{3e7f, 3e7f}}, targets{{1, 0}};  // to which 1 adds nothing
  on_each_instruction_set(
      [&] { EXPECT_EQ(evaluate(*multi_margin(), logits, targets, Reduction::kMean).value, 0.5); });
}

TEST(Parameters, ThatMakeNoSenseAreAnError) {
  EXPECT_THROW(cross_entropy(-0.1), Error);
  EXPECT_THROW(cross_entropy(2), Error);
  EXPECT_THROW(cross_entropy(kNan), Error);
  EXPECT_THROW(logit_adjusted_cross_entropy({0.5, 0}), Error);
  EXPECT_THROW(softmax_focal(-1), Error);
  EXPECT_THROW(multi_margin(1, 3), Error);
  EXPECT_THROW(multi_margin(kInfinity), Error);
  EXPECT_THROW(bce_with_logits({}, {}, 1.5), Error);
  EXPECT_THROW(sigmoid_focal(-1), Error);
  EXPECT_THROW(sigmoid_focal(2, 1.5), Error);
  EXPECT_THROW(asymmetric({.gamma_negative = -1}), Error);
  EXPECT_THROW(asymmetric({.margin = 1}), Error);
  EXPECT_THROW(asymmetric({.clamp = 0}), Error);
  EXPECT_THROW(two_way(0, 1), Error);
  EXPECT_THROW(two_way(1, -1), Error);
}

TEST(OneHot, RefusesALabelOutsideTheColumns) {
  EXPECT_EQ(one_hot({{0, 2}, {}}, 3), (Matrix{{1, 0, 1}, {0, 0, 0}}));
  for (const int wrong : {-1, 3}) {
    EXPECT_THAT(
        [&] {
          one_hot({{0}, {wrong}}, 3);
        },
        testing::ThrowsMessage<Error>(testing::StartsWith("row 1: label " + std::to_string(wrong) +
                                                          " is not among the 3 columns")));
  }
}

TEST(BinaryCrossEntropy, HasLimitsAtInfinity) {
  const Matrix logits{{kInfinity, kInfinity, -kInfinity, -kInfinity}}, targets{{1, 0, 0, 1}};
  const auto result = evaluate(*bce_with_logits(), logits, targets, Reduction::kNone);
  EXPECT_EQ(result.values, (std::vector<double>{0, kInfinity, 0, kInfinity}));
  EXPECT_EQ(result.gradient, (Matrix{{0, 1, 0, -1}}));
}

TEST(SoftmaxLosses, DoNotSeeAShiftAndSigmoidLossesDo) {
  Random random(23);
  for (const LossInfo& info : all_losses()) {
    const auto loss = parse_loss(info.name).make(counts_for(4));
    const Rows rows = rows_for(info, 5, 4, random);
    const Matrix shifted = rows.logits.array() + 100;
    const double before = evaluate(*loss, rows.logits, rows.targets, Reduction::kMean).value;
    const double after = evaluate(*loss, shifted, rows.targets, Reduction::kMean).value;
    if (info.targets == TargetKind::kClass) {
      EXPECT_NEAR(before, after, 1e-11 * std::max(1.0, std::abs(before))) << info.name;
      // So the gradient of a row sums to 0: the probabilities can only be shifted about.
      const auto gradient = evaluate(*loss, rows.logits, rows.targets, Reduction::kSum).gradient;
      EXPECT_LT(gradient.rowwise().sum().cwiseAbs().maxCoeff(), 1e-12) << info.name;
    } else if (info.name != "two_way") {  // which compares labels with each other
      EXPECT_GT(std::abs(after - before), 0.1) << info.name;
    }
  }
}

TEST(EveryLoss, FallsAsTheRightLogitRises) {
  for (const LossInfo& info : all_losses()) {
    const auto loss = parse_loss(info.name).make(counts_for(3));
    double last = kInfinity;
    for (double z = -15; z <= 15; z += 0.5) {
      const Matrix logits{{0.5, z, -0.5}}, targets{{0, 1, 0}};
      const double value = evaluate(*loss, logits, targets, Reduction::kSum).value;
      EXPECT_LE(value, last) << info.name << " at " << z;
      EXPECT_GE(value, 0) << info.name;
      last = value;
    }
  }
}

TEST(CrossEntropy, IsExactWhereTheAnswerIsNearlySure) {
  // log(1 + e^-40), which is nothing beside 1.
  const Matrix logits{{40, 0}}, targets{{1, 0}};
  const auto result = evaluate(*cross_entropy(), logits, targets, Reduction::kSum);
  EXPECT_NEAR(result.value / std::exp(-40), 1, 1e-14);
  std::vector<double> gradient(2);
  const int right = 0;
  cross_entropy()->evaluate(Batch<double>{.logits = logits.data(),
                                          .rows = 1,
                                          .columns = 2,
                                          .classes = &right,
                                          .gradient = gradient.data()},
                            Reduction::kSum);
  EXPECT_NEAR(gradient[0] / -std::exp(-40), 1, 1e-14);
}

TEST(BinaryCrossEntropy, IsExactWhereEveryAnswerIsNearlySure) {
  // 100 tiny losses that would all be lost beside a 1.
  const MatrixF logits = MatrixF::Constant(4, 25, -17), targets = MatrixF::Zero(4, 25);
  const auto result = evaluate(*bce_with_logits(), logits, targets, Reduction::kSum);
  EXPECT_NEAR(result.value / (100 * std::log1p(std::exp(-17))), 1, 1e-6);
}

/// The sum of one row's losses.
template <typename T>
LossResult<T> of_row(const Loss& loss, const std::vector<double>& logits,
                     const std::vector<double>& targets) {
  const auto n = static_cast<Index>(logits.size());
  const Matrix z = Eigen::Map<const Matrix>(logits.data(), 1, n);
  const Matrix y = Eigen::Map<const Matrix>(targets.data(), 1, n);
  return evaluate(loss, base::MatrixOf<T>(z.cast<T>()), base::MatrixOf<T>(y.cast<T>()),
                  Reduction::kSum);
}

TEST(BinaryCrossEntropy, TakesNothingOffAgainThatItAdded) {
  // One loss of 0.744 among predictions that are sure and right, whose z would drown it.
  on_each_instruction_set([] {
    for (const double sure : {1e7, 800.0}) {
      for (const std::size_t columns : {17u, 1000u}) {
        for (const bool present : {false, true}) {
          for (const std::size_t odd : {std::size_t{0}, columns / 2, columns - 1}) {
            std::vector<double> logits(columns, present ? sure : -sure);
            logits[odd] = present ? -0.1 : 0.1;
            const std::vector<double> targets(columns, present);
            const double exact = std::log1p(std::exp(0.1));
            const double single = of_row<float>(*bce_with_logits(), logits, targets).value;
            EXPECT_NEAR(single, exact, 1e-5 * exact) << sure << ", " << columns;
            const double twice = of_row<double>(*bce_with_logits(), logits, targets).value;
            EXPECT_NEAR(twice, exact, 1e-11 * exact) << sure << ", " << columns;
          }
        }
      }
    }
  });
}

template <typename T>
void expect_exact_slopes(const Loss& loss, double highest, double tolerance) {
  for (double z = 0.5; z < highest; z *= 1.2) {
    const double at = static_cast<T>(z), q = std::exp(-at) / (1 + std::exp(-at));
    const auto gradient = of_row<T>(loss, {at, -at, at, -at}, {1, 0, 0, 1}).gradient;
    EXPECT_NEAR(gradient(0, 0) / -q, 1, tolerance) << at;
    EXPECT_NEAR(gradient(0, 1) / q, 1, tolerance) << at;
    EXPECT_NEAR(gradient(0, 2) / (1 - q), 1, tolerance) << at;
    EXPECT_NEAR(gradient(0, 3) / (q - 1), 1, tolerance) << at;
  }
  for (const double zero : {0.0, -0.0}) {
    const auto gradient = of_row<T>(loss, {zero, zero, zero}, {1, 0, 0.25}).gradient;
    EXPECT_EQ(gradient, (base::MatrixOf<T>{{-0.5, 0.5, 0.25}}));
  }
}

TEST(BinaryCrossEntropy, HasASlopeWhereverThePredictionIsNotWholly1) {
  on_each_instruction_set([] {
    expect_exact_slopes<float>(*bce_with_logits(), 87, 1e-5);
    expect_exact_slopes<double>(*bce_with_logits(), 708, 1e-11);
  });
}

TEST(LogitAdjusted, AddsThePriorsToLogitsOfAnySize) {
  // A number added to a row changes nothing; 0.0625 is what float can tell apart at 1e6.
  Random random(53);
  on_each_instruction_set([&] {
    for (const Index columns : {3, 40}) {
      std::vector<double> priors;
      for (Index c = 0; c < columns; ++c)
        priors.push_back(0.01 + 0.05 * static_cast<double>(c % 7));
      const auto loss = logit_adjusted_cross_entropy(priors);
      Matrix logits(20, columns), targets = Matrix::Zero(20, columns);
      std::vector<int> classes;
      for (double& z : logits.reshaped()) z = 0.0625 * random.below(64);
      for (Index i = 0; i < logits.rows(); ++i) {
        classes.push_back(random.below(static_cast<int>(columns)));
        targets(i, classes.back()) = 1;
      }
      const auto exact = evaluate(*loss, logits, targets, Reduction::kSum);
      const MatrixF large = (logits.array() + 1e6).cast<float>();
      const auto by_row = evaluate(*loss, large, MatrixF(targets.cast<float>()), Reduction::kSum);
      EXPECT_NEAR(by_row.value, exact.value, 1e-5 * exact.value);
      MatrixF gradient(20, columns);
      const double by_number = loss->evaluate(Batch<float>{.logits = large.data(),
                                                           .rows = 20,
                                                           .columns = columns,
                                                           .classes = classes.data(),
                                                           .gradient = gradient.data()},
                                              Reduction::kSum);
      EXPECT_NEAR(by_number, exact.value, 1e-5 * exact.value);
      for (const MatrixF& one : {by_row.gradient, gradient}) {
        EXPECT_LT((one.cast<double>() - exact.gradient).cwiseAbs().maxCoeff(), 1e-6);
      }
    }
  });
}

TEST(TwoWay, KeepsTheCountsBesideLargeLogitsThatCancel) {
  // Of 2 absent and 3 present labels of one logit: softplus(log 2 + 4 log 3), whatever the logit.
  const double sum = std::log(2) + 4 * std::log(3);
  on_each_instruction_set([&] {
    for (const double z : {0.0, 1e4, -1e4, 1e30, -1e30}) {
      const std::vector<double> logits(5, z), targets{0, 1, 0, 1, 1};
      const auto check = [&](const auto& result, double tolerance) {
        EXPECT_NEAR(result.value, std::log1p(std::exp(sum)), tolerance * sum) << z;
        for (Index c = 0; c < 5; ++c) {
          const double slope = 1 / (1 + std::exp(-sum));
          const double expected =
              targets[static_cast<std::size_t>(c)] == 1 ? -slope / 3 : slope / 2;
          EXPECT_NEAR(result.gradient(0, c), expected, tolerance) << z;
        }
      };
      check(of_row<float>(*two_way(), logits, targets), 1e-5);
      check(of_row<double>(*two_way(), logits, targets), 1e-11);
    }
  });
}

TEST(Weights, BelowZeroOrNotFiniteAreRefused) {
  for (const double wrong : {-1e-9, -1.0, kNan, kInfinity}) {
    const std::vector<double> weights{1, wrong, 2};
    const auto refused = [](const char* name) {
      return testing::ThrowsMessage<Error>(
          testing::StartsWith(std::string(name) + ": weight 1 is "));
    };
    EXPECT_THAT([&] { cross_entropy(0, weights); }, refused("cross_entropy"));
    EXPECT_THAT([&] { softmax_focal(2, weights); }, refused("softmax_focal"));
    EXPECT_THAT([&] { multi_margin(1, 1, weights); }, refused("multi_margin"));
    EXPECT_THAT([&] { bce_with_logits(weights); }, refused("bce_with_logits"));
    EXPECT_THAT([&] { bce_with_logits({}, weights); }, refused("bce_with_logits"));
  }
}

TEST(TwoExclusiveClasses, SoftmaxOverZAndZeroIsTheSigmoid) {
  on_each_instruction_set([] {
    for (const double z : {-800.0, -3.0, 0.0, 1.1479, 40.0, 1e4}) {
      std::vector<double> pair{z, 0}, one{z};
      softmax(pair);
      sigmoid(one);
      EXPECT_NEAR(pair[0], one[0], 1e-15);
      const double ce =
          evaluate(*cross_entropy(), Matrix{{z, 0}}, Matrix{{0, 1}}, Reduction::kSum).value;
      const double bce =
          evaluate(*bce_with_logits(), Matrix{{z}}, Matrix{{0}}, Reduction::kSum).value;
      EXPECT_NEAR(ce, bce, 1e-15 * std::max(1.0, ce));
    }
  });
}

TEST(Targets, ByNumberAreTheSameAsOneHotForEveryLoss) {
  Random random(29);
  for (const LossChoice& choice : selection()) {
    SCOPED_TRACE(choice.text());
    const auto loss = choice.make(counts_for(11));
    Rows rows = rows_for(*choice.info, 40, 11, random);
    rows.targets.setZero();
    rows.classes[5] = kNoClass;
    for (std::size_t i = 0; i < rows.classes.size(); ++i) {
      if (rows.classes[i] >= 0) rows.targets(static_cast<Index>(i), rows.classes[i]) = 1;
    }
    const auto dense = evaluate(*loss, rows.logits, rows.targets, Reduction::kMean);
    Matrix gradient(40, 11);
    const double value = loss->evaluate(Batch<double>{.logits = rows.logits.data(),
                                                      .rows = 40,
                                                      .columns = 11,
                                                      .classes = rows.classes.data(),
                                                      .gradient = gradient.data()},
                                        Reduction::kMean);
    EXPECT_NEAR(value, dense.value, 1e-13 * std::abs(value));
    EXPECT_LT((gradient - dense.gradient).cwiseAbs().maxCoeff(), 1e-14);
  }
}

TEST(Targets, IgnoredRowsAreAsIfTheyWereNotThere) {
  Random random(31);
  for (const LossChoice& choice : selection()) {
    SCOPED_TRACE(choice.text());
    const auto loss = choice.make(counts_for(6));
    Rows rows = rows_for(*choice.info, 9, 6, random);
    const std::vector<Index> kept{0, 1, 3, 4, 5, 7, 8};  // not 2 and 6
    const auto without = evaluate(*loss, Matrix(rows.logits(kept, Eigen::all)),
                                  Matrix(rows.targets(kept, Eigen::all)), Reduction::kMean);
    rows.targets.row(2).setConstant(kNan);
    rows.targets.row(6).setConstant(kNan);
    const auto with = evaluate(*loss, rows.logits, rows.targets, Reduction::kMean);
    EXPECT_NEAR(with.value, without.value, 1e-13 * without.value);
    EXPECT_EQ(with.gradient.row(2).cwiseAbs().maxCoeff(), 0);
    EXPECT_EQ(with.gradient.row(6).cwiseAbs().maxCoeff(), 0);
  }
}

TEST(Targets, OneUnknownLabelLeavesTheOthers) {
  const Matrix logits{{1, -2, 3}}, targets{{1, kNan, 0}};
  const auto bce = evaluate(*bce_with_logits(), logits, targets, Reduction::kMean);
  EXPECT_NEAR(bce.value, (std::log1p(std::exp(-1)) + std::log1p(std::exp(3))) / 2, 1e-15);
  EXPECT_EQ(bce.gradient(0, 1), 0);
  const auto zlpr_result = evaluate(*zlpr(), logits, targets, Reduction::kMean);
  EXPECT_NEAR(zlpr_result.value, std::log1p(std::exp(3)) + std::log1p(std::exp(-1)), 1e-14);
}

TEST(Targets, NothingKnownIsAnErrorOfTheMeanAndNothingInASum) {
  const Matrix logits{{1, 2}, {3, 4}}, targets = Matrix::Constant(2, 2, kNan);
  const std::vector<int> classes{kIgnored, kIgnored};
  for (const LossChoice& choice : selection()) {
    SCOPED_TRACE(choice.text());
    const auto loss = choice.make(counts_for(2));
    EXPECT_THROW(evaluate(*loss, logits, targets, Reduction::kMean), Error);
    EXPECT_EQ(evaluate(*loss, logits, targets, Reduction::kSum).value, 0);
    const Batch<double> batch{
        .logits = logits.data(), .rows = 2, .columns = 2, .classes = classes.data()};
    EXPECT_THROW(loss->evaluate(batch, Reduction::kMean), Error);
    EXPECT_EQ(loss->evaluate(batch, Reduction::kSum), 0);
  }
}

TEST(Targets, ThatALossCannotTakeAreAnError) {
  const Matrix logits{{1, 2, 3}, {4, 5, 6}};
  const Matrix soft{{0, 0, 1}, {0.5, 0.5, 0}}, two{{0, 0, 1}, {1, 1, 0}};
  for (const LossInfo& info : all_losses()) {
    const auto loss = parse_loss(info.name).make(counts_for(3));
    if (info.soft_targets) {
      EXPECT_NO_THROW(evaluate(*loss, logits, soft, Reduction::kMean)) << info.name;
    } else {
      EXPECT_THAT([&] { evaluate(*loss, logits, soft, Reduction::kMean); },
                  testing::ThrowsMessage<Error>(testing::StartsWith("row 1, column 0: the target")))
          << info.name;
    }
  }
  for (const auto& loss : {multi_margin(), softmax_focal()}) {
    EXPECT_THAT([&] { evaluate(*loss, logits, two, Reduction::kMean); },
                testing::ThrowsMessage<Error>(testing::StartsWith("row 1: several targets are 1")));
  }
}

TEST(Targets, AClassOutsideTheColumnsIsAnError) {
  const std::vector<double> z{1, 2, 3, 4};
  for (const int wrong : {2, -2, 1000}) {
    const std::vector<int> classes{0, wrong};
    EXPECT_THAT(
        [&] {
          cross_entropy()->evaluate(
              Batch<double>{.logits = z.data(), .rows = 2, .columns = 2, .classes = classes.data()},
              Reduction::kMean);
        },
        testing::ThrowsMessage<Error>(testing::StartsWith("row 1: class " + std::to_string(wrong) +
                                                          " is not among the 2 columns")));
  }
}

TEST(Shapes, ThatDifferAreAnError) {
  EXPECT_THROW(evaluate(*cross_entropy(), Matrix(2, 3), Matrix(3, 2), Reduction::kMean), Error);
  EXPECT_THROW(evaluate(*cross_entropy(), Matrix(0, 3), Matrix(0, 3), Reduction::kMean), Error);
  EXPECT_THROW(evaluate(*bce_with_logits({1, 2}), Matrix(Matrix::Zero(1, 3)),
                        Matrix(Matrix::Zero(1, 3)), Reduction::kMean),
               Error);
}

TEST(Background, AllZeroTargetsPushEveryLabelDown) {
  const Matrix logits{{3, -1, 0}};
  for (const auto& loss : {bce_with_logits(), sigmoid_focal(), asymmetric(), zlpr()}) {
    const auto result = evaluate(*loss, logits, Matrix(Matrix::Zero(1, 3)), Reduction::kSum);
    EXPECT_GT(result.gradient.minCoeff(), 0) << loss->name();
  }
  EXPECT_EQ(evaluate(*cross_entropy(), logits, Matrix(Matrix::Zero(1, 3)), Reduction::kSum)
                .gradient.cwiseAbs()
                .maxCoeff(),
            0);
}

TEST(Focal, WithoutFocusIsCrossEntropy) {
  Random random(37);
  const Rows rows = rows_for(parse_loss("multi_margin").info[0], 20, 7, random);
  const auto same = [&](const Loss& a, const Loss& b) {
    const auto left = evaluate(a, rows.logits, rows.targets, Reduction::kMean);
    const auto right = evaluate(b, rows.logits, rows.targets, Reduction::kMean);
    EXPECT_NEAR(left.value, right.value, 1e-13 * right.value);
    EXPECT_LT((left.gradient - right.gradient).cwiseAbs().maxCoeff(), 1e-14);
  };
  same(*softmax_focal(0), *cross_entropy());
  same(*sigmoid_focal(0, -1), *bce_with_logits());
  same(*asymmetric({0, 0, 0, 1e-300}), *bce_with_logits());
  same(*logit_adjusted_cross_entropy(std::vector<double>(7, 1. / 7)), *cross_entropy());
}

TEST(TwoWay, IsTheSumOverRowsAndColumns) {
  // By hand: softplus(log sum absent e^z + T log sum present e^(-z/T)).
  const Matrix z{{0.5, -1, 2}, {1, 0.3, -0.7}, {-2, 1.5, 0.1}};
  const Matrix y{{1, 0, 0}, {0, 0, 0}, {1, 1, 0}};
  const double t = 4;
  const auto term = [&](const std::vector<std::pair<double, double>>& line) {
    double absent = 0, present = 0;
    for (const auto& [logit, target] : line) {
      (target == 1 ? present : absent) += target == 1 ? std::exp(-logit / t) : std::exp(logit);
    }
    return std::log1p(std::exp(std::log(absent) + t * std::log(present)));
  };
  const double rows = (term({{0.5, 1}, {-1, 0}, {2, 0}}) + term({{-2, 1}, {1.5, 1}, {0.1, 0}})) / 2;
  const double columns =
      (term({{0.5, 1}, {1, 0}, {-2, 1}}) + term({{-1, 0}, {0.3, 0}, {1.5, 1}})) / 2;
  EXPECT_NEAR(evaluate(*two_way(), z, y, Reduction::kMean).value, rows + columns, 1e-14);
  EXPECT_NEAR(evaluate(*two_way(), z, y, Reduction::kSum).value, 2 * (rows + columns), 1e-14);
}

TEST(TwoWay, KnowsColumnsBeyondOneBlock) {
  Random random(41);
  const Rows rows = rows_for(*parse_loss("two_way").info, 70, 600, random);
  const auto all = evaluate(*two_way(), rows.logits, rows.targets, Reduction::kNone);
  // Turned round, rows are columns and columns rows.
  const auto turned = evaluate(*two_way(), Matrix(rows.logits.transpose()),
                               Matrix(rows.targets.transpose()), Reduction::kNone);
  ASSERT_EQ(all.values.size(), 670u);
  for (std::size_t i = 0; i < 670; ++i) {
    EXPECT_NEAR(all.values[i], turned.values[(i + 600) % 670], 1e-12 * all.values[i]);
  }
  EXPECT_LT((all.gradient - turned.gradient.transpose()).cwiseAbs().maxCoeff(), 1e-13);
}

}  // namespace
}  // namespace oneormany::loss
