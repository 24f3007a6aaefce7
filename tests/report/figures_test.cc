#include "report/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace oneormany::report {
namespace {

TEST(ThresholdText, IsRoundedDownToEnoughDigits) {
  EXPECT_EQ(threshold_text(0.2259), "0.22");
  EXPECT_EQ(threshold_text(0.99876), "0.9987");
  EXPECT_EQ(threshold_text(0.000123), "0.00012");
  EXPECT_EQ(threshold_text(-12.341), "-12.35");
  EXPECT_EQ(threshold_text(14.567), "14.56");
}

TEST(ThresholdText, WhatFewDigitsWriteExactlyStays) {
  EXPECT_EQ(threshold_text(0.29), "0.29");  // 100 times it is just under 29 in binary
  EXPECT_EQ(threshold_text(0.0), "0.00");
  EXPECT_EQ(threshold_text(1.0), "1.00");
  EXPECT_EQ(threshold_text(0.5), "0.50");
}

TEST(ThresholdText, NeverLiesAboveTheThresholdNorFarBelow) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int i = 0; i < 2000; ++i) {
    const double exponent = 8 * uniform(random);
    const double probability = 1 / (1 + std::exp(-exponent));
    for (const double threshold : {probability, 40 * uniform(random)}) {
      const double written = std::stod(threshold_text(threshold));
      EXPECT_LE(written, threshold);
      EXPECT_NEAR(written, threshold, 0.05 * std::abs(threshold) + 1e-12);
    }
    EXPECT_LE(probability - std::stod(threshold_text(probability)),
              0.05 * (1 - probability) + 1e-12);
  }
}

TEST(PercentText, OnlyWhatIsNearNothingOrAllHasADecimal) {
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(0.0004), "0 %");
  EXPECT_EQ(percent_text(0.0049), "0.5 %");
  EXPECT_EQ(percent_text(0.0701), "7 %");
  EXPECT_EQ(percent_text(0.9932), "99.3 %");
  EXPECT_EQ(percent_text(1), "100 %");
}

}  // namespace
}  // namespace oneormany::report
