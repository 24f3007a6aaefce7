#include "train/clusters.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/simulated.h"

namespace oneormany::train {
namespace {

using testing::Each;
using testing::IsEmpty;

/// `each` rows in each of `clusters` directions, at any distance from the origin.
MatrixF directions(int clusters, int each, float noise = 0.05f) {
  Random random(5);
  const auto uniform = [&] { return static_cast<float>(random.uniform()); };
  MatrixF rows(clusters * each, clusters);
  for (int i = 0; i < rows.rows(); ++i) {
    for (int c = 0; c < clusters; ++c) rows(i, c) = noise * (uniform() - 0.5f);
    rows(i, i % clusters) += 1;
    rows.row(i) *= 1 + 9 * uniform();
  }
  return rows;
}

TEST(Clusters, AreTheDirectionsWhereTheseAreFarApart) {
  const std::vector<int> found = cluster_background(directions(4, 25), 4, 1);
  for (std::size_t i = 4; i < found.size(); ++i) EXPECT_EQ(found[i], found[i % 4]) << i;
  EXPECT_EQ(std::set(found.begin(), found.end()), (std::set{0, 1, 2, 3}));
}

TEST(Clusters, AreTheSameForTheSameSeed) {
  const MatrixF rows = directions(8, 20, 3);  // nothing clear: the seed decides
  EXPECT_EQ(cluster_background(rows, 6, 7), cluster_background(rows, 6, 7));
  EXPECT_NE(cluster_background(rows, 6, 7), cluster_background(rows, 6, 8));
}

TEST(Clusters, AreNumberedWithoutAGap) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<int> found =
        cluster_background(directions(3, 4, 0), 8, seed);  // more than differ
    const std::set<int> numbers(found.begin(), found.end());
    EXPECT_EQ(numbers.size(), 3u) << seed;
    EXPECT_EQ(*numbers.begin(), 0);
    EXPECT_EQ(*numbers.rbegin(), 2) << seed;
  }
}

TEST(Clusters, AreAtMostOneForEachRow) {
  const std::vector<int> found = cluster_background(directions(3, 1), 20, 1);
  EXPECT_EQ(std::set(found.begin(), found.end()), (std::set{0, 1, 2}));
}

TEST(Clusters, OfNoRowsAreNone) {
  EXPECT_THAT(cluster_background(MatrixF(0, 5), 20, 1), IsEmpty());
  EXPECT_THAT(assign_folds({}, 5), IsEmpty());
}

TEST(Clusters, OfRowsWithoutADirectionAreOne) {
  EXPECT_THAT(cluster_background(MatrixF::Zero(9, 4), 3, 1), Each(0));
}

TEST(Clusters, LieInOneFoldEachAndTheFoldsAreEven) {
  const std::vector<int> sizes{40, 7, 22, 13, 30, 5, 18, 25, 10, 30};  // 200 rows
  std::vector<int> found;
  for (int row = 0; row < 40; ++row) {  // mixed, as they come
    for (std::size_t cluster = 0; cluster < sizes.size(); ++cluster) {
      if (row < sizes[cluster]) found.push_back(static_cast<int>(cluster));
    }
  }
  const std::vector<int> folds = assign_folds(found, 5);
  ASSERT_EQ(folds.size(), found.size());
  std::map<int, std::set<int>> folds_of_cluster;
  std::map<int, int> rows;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    folds_of_cluster[found[i]].insert(folds[i]);
    ++rows[folds[i]];
  }
  for (const auto& [cluster, all] : folds_of_cluster) EXPECT_EQ(all.size(), 1u) << cluster;
  ASSERT_EQ(rows.size(), 5u);
  for (const auto& [fold, count] : rows) EXPECT_NEAR(count, 40, 10) << fold;
}

TEST(Clusters, FewerThanFoldsLeaveSomeEmpty) {
  EXPECT_EQ(assign_folds({0, 0, 1, 1, 1}, 3), (std::vector{1, 1, 0, 0, 0}));
}

}  // namespace
}  // namespace oneormany::train
