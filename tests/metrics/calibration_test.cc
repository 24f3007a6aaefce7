#include "metrics/calibration.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <random>

#include "base/error.h"
#include "base/parallel.h"
#include "loss/matrix.h"
#include "metrics/reliability.h"
#include "tests/golden.h"
#include "tests/metrics/measures.h"

namespace oneormany::metrics {
namespace {

constexpr loss::Activation kBoth[] = {loss::Activation::kSoftmax, loss::Activation::kSigmoid};

/// Rows whose labels are drawn with the probabilities that `true_logits` say; `logits` are these
/// times `sureness`: a model that is too sure by that.
struct Simulated {
  Matrix logits, targets;
  std::vector<std::vector<int>> folds;
  std::vector<int> groups;
};

Simulated simulated(loss::Activation activation, Index rows, Index columns, double sureness,
                    unsigned seed = 1) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Simulated made{Matrix(rows, columns), Matrix::Zero(rows, columns), {{}}, {}};
  for (double& z : made.logits.reshaped()) z = 6 * uniform() - 3;
  const Matrix p = loss::activate(activation, made.logits);
  for (Index i = 0; i < rows; ++i) {
    if (activation == loss::Activation::kSoftmax) {
      Index c = 0;
      for (double left = uniform() - p(i, 0); left > 0 && c + 1 < columns; left -= p(i, c)) ++c;
      made.targets(i, c) = 1;
    } else {
      for (Index c = 0; c < columns; ++c) made.targets(i, c) = uniform() < p(i, c);
    }
    made.folds[0].push_back(static_cast<int>(i % 5));
    made.groups.push_back(static_cast<int>(i));
  }
  made.logits *= sureness;
  return made;
}

double loss_of(loss::Activation activation, const Matrix& p, const Matrix& targets) {
  if (activation == loss::Activation::kSigmoid) return label_log_loss(p, targets.cast<int>());
  return log_loss(p, argmax(targets));
}

Matrix fitted(CalibrationMethod method, loss::Activation activation, const Simulated& on) {
  return fit_calibration(method, activation, on.logits, on.targets).apply(on.logits);
}

/// Logits and 0/1 targets of tests/golden/calibration.json.
Simulated golden_case(const Json& golden) {
  Simulated read{to_matrix(golden.at("logits")), {}, {}, {}};
  read.targets = to_matrix(golden.at("target"));
  if (read.targets.cols() == 1) {
    const Matrix classes = read.targets;
    read.targets = Matrix::Zero(read.logits.rows(), read.logits.cols());
    for (Index i = 0; i < classes.rows(); ++i) {
      read.targets(i, static_cast<Index>(classes(i, 0))) = 1;
    }
  }
  return read;
}

TEST(Calibration, AgreesWithScikitLearnAndScipy) {
  const Json golden = read_golden("calibration.json");
  for (const loss::Activation activation : kBoth) {
    const Json& own = golden.at(activation == loss::Activation::kSoftmax ? "classes" : "labels");
    const Simulated rows = golden_case(own);
    const auto fit = [&](CalibrationMethod method, Index first) {
      return fit_calibration(method, activation, rows.logits.topRows(first),
                             rows.targets.topRows(first));
    };
    const Index n = rows.logits.rows();
    const Calibration temperature = fit(CalibrationMethod::kTemperature, n);
    EXPECT_NEAR(1 / temperature.scale(0), own.at("temperature").get<double>(), 1e-6);
    EXPECT_EQ(temperature.scale, Vector::Constant(3, temperature.scale(0)));
    EXPECT_EQ(temperature.shift, Vector::Zero(3));
    expect_near(temperature.apply(rows.logits),
                loss::activate(activation, Matrix(temperature.scale(0) * rows.logits)), 1e-15);
    for (const auto& [method, first] : {std::pair{CalibrationMethod::kVector, n},
                                        {CalibrationMethod::kPlatt, n},
                                        {CalibrationMethod::kIsotonic, Index{25}}}) {
      if (!own.contains(std::string(name_of(method)))) continue;
      SCOPED_TRACE(name_of(method));
      expect_near(fit(method, first).apply(rows.logits),
                  to_matrix(own.at(std::string(name_of(method)))), 1e-6);
    }
  }
}

TEST(Calibration, VectorScalingOfSigmoidsIsPlattScaling) {
  const Simulated rows = simulated(loss::Activation::kSigmoid, 50, 2, 2);
  EXPECT_EQ(fitted(CalibrationMethod::kVector, loss::Activation::kSigmoid, rows),
            fitted(CalibrationMethod::kPlatt, loss::Activation::kSigmoid, rows));
}

TEST(Calibration, FindsTheTemperatureThatLogitsWereMultipliedBy) {
  for (const loss::Activation activation : kBoth) {
    for (const double sureness : {3.0, 0.2, 1e-6}) {
      const Simulated rows = simulated(activation, 4000, 4, sureness);
      const Calibration map =
          fit_calibration(CalibrationMethod::kTemperature, activation, rows.logits, rows.targets);
      EXPECT_NEAR(1 / map.scale(0) / sureness, 1, 0.06);
    }
  }
}

TEST(Calibration, TheTemperatureOfASoftmaxTakesNoNoticeOfNumbersAddedToRows) {
  const Simulated rows = simulated(loss::Activation::kSoftmax, 200, 4, 2);
  const auto scale_of = [&](const Matrix& logits) {
    return fit_calibration(CalibrationMethod::kTemperature, loss::Activation::kSoftmax, logits,
                           rows.targets)
        .scale(0);
  };
  const double expected = scale_of(rows.logits);
  for (const double added : {-50.0, 100.0, 1e4}) {
    EXPECT_NEAR(scale_of(rows.logits.array() + added) / expected, 1, 1e-6) << added;
  }
  const Vector each = Vector::LinSpaced(200, -1000, 1000);
  EXPECT_NEAR(scale_of(rows.logits.colwise() + each) / expected, 1, 1e-6);
  // Equal logits say nothing, and stay.
  EXPECT_EQ(scale_of(Matrix::Constant(200, 4, 0.1).colwise() + each), 1);
}

TEST(Calibration, OfLogitsThatMisleadIsAnInfiniteTemperature) {
  for (const loss::Activation activation : kBoth) {
    const Simulated rows = simulated(activation, 200, 4, -1);
    const Calibration map =
        fit_calibration(CalibrationMethod::kTemperature, activation, rows.logits, rows.targets);
    EXPECT_EQ(map.scale(0), 0);
    expect_near(map.apply(rows.logits),
                Matrix::Constant(200, 4, activation == loss::Activation::kSoftmax ? 0.25 : 0.5),
                1e-15);
  }
}

TEST(Calibration, OfAnOverConfidentModelLowersLogLossAndErrorOutOfFold) {
  for (const loss::Activation activation : kBoth) {
    const Simulated rows = simulated(activation, 1000, 4, 3);
    const auto ece = [&](const Matrix& p) {
      return confidence_of_all(p, labels_of(rows.targets)).ece();
    };
    const Matrix before = loss::activate(activation, rows.logits);
    expect_near(calibrated_out_of_fold(CalibrationMethod::kNone, activation, rows.logits,
                                       rows.targets, rows.folds),
                before, 0);
    for (const auto method : {CalibrationMethod::kTemperature, CalibrationMethod::kVector,
                              CalibrationMethod::kPlatt, CalibrationMethod::kIsotonic}) {
      const Matrix after =
          calibrated_out_of_fold(method, activation, rows.logits, rows.targets, rows.folds);
      EXPECT_LT(ece(after), 0.5 * ece(before)) << name_of(method);
      if (method == CalibrationMethod::kIsotonic) continue;  // it may say 0 of what then happens
      EXPECT_LT(loss_of(activation, after, rows.targets),
                loss_of(activation, before, rows.targets) - 0.1)
          << name_of(method);
    }
  }
}

TEST(Calibration, OfARowDoesNotDependOnItsOwnLabel) {
  for (const loss::Activation activation : kBoth) {
    const Simulated once = simulated(activation, 60, 3, 2);
    // Split twice, each time otherwise: the picture's other row must have no part either.
    Simulated rows = once;
    rows.logits.resize(120, 3);
    rows.logits << once.logits, once.logits;
    rows.targets.resize(120, 3);
    rows.targets << once.targets, once.targets;
    rows.folds.push_back({});
    for (int i = 0; i < 60; ++i) rows.folds[1].push_back(i / 20);
    Simulated other = rows;
    for (const Index i : {7, 67}) {
      if (activation == loss::Activation::kSigmoid) {
        other.targets.row(i) = 1 - rows.targets.row(i).array();
      } else {  // another class
        other.targets.row(i) << rows.targets(i, 2), rows.targets(i, 0), rows.targets(i, 1);
      }
    }
    for (const auto method : kCalibrationMethods) {
      const auto calibrated = [&](const Simulated& some) {
        return calibrated_out_of_fold(method, activation, some.logits, some.targets, some.folds);
      };
      const Matrix before = calibrated(rows), after = calibrated(other);
      for (const Index i : {7, 67}) EXPECT_EQ(before.row(i), after.row(i)) << name_of(method);
      if (method == CalibrationMethod::kNone) continue;
      EXPECT_NE(before.topRows(60), after.topRows(60)) << name_of(method);
      EXPECT_NE(before.bottomRows(60), after.bottomRows(60)) << name_of(method);
    }
  }
}

// The folds' fits read their rows where they are; as of rows that are written out. In one fold's
// others the last column has no picture, and nothing is learned for it there.
TEST(Calibration, OutOfFoldIsTheFitOnTheOtherRowsWrittenOut) {
  for (const loss::Activation activation : kBoth) {
    for (const Index columns : {3, 11}) {  // above eight columns are read in two parts
      Simulated made = simulated(activation, 90, columns, 2);
      for (Index i = 0; i < 90; ++i) {
        if (made.folds[0][static_cast<std::size_t>(i)] == 2) continue;
        if (activation == loss::Activation::kSoftmax && made.targets(i, columns - 1) == 1) {
          made.targets(i, 0) = 1;
        }
        made.targets(i, columns - 1) = 0;
      }
      for (const auto method : kCalibrationMethods) {
        const Matrix found =
            calibrated_out_of_fold(method, activation, made.logits, made.targets, made.folds);
        for (int fold = 0; fold < 5; ++fold) {
          std::vector<Index> own, others;
          for (Index i = 0; i < 90; ++i) {
            (made.folds[0][static_cast<std::size_t>(i)] == fold ? own : others).push_back(i);
          }
          const Calibration map =
              fit_calibration(method, activation, Matrix(made.logits(others, Eigen::all)),
                              Matrix(made.targets(others, Eigen::all)));
          if (method != CalibrationMethod::kNone) {
            EXPECT_EQ(map.columns.size(), static_cast<std::size_t>(columns - (fold == 2)));
          }
          expect_near(found(own, Eigen::all), map.apply(made.logits(own, Eigen::all)), 1e-9);
        }
      }
    }
  }
}

TEST(Calibration, RowsOfSoftmaxStillSumToOne) {
  const Simulated rows = simulated(loss::Activation::kSoftmax, 80, 4, 4);
  for (const auto method : kCalibrationMethods) {
    const Matrix p = fitted(method, loss::Activation::kSoftmax, rows);
    expect_near(p.rowwise().sum(), Vector::Ones(80), 1e-12);
    EXPECT_GE(p.minCoeff(), 0);
  }
}

TEST(Calibration, WithoutAnyPicturesOfNoneItsProbabilityStays) {
  Simulated rows = simulated(loss::Activation::kSoftmax, 300, 3, 3);
  rows.logits.conservativeResize(Eigen::NoChange, 4);
  rows.logits.col(3) = rows.logits.col(0).reverse() / 3;
  rows.targets.conservativeResize(Eigen::NoChange, 4);
  rows.targets.col(3).setZero();
  const Matrix plain = loss::activate(loss::Activation::kSoftmax, rows.logits);
  for (const auto method : kCalibrationMethods) {
    SCOPED_TRACE(name_of(method));
    const Calibration map =
        fit_calibration(method, loss::Activation::kSoftmax, rows.logits, rows.targets);
    const Matrix p = map.apply(rows.logits);
    expect_near(p.col(3), plain.col(3), 1e-15);
    expect_near(p.rowwise().sum(), Vector::Ones(300), 1e-12);
    // Among the classes, what it would be without "none".
    const Matrix classes_logits = rows.logits.leftCols(3),
                 classes_targets = rows.targets.leftCols(3);
    const Matrix classes =
        fit_calibration(method, loss::Activation::kSoftmax, classes_logits, classes_targets)
            .apply(classes_logits);
    for (Index i = 0; i < 300; ++i) {
      expect_near(p.row(i).head(3) / p.row(i).head(3).sum(), classes.row(i), 1e-9);
    }
  }
}

TEST(Calibration, ALabelThatAllOrNoRowsCarryStaysAsItIs) {
  Simulated rows = simulated(loss::Activation::kSigmoid, 60, 4, 3);
  rows.targets.col(1).setZero();
  rows.targets.col(2).setOnes();
  const Matrix plain = loss::activate(loss::Activation::kSigmoid, rows.logits);
  for (const auto method : kCalibrationMethods) {
    const Matrix p = fitted(method, loss::Activation::kSigmoid, rows);
    EXPECT_EQ(p.col(1), plain.col(1)) << name_of(method);
    EXPECT_EQ(p.col(2), plain.col(2)) << name_of(method);
    EXPECT_EQ(p.col(0) == plain.col(0), method == CalibrationMethod::kNone) << name_of(method);
  }
}

TEST(Calibration, OfNextToNoRowsIsStillProbabilities) {
  for (const loss::Activation activation : kBoth) {
    for (const Index rows : {1, 2, 3, 6}) {
      for (const Index columns : {1, 2, 5}) {
        const Simulated made = simulated(activation, rows, columns, 5);
        for (const auto method : kCalibrationMethods) {
          const Matrix p =
              calibrated_out_of_fold(method, activation, made.logits, made.targets, made.folds);
          EXPECT_TRUE(((p.array() >= 0) && (p.array() <= 1)).all()) << name_of(method);
        }
        const auto choice =
            choose_calibration(activation, made.logits, made.targets, made.folds, made.groups);
        if (rows == 1) {
          EXPECT_EQ(choice.method, CalibrationMethod::kNone);
        }
      }
    }
  }
}

TEST(Calibration, OfRowsThatAreAllRightIsNoSurerThanTheirNumberAllows) {
  for (const loss::Activation activation : kBoth) {
    Simulated rows = simulated(activation, 40, 2, 1);
    const double positives = rows.targets.sum(), negatives = 80 - positives;
    rows.logits = 9 * rows.targets.array() - 4.5;
    for (const auto method :
         {CalibrationMethod::kTemperature, CalibrationMethod::kVector, CalibrationMethod::kPlatt}) {
      const Matrix p = fitted(method, activation, rows);
      const double wrong = (p - rows.targets).cwiseAbs().maxCoeff();
      EXPECT_GE(wrong, 1 / (std::max(positives, negatives) + 2) - 1e-6) << name_of(method);
      EXPECT_LT(wrong, 0.1) << name_of(method);
      if (method != CalibrationMethod::kTemperature) continue;
      // One number for all: the mean of what Platt's targets leave.
      const double mean = activation == loss::Activation::kSoftmax
                              ? 1.0 / 42
                              : (positives / (positives + 2) + negatives / (negatives + 2)) / 80;
      EXPECT_NEAR(wrong, mean, 1e-6);
    }
  }
}

TEST(Calibration, OfEqualLogitsIsTheShareOfTheRows) {
  const Matrix logits = Matrix::Constant(10, 1, 0.1);
  Matrix targets = Matrix::Zero(10, 1);
  targets.topRows(5).setOnes();
  for (const auto method : {CalibrationMethod::kPlatt, CalibrationMethod::kIsotonic}) {
    const Calibration map = fit_calibration(method, loss::Activation::kSigmoid, logits, targets);
    EXPECT_NEAR(map.apply(logits)(0, 0), 0.5, 1e-6) << name_of(method);
    const double other = map.apply(Matrix{{0.2}})(0, 0);  // a slope made of rounding would give 1
    EXPECT_LT(other, 0.53) << name_of(method);
    EXPECT_GE(other, 0.5 - 1e-6) << name_of(method);
  }
}

TEST(Calibration, SeesLogitsThatProbabilitiesWouldRoundAway) {
  Simulated rows = simulated(loss::Activation::kSoftmax, 200, 3, 100);  // differences up to 600
  const Matrix p = fitted(CalibrationMethod::kPlatt, loss::Activation::kSoftmax, rows);
  EXPECT_TRUE(p.allFinite());
  EXPECT_LT(loss_of(loss::Activation::kSoftmax, p, rows.targets), 0.9);
  EXPECT_GT(loss_of(loss::Activation::kSoftmax,
                    loss::activate(loss::Activation::kSoftmax, rows.logits), rows.targets),
            5);
}

TEST(Calibration, IsotonicKeepsRowsInWhichAllWouldBeZero) {
  // Each class was only ever right where the model was sure of it.
  Simulated rows = simulated(loss::Activation::kSoftmax, 60, 3, 1);
  rows.logits = 5 * rows.targets;
  rows.logits.row(0) << 1, 0.5, 0;
  rows.targets.row(0) << 0, 0, 1;
  rows.logits.row(1) << 0.5, 1, 0;
  rows.targets.row(1) << 0, 0, 1;
  const Calibration map = fit_calibration(CalibrationMethod::kIsotonic, loss::Activation::kSoftmax,
                                          rows.logits, rows.targets);
  Calibration without = map;
  without.curves[2] = map.curves[0];
  const Matrix p{{0.5, 0.3, 0.2}};
  const Matrix unsure = p.array().log();
  for (const auto& curve : without.curves) ASSERT_EQ(curve.at(0.5), 0);
  expect_near(without.apply(unsure), p, 1e-12);
  EXPECT_EQ(map.apply(unsure), (Matrix{{0, 0, 1}}));
}

TEST(Isotonic, NeverFallsAndIsTheBestSuchFit) {
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 50; ++trial) {
    const Index n = 1 + static_cast<Index>(random() % 40);
    Vector x(n), y(n);
    for (Index i = 0; i < n; ++i) {
      x(i) = static_cast<double>(random() % 12) / 11;
      y(i) = static_cast<double>(random() % 11) < 12 * x(i);
    }
    const Isotonic fit = fit_isotonic(x, y);
    double last = -1;
    for (double at = -0.1; at <= 1.1; at += 0.001) {
      EXPECT_GE(fit.at(at), last - 1e-15);
      last = fit.at(at);
    }
    // Optimal (the cone's conditions): residuals sum to 0 over all, to at most 0 over those from
    // any point up, and are orthogonal to the fit.
    double all = 0, across = 0;
    for (Index i = 0; i < n; ++i) {
      all += y(i) - fit.at(x(i));
      across += (y(i) - fit.at(x(i))) * fit.at(x(i));
    }
    EXPECT_NEAR(all, 0, 1e-12);
    EXPECT_NEAR(across, 0, 1e-12);
    for (Index from = 0; from < n; ++from) {
      double above = 0;
      for (Index i = 0; i < n; ++i) above += x(i) >= x(from) ? y(i) - fit.at(x(i)) : 0;
      EXPECT_LE(above, 1e-12);
    }
  }
}

TEST(ChooseCalibration, TakesTheTemperatureOfModelsThatAreTooSureAndNothingOfThoseThatAreNot) {
  for (const loss::Activation activation : kBoth) {
    for (const unsigned seed : {1u, 2u, 3u}) {
      const Simulated sure = simulated(activation, 600, 4, 3, seed);
      std::vector<Matrix> probabilities;
      const auto choice = choose_calibration(
          activation, sure.logits, sure.targets, sure.folds, sure.groups, [] {},
          [&](CalibrationMethod, const Matrix& p) { probabilities.push_back(p); });
      EXPECT_EQ(choice.method, CalibrationMethod::kTemperature) << seed;
      EXPECT_EQ(choice.tried.size(), activation == loss::Activation::kSoftmax ? 5u : 4u);
      EXPECT_GT(choice.tried[0].behind, 3 * choice.tried[0].error);
      ASSERT_EQ(probabilities.size(), choice.tried.size());
      for (std::size_t k = 0; k < choice.tried.size(); ++k) {
        const Matrix p = probabilities[k].cwiseMax(0x1p-52).cwiseMin(1 - 0x1p-52);
        EXPECT_NEAR(choice.tried[k].log_loss, loss_of(activation, p, sure.targets), 1e-9);
        EXPECT_GE(choice.tried[k].behind, 0);
      }
    }
    int kept = 0;
    for (const unsigned seed : {1u, 2u, 3u, 4u, 5u, 6u}) {
      const Simulated fine = simulated(activation, 300, 4, 1, seed);
      kept += choose_calibration(activation, fine.logits, fine.targets, fine.folds, fine.groups)
                  .method == CalibrationMethod::kNone;
    }
    EXPECT_GE(kept, 4);
  }
}

TEST(ChooseCalibration, TakesPlattWhereEachLabelIsOffByItself) {
  Simulated rows = simulated(loss::Activation::kSigmoid, 800, 3, 1);
  rows.logits.col(0).array() += 2;
  rows.logits.col(1).array() -= 2;
  EXPECT_EQ(choose_calibration(loss::Activation::kSigmoid, rows.logits, rows.targets, rows.folds,
                               rows.groups)
                .method,
            CalibrationMethod::kPlatt);
  rows = simulated(loss::Activation::kSoftmax, 800, 3, 1);
  rows.logits.col(0).array() += 2;
  EXPECT_EQ(choose_calibration(loss::Activation::kSoftmax, rows.logits, rows.targets, rows.folds,
                               rows.groups)
                .method,
            CalibrationMethod::kVector);
}

TEST(ChooseCalibration, RowsOfOneGroupCountAsOne) {
  const Simulated once = simulated(loss::Activation::kSoftmax, 30, 3, 2);
  Simulated rows = once;
  rows.logits = once.logits.replicate(4, 1);
  rows.targets = once.targets.replicate(4, 1);
  rows.folds = {4, once.folds[0]};
  std::vector<int> apart;
  for (int i = 0; i < 120; ++i) {
    rows.groups.resize(120);
    rows.groups[static_cast<std::size_t>(i)] = i % 30;
    apart.push_back(i);
  }
  const auto choose = [](const Simulated& some, const std::vector<int>& groups) {
    return choose_calibration(loss::Activation::kSoftmax, some.logits, some.targets, some.folds,
                              groups);
  };
  const auto alone = choose(once, once.groups), together = choose(rows, rows.groups),
             separate = choose(rows, apart);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(together.tried[k].behind, alone.tried[k].behind, 1e-9);
    EXPECT_NEAR(together.tried[k].error, alone.tried[k].error, 1e-9);
    EXPECT_NEAR(separate.tried[k].error, alone.tried[k].error / 2, 0.1 * alone.tried[k].error);
  }
}

TEST(ChooseCalibration, TellsEachOfItsStepsAndStopsWhereOneThrows) {
  for (const auto activation : {loss::Activation::kSoftmax, loss::Activation::kSigmoid}) {
    Simulated rows = simulated(activation, 60, 3, 1);
    rows.targets.col(2).setZero();  // nothing to learn there: its steps are counted all the same
    if (activation == loss::Activation::kSoftmax) {
      rows.targets.col(1) = 1 - rows.targets.col(0).array();
    }
    const auto choose = [&](const std::function<void()>& each_step) {
      choose_calibration(activation, rows.logits, rows.targets, rows.folds, rows.groups, each_step);
    };
    const std::size_t all = calibration_steps(activation, 3, rows.folds);
    std::atomic<std::size_t> counted = 0;
    choose([&] { ++counted; });
    EXPECT_EQ(counted, all);
    // In the middle of a fit too.
    for (const std::size_t last : {std::size_t{1}, all / 4, all / 2, all}) {
      counted = 0;
      EXPECT_THROW(choose([&] {
                     if (++counted >= last) throw Interrupted();
                   }),
                   Interrupted);
      EXPECT_LT(counted, last + static_cast<std::size_t>(base::thread_count()));
    }
  }
}

TEST(Calibration, WrongInputIsRefused) {
  const Simulated rows = simulated(loss::Activation::kSoftmax, 10, 3, 1);
  const auto message = [](auto call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto fit = [&](const Matrix& logits, const Matrix& targets) {
    return message([&] {
      fit_calibration(CalibrationMethod::kPlatt, loss::Activation::kSoftmax, logits, targets);
    });
  };
  EXPECT_EQ(fit(rows.logits, rows.targets), "");
  EXPECT_EQ(fit(rows.logits, rows.targets.leftCols(2)),
            "calibration: there must be a target for each logit");
  Matrix bad = rows.logits;
  bad(3, 1) = std::nan("");
  EXPECT_EQ(fit(bad, rows.targets), "calibration: the logits are not all finite numbers");
  bad = rows.targets;
  bad.row(4).setZero();
  EXPECT_EQ(fit(rows.logits, bad),
            "calibration: with softmax each row must have one class, but row 4 has 0");
  EXPECT_EQ(message([&] {
              calibrated_out_of_fold(CalibrationMethod::kNone, loss::Activation::kSoftmax,
                                     rows.logits, rows.targets, {{0, 1}});
            }),
            "calibration: there must be a fold for each row");
}

}  // namespace
}  // namespace oneormany::metrics
