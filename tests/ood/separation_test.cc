#include "ood/separation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "metrics/bootstrap.h"
#include "tests/golden.h"
#include "tests/metrics/times.h"
#include "tests/ood/measures.h"
#include "tests/simulated.h"

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

constexpr double kExact = 1e-9;

metrics::Times once(const Matrix& rows) { return metrics::Times::once(rows.rows()); }

// With many ties, rows that are there several times and rows that are not.
TEST(Separation, IsWhatTheMeasuresSayOfRowsWrittenOut) {
  std::mt19937_64 random(3);
  const auto some_scores = [&](int n, unsigned levels) {
    std::vector<double> scores;
    for (int i = 0; i < n; ++i) {
      scores.push_back(1.5 * static_cast<double>(random() % levels) / (levels - 1));
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

    const auto written_in = repeated(in, in_times), written_out = repeated(out, out_times);
    const auto written_right = repeated(right, in_times);
    std::vector<double> kept;
    for (std::size_t i = 0; i < written_in.size(); ++i) {
      if (written_right[i]) kept.push_back(written_in[i]);
    }
    const double threshold = kept.empty() ? 1 : metrics::threshold_keeping(kept, 0.95);
    const Vector unseen = to_vector(written_out);
    const Separation separation(in, right, out);
    // In the second lane.
    const metrics::WrittenTimes in_domain({in_times.reverse(), in_times});
    const metrics::WrittenTimes of_unseen({out_times.reverse(), out_times});
    const auto found = separation.measure(in_domain.times(), of_unseen.times());
    EXPECT_DOUBLE_EQ(found.auroc[1], auroc(to_vector(written_in), unseen));
    EXPECT_DOUBLE_EQ(found.fpr95[1], fpr_at_95_tpr(to_vector(written_in), unseen));
    EXPECT_DOUBLE_EQ(found.passing[1], (unseen.array() >= threshold).cast<double>().mean());
    EXPECT_DOUBLE_EQ(Separation(written_in, written_right, written_out).threshold(), threshold);
  }
}

TEST(Separation, AgreesWithScikitLearn) {
  const Json golden = read_golden("measures.json").at("unseen");
  const Vector in_domain = to_matrix(golden.at("in_domain"));
  const Vector unseen = to_matrix(golden.at("unseen"));
  EXPECT_NEAR(auroc(in_domain, unseen), golden.at("auroc"), kExact);
  EXPECT_NEAR(fpr_at_95_tpr(in_domain, unseen), golden.at("fpr_at_95_tpr"), kExact);
  const Separation separation({in_domain.begin(), in_domain.end()},
                              std::vector<bool>(static_cast<std::size_t>(in_domain.size()), true),
                              {unseen.begin(), unseen.end()});
  const auto found = separation.measure(once(in_domain), once(unseen));
  EXPECT_NEAR(found.auroc[0], golden.at("auroc"), kExact);
  EXPECT_NEAR(found.fpr95[0], golden.at("fpr_at_95_tpr"), kExact);
}

// Of 400 intervals that hold the truth with a chance of 0.95 each, fewer than 365 or more than 392
// would in 2 cases of 1,000 (binomial). Pictures in domain score 1 higher than unseen ones, so the
// true area is the chance that a normal number of mean 1 and variance 2 is above 0.
TEST(Separation, IntervalsCoverTheTrueAreaUnderTheCurve) {
  const double truth = normal_below(1 / std::sqrt(2.0));
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 400; ++trial) {
    Random random(1000 + trial);
    std::vector<double> in, unseen;
    for (int i = 0; i < 100; ++i) in.push_back(random.normal() + 1);
    for (int i = 0; i < 80; ++i) unseen.push_back(random.normal());
    const Separation separation(in, std::vector<bool>(100, true), unseen);
    const auto interval = metrics::interval_of(
        metrics::bootstrap(
            {metrics::clusters_of(each_alone(100)), metrics::clusters_of(each_alone(80))},
            [&](const auto& times) {
              return std::vector{separation.measure(times[0], times[1]).auroc};
            },
            {trial, 400})
            .replicates[0]);
    covered += interval.low <= truth && truth <= interval.high;
  }
  EXPECT_GE(covered, 365);
  EXPECT_LE(covered, 392);
}

}  // namespace
}  // namespace oneormany::ood
