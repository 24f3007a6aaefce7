#include "loss/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/loss/cases.h"

namespace oneormany::loss {
namespace {

std::vector<double> some_logits(std::size_t n) {
  std::vector<double> row(n);
  for (std::size_t i = 0; i < n; ++i) row[i] = 9 * std::sin(static_cast<double>(3 * i + 1));
  return row;
}

template <typename T>
double worst_relative_error(void (*function)(std::span<T>), double (*exact)(double), double low,
                            double high) {
  std::vector<T> x(200'001);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<T>(low + (high - low) * static_cast<double>(i) / 200'000);
  }
  std::vector<T> y = x;
  function(y);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double wanted = exact(static_cast<double>(x[i]));
    worst = std::max(worst, std::abs(static_cast<double>(y[i]) - wanted) / std::abs(wanted));
  }
  return worst;
}

double exact_sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
double exact_log_sigmoid(double z) {
  return z > 0 ? -std::log1p(std::exp(-z)) : z - std::log1p(std::exp(z));
}

// What the headers say of exp and log, seen through the sigmoid: a few units in the last place,
// relative, however small the result.
TEST(Accuracy, OfExpAndLogIsAFewUnitsInTheLastPlace) {
  on_each_instruction_set([] {
    const double ulp = std::numeric_limits<float>::epsilon();
    EXPECT_LT(worst_relative_error<float>(sigmoid, exact_sigmoid, -87, 20), 2 * ulp);
    EXPECT_LT(worst_relative_error<float>(log_sigmoid, exact_log_sigmoid, -87, 87), 4 * ulp);
    EXPECT_LT(worst_relative_error<double>(sigmoid, exact_sigmoid, -700, 40), 1e-15);
    EXPECT_LT(worst_relative_error<double>(log_sigmoid, exact_log_sigmoid, -700, 700), 1e-15);
  });
}

TEST(Softmax, SumsToOneAndSigmoidNeedNot) {
  on_each_instruction_set([] {
    for (const std::size_t n : {1, 2, 7, 8, 9, 1000, 100'000}) {
      const std::vector<double> z = some_logits(n);
      std::vector<double> row = z;
      softmax(row);
      EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-12) << n;
      row = z;
      sigmoid(row);
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(row[i], exact_sigmoid(z[i]), 1e-15);
    }
  });
}

TEST(Softmax, RaisingOneLogitLowersTheOthersAndSigmoidLeavesThem) {
  std::vector<double> before = some_logits(5), after = before;
  after[2] += 1;
  std::vector<double> sigmoid_before = before, sigmoid_after = after;
  softmax(before);
  softmax(after);
  sigmoid(sigmoid_before);
  sigmoid(sigmoid_after);
  for (std::size_t i = 0; i < 5; ++i) {
    if (i == 2) {
      EXPECT_GT(after[i], before[i]);
      EXPECT_GT(sigmoid_after[i], sigmoid_before[i]);
    } else {
      EXPECT_LT(after[i], before[i]);
      EXPECT_EQ(sigmoid_after[i], sigmoid_before[i]);
    }
  }
}

TEST(Activations, KeepTheirHeadAtTheEnds) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  on_each_instruction_set([] {
    std::vector<double> row{inf, -inf, 1e4, -1e4, 0, std::nan("")};
    sigmoid(row);
    EXPECT_EQ((std::vector<double>{row.begin(), row.begin() + 5}),
              (std::vector<double>{1, 0, 1, 0, 0.5}));
    EXPECT_TRUE(std::isnan(row[5]));

    std::vector<float> huge{1e4f, -1e4f, 1e4f};
    softmax(huge);
    EXPECT_EQ(huge, (std::vector<float>{0.5f, 0, 0.5f}));
    std::vector<double> ruled_out{1, -inf, 1};
    softmax(ruled_out);
    EXPECT_EQ(ruled_out, (std::vector<double>{0.5, 0, 0.5}));
    for (const double odd : {inf, std::nan("")}) {  // no softmax: all NaN, and not some of it
      std::vector<double> none{1, odd, 2};
      softmax(none);
      EXPECT_TRUE(std::isnan(none[0]) && std::isnan(none[1]) && std::isnan(none[2]));
    }
  });
}

TEST(Inverses, LeadBack) {
  const auto z = some_logits(50);
  auto row = z;
  sigmoid(row);
  inverse_sigmoid(row);
  for (std::size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(row[i], z[i], 1e-11);

  row = z;
  log_sigmoid(row);
  inverse_log_sigmoid(row);
  for (std::size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(row[i], z[i], 1e-11);

  row = z;
  softmax(row);
  inverse_softmax(row);
  auto logs = z;
  log_softmax(logs);
  for (std::size_t i = 0; i < z.size(); ++i) {
    EXPECT_NEAR(row[i], logs[i], 1e-12);
    EXPECT_NEAR(row[i] - row[0], z[i] - z[0], 1e-12);  // the same but for a shift
  }
  auto twice = logs;
  log_softmax(twice);
  for (std::size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(twice[i], logs[i], 1e-14);

  std::vector<float> single{0.25f, 0.5f, 1};
  inverse_sigmoid(single);
  EXPECT_FLOAT_EQ(single[0], std::log(1 / 3.f));
  EXPECT_EQ(single[1], 0);
  EXPECT_EQ(single[2], std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace oneormany::loss
