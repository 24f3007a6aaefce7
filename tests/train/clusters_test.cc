#include "train/clusters.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

namespace oneormany::train {
namespace {

using testing::Each;
using testing::IsEmpty;

/// `each` rows in each of `clusters` directions, at any distance from the origin.
MatrixF directions(int clusters, int each, float noise = 0.05f) {
  std::mt19937_64 engine(5);
  const auto uniform = [&] { return static_cast<float>(engine() >> 40) * 0x1p-24f; };
  MatrixF rows(clusters * each, clusters);
  for (int i = 0; i < rows.rows(); ++i) {
    for (int c = 0; c < clusters; ++c) rows(i, c) = noise * (uniform() - 0.5f);
    rows(i, i % clusters) += 1;
    rows.row(i) *= 1 + 9 * uniform();
  }
  return rows;
}

TEST(Kinds, AreTheClustersWhereTheseAreFarApart) {
  const std::vector<int> kinds = cluster_background(directions(4, 25), 4, 1);
  for (std::size_t i = 4; i < kinds.size(); ++i) EXPECT_EQ(kinds[i], kinds[i % 4]) << i;
  EXPECT_EQ(std::set(kinds.begin(), kinds.end()), (std::set{0, 1, 2, 3}));
}

TEST(Kinds, AreTheSameForTheSameSeed) {
  const MatrixF rows = directions(8, 20, 3);  // nothing clear: the seed decides
  EXPECT_EQ(cluster_background(rows, 6, 7), cluster_background(rows, 6, 7));
  EXPECT_NE(cluster_background(rows, 6, 7), cluster_background(rows, 6, 8));
}

TEST(Kinds, AreNumberedWithoutAGap) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<int> kinds =
        cluster_background(directions(3, 4, 0), 8, seed);  // more than differ
    const std::set<int> numbers(kinds.begin(), kinds.end());
    EXPECT_EQ(numbers.size(), 3u) << seed;
    EXPECT_EQ(*numbers.begin(), 0);
    EXPECT_EQ(*numbers.rbegin(), 2) << seed;
  }
}

TEST(Kinds, AreAtMostOneForEachRow) {
  const std::vector<int> kinds = cluster_background(directions(3, 1), 20, 1);
  EXPECT_EQ(std::set(kinds.begin(), kinds.end()), (std::set{0, 1, 2}));
}

TEST(Kinds, OfNoRowsAreNone) {
  EXPECT_THAT(cluster_background(MatrixF(0, 5), 20, 1), IsEmpty());
  EXPECT_THAT(assign_folds({}, 5), IsEmpty());
}

TEST(Kinds, OfRowsWithoutADirectionAreOne) {
  EXPECT_THAT(cluster_background(MatrixF::Zero(9, 4), 3, 1), Each(0));
}

TEST(Kinds, AreDealtWholeAndEvenly) {
  const std::vector<int> sizes{40, 7, 22, 13, 30, 5, 18, 25, 10, 30};  // 200 rows
  std::vector<int> kinds;
  for (int row = 0; row < 40; ++row) {  // mixed, as they come
    for (std::size_t kind = 0; kind < sizes.size(); ++kind) {
      if (row < sizes[kind]) kinds.push_back(static_cast<int>(kind));
    }
  }
  const std::vector<int> folds = assign_folds(kinds, 5);
  ASSERT_EQ(folds.size(), kinds.size());
  std::map<int, std::set<int>> folds_of_kind;
  std::map<int, int> rows;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    folds_of_kind[kinds[i]].insert(folds[i]);
    ++rows[folds[i]];
  }
  for (const auto& [kind, all] : folds_of_kind) EXPECT_EQ(all.size(), 1u) << kind;
  ASSERT_EQ(rows.size(), 5u);
  for (const auto& [fold, count] : rows) EXPECT_NEAR(count, 40, 10) << fold;
}

TEST(Kinds, FewerThanFoldsLeaveSomeEmpty) {
  EXPECT_EQ(assign_folds({0, 0, 1, 1, 1}, 3), (std::vector{1, 1, 0, 0, 0}));
}

}  // namespace
}  // namespace oneormany::train
