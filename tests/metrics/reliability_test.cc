#include "metrics/reliability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/metrics/measures.h"
#include "tests/metrics/times.h"

namespace oneormany::metrics {
namespace {

struct Case {
  Matrix p, target;
};

/// Probabilities in steps of 1/20, so that many lie on the edge of a bin, and labels that follow
/// them roughly.
Case random_case(Index rows, Index labels) {
  std::mt19937_64 random(7);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Case made{Matrix(rows, labels), Matrix(rows, labels)};
  for (Index i = 0; i < made.p.size(); ++i) {
    const double p = std::round(20 * uniform()) / 20;
    made.p.data()[i] = p;
    made.target.data()[i] = uniform() < p * p;
  }
  return made;
}

/// The error by its definition, bin by bin.
double plain_error(const Vector& p, const Vector& right, int bins) {
  double error = 0;
  for (int b = 0; b < bins; ++b) {
    double gap = 0;
    for (Index i = 0; i < p.size(); ++i) {
      const double width = 1.0 / bins;
      const bool inside = (b == 0 || p(i) > b * width) && p(i) <= (b + 1) * width;
      if (inside) gap += p(i) - right(i);
    }
    error += std::abs(gap) / static_cast<double>(p.size());
  }
  return error;
}

TEST(Reliability, CountsEachBinAsAPlainLoopDoes) {
  const Case made = random_case(300, 1);
  const auto bins = Confidence(made.p.col(0), made.target.col(0).cast<int>()).reliability();
  ASSERT_EQ(bins.size(), 15u);
  double all = 0;
  for (int b = 0; b < 15; ++b) {
    double n = 0, sum = 0, labelled = 0;
    for (Index i = 0; i < 300; ++i) {
      const double p = made.p(i, 0);
      const bool inside = b == 0 ? p <= 1 / 15.0 : p > b / 15.0 && p <= (b + 1) / 15.0;
      if (!inside) continue;
      ++n;
      sum += p;
      labelled += made.target(i, 0);
    }
    const auto& bin = bins[static_cast<std::size_t>(b)];
    EXPECT_EQ(bin.count, n) << b;
    EXPECT_NEAR(bin.mean_probability, n > 0 ? sum / n : 0, 1e-12) << b;
    EXPECT_NEAR(bin.share, n > 0 ? labelled / n : 0, 1e-12) << b;
    all += n;
  }
  EXPECT_EQ(all, 300);
}

TEST(Reliability, AddsUpToTheExpectedCalibrationError) {
  const Case made = random_case(300, 1);
  const Eigen::VectorXi target = made.target.col(0).cast<int>();
  for (const int bins : {1, 7, 15}) {
    const Confidence confidence(made.p.col(0), target, 1, bins);
    double error = 0;
    for (const auto& bin : confidence.reliability()) {
      error += bin.count / 300 * std::abs(bin.mean_probability - bin.share);
    }
    const double plain = plain_error(made.p.col(0), made.target.col(0), bins);
    EXPECT_NEAR(error, plain, 1e-12);
    EXPECT_NEAR(confidence.ece(), plain, 1e-12);
    EXPECT_GT(plain, 0.01);
  }
}

TEST(Confidence, OfADrawIsThatOfItsRowsWrittenOut) {
  const Case made = random_case(60, 3);
  const Confidence all = confidence_of_all(made.p, labels_of(made.target));
  const Confidence best = confidence_of_best(made.p, labels_of(made.target));
  EXPECT_NEAR(
      all.ece(),
      plain_error(made.p.reshaped<Eigen::RowMajor>(), made.target.reshaped<Eigen::RowMajor>(), 15),
      1e-12);
  std::mt19937_64 random(5);
  for (int replicate = 0; replicate < 20; ++replicate) {
    Eigen::RowVectorXi times = Eigen::RowVectorXi::Zero(60);
    Matrix p(60, 3), target(60, 3);
    Vector highest(60), right(60);
    for (Index i = 0; i < 60; ++i) {
      const auto row = static_cast<Index>(random() % 60);
      ++times(row);
      p.row(i) = made.p.row(row);
      target.row(i) = made.target.row(row);
      Index column = 0;
      highest(i) = p.row(i).maxCoeff(&column);
      right(i) = target(i, column);
    }
    const WrittenTimes written({times});
    const Times there = written.times();
    EXPECT_NEAR(all.replicate(there).ece[0],
                plain_error(p.reshaped<Eigen::RowMajor>(), target.reshaped<Eigen::RowMajor>(), 15),
                1e-12);
    EXPECT_NEAR(best.replicate(there).ece[0], plain_error(highest, right, 15), 1e-12);
  }
}

TEST(Confidence, WithoutAnswersHasNoError) {
  EXPECT_EQ(Confidence(Vector(0), Eigen::VectorXi(0)).ece(), 0);
  EXPECT_EQ(Confidence(Vector{{0.3}}, Eigen::VectorXi{{1}})
                .replicate(WrittenTimes({Eigen::RowVectorXi{{0}}}).times())
                .ece[0],
            0);
}

}  // namespace
}  // namespace oneormany::metrics
