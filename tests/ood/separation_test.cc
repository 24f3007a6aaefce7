#include "ood/separation.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/metrics/measures.h"

namespace oneormany::ood {
namespace {

/// Each as often as it is there.
template <typename T>
std::vector<T> repeated(const std::vector<T>& values, const Eigen::RowVectorXi& times) {
  std::vector<T> all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.insert(all.end(), static_cast<std::size_t>(times(static_cast<Index>(i))), values[i]);
  }
  return all;
}

Vector to_vector(const std::vector<double>& values) {
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

// With many ties, rows that are there several times and rows that are not.
TEST(Separation, IsWhatTheMeasuresSayOfRowsWrittenOut) {
  std::mt19937_64 random(3);
  const auto some_scores = [&](int n, unsigned levels) {
    std::vector<double> scores;
    for (int i = 0; i < n; ++i) {
      scores.push_back(static_cast<double>(random() % levels) / (levels - 1));
    }
    return scores;
  };
  for (int trial = 0; trial < 60; ++trial) {
    const unsigned levels = trial % 2 ? 7 : 1000;
    const auto in = some_scores(83, levels), out = some_scores(41, levels);
    std::vector<bool> right(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) right[i] = trial % 10 && random() % 4;
    Eigen::RowVectorXi in_times(83), out_times(41);
    for (int& t : in_times) t = static_cast<int>(random() % 3);
    for (int& t : out_times) t = static_cast<int>(random() % 3);

    const auto drawn_in = repeated(in, in_times), drawn_out = repeated(out, out_times);
    const auto drawn_right = repeated(right, in_times);
    std::vector<double> kept;
    for (std::size_t i = 0; i < drawn_in.size(); ++i) {
      if (drawn_right[i]) kept.push_back(drawn_in[i]);
    }
    const double threshold = kept.empty() ? 1 : metrics::threshold_keeping(kept, 0.95);
    const Vector unseen = to_vector(drawn_out);
    const Separation separation(in, right, out);
    const auto found = separation.measure(in_times, out_times);
    EXPECT_DOUBLE_EQ(found.auroc, auroc(to_vector(drawn_in), unseen));
    EXPECT_DOUBLE_EQ(found.fpr95, fpr_at_95_tpr(to_vector(drawn_in), unseen));
    EXPECT_DOUBLE_EQ(found.passing, (unseen.array() >= threshold).cast<double>().mean());
    EXPECT_DOUBLE_EQ(Separation(drawn_in, drawn_right, drawn_out).threshold(), threshold);
  }
}

}  // namespace
}  // namespace oneormany::ood
