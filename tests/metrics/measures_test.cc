#include "tests/metrics/measures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "loss/matrix.h"
#include "metrics/labels.h"
#include "metrics/reliability.h"
#include "tests/golden.h"
#include "tests/metrics/times.h"

namespace oneormany::metrics {
namespace {

constexpr double kExact = 1e-9;

Times once(const Matrix& rows) { return Times::once(rows.rows()); }

LabelMatrix to_labels(const Json& json) { return to_matrix(json).cast<int>(); }

TEST(Measures, OfClassesAgreeWithScikitLearn) {
  const Json golden = read_golden("measures.json").at("classes");
  const Matrix p = loss::activate(loss::Activation::kSoftmax, to_matrix(golden.at("logits")));
  const std::vector<int> target = golden.at("target");
  const auto predicted = argmax(p);
  EXPECT_NEAR(accuracy(predicted, target), golden.at("accuracy"), kExact);
  EXPECT_NEAR(macro_f1(predicted, target, 4, once(p))[0], golden.at("macro_f1"), kExact);
  EXPECT_NEAR(log_loss(p, target), golden.at("log_loss"), kExact);
  std::vector<std::vector<int>> labels;
  for (const int one : target) labels.push_back({one});
  EXPECT_NEAR(brier(p, loss::one_hot(labels, 4).cast<int>()), golden.at("brier"), kExact);
  EXPECT_NEAR(confidence_of_best(p, labels).ece(), golden.at("ece_15_equal_width"), kExact);
}

TEST(Measures, OfLabelsAgreeWithScikitLearn) {
  const Json golden = read_golden("measures.json").at("labels");
  const Matrix p = loss::activate(loss::Activation::kSigmoid, to_matrix(golden.at("logits")));
  const auto target = to_labels(golden.at("target"));
  const auto predicted = decide(p, golden.at("threshold"));
  EXPECT_NEAR(label_f1(predicted, target).micro, golden.at("micro_f1"), kExact);
  EXPECT_NEAR(label_f1(predicted, target).macro, golden.at("macro_f1"), kExact);
  const F1OfLabels f1 = Decisions(predicted, target).f1(once(p));
  EXPECT_NEAR(f1.micro[0], golden.at("micro_f1"), kExact);
  EXPECT_NEAR(f1.macro[0], golden.at("macro_f1"), kExact);
  EXPECT_NEAR(macro_map(p, target), golden.at("macro_map"), kExact);
  EXPECT_NEAR(micro_map(p, target), golden.at("micro_map"), kExact);
  EXPECT_NEAR(label_log_loss(p, target), golden.at("log_loss_mean"), kExact);
}

TEST(Measures, MacroF1OfCountedRowsIsThatOfRowsWrittenOut) {
  const std::vector<int> predicted{0, 1, 2, 2, 1, 0, 3}, target{0, 1, 1, 2, 0, 0, 1};
  const Eigen::RowVectorXi times{{2, 0, 1, 3, 1, 0, 0}};
  std::vector<int> predicted_out, target_out;
  for (std::size_t i = 0; i < target.size(); ++i) {
    for (int k = 0; k < times(static_cast<Index>(i)); ++k) {
      predicted_out.push_back(predicted[i]);
      target_out.push_back(target[i]);
    }
  }
  const WrittenTimes written({times.reverse(), times});
  EXPECT_DOUBLE_EQ(macro_f1(predicted, target, 5, written.times())[1],
                   macro_f1(predicted_out, target_out, 5, Times::once(7))[0]);
}

TEST(FallingOrder, IsThatOfAStableSort) {
  std::mt19937_64 random(11);
  for (const int levels : {0, 7}) {
    std::vector<double> scores{-0.0,
                               0.0,
                               1e-310,
                               -1e-310,
                               1e300,
                               -1e300,
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity()};
    for (int i = 0; i < 3000; ++i) {
      const double wide = std::ldexp(static_cast<double>(random() % 1000) - 500,
                                     static_cast<int>(random() % 40) - 20);
      scores.push_back(levels > 0 ? static_cast<double>(random() % 7) - 3 : wide);
    }
    std::vector<int> expected(scores.size());
    std::iota(expected.begin(), expected.end(), 0);
    std::stable_sort(expected.begin(), expected.end(), [&](int a, int b) {
      return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
    });
    EXPECT_EQ(falling_order(scores.data(), scores.size()), expected);
  }
  EXPECT_TRUE(falling_order(nullptr, 0).empty());
}

TEST(ThresholdKeeping, KeepsAtLeastTheShareAndNoMoreThanItMust) {
  std::vector<double> scores;
  for (int i = 1; i <= 20; ++i) scores.push_back(i);
  EXPECT_EQ(threshold_keeping(scores, 0.95), 2);  // 19 of 20
  EXPECT_EQ(threshold_keeping(scores, 1.0), 1);
  EXPECT_EQ(threshold_keeping({3}, 0.95), 3);
  scores.push_back(21);  // 20 of 21 are 95.2 %, 19 too few
  EXPECT_EQ(threshold_keeping(scores, 0.95), 2);
}

}  // namespace
}  // namespace oneormany::metrics
