#include "data/folds.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "data/duplicates.h"
#include "tests/error_in.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Labels = std::vector<std::vector<int>>;

std::vector<int> singles(std::size_t n) {
  std::vector<int> groups(n);
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

// counts[fold][label]; the last column counts pictures without a label.
std::vector<std::vector<int>> count(const Labels& labels, int classes, const std::vector<int>& fold,
                                    int folds) {
  std::vector<std::vector<int>> counts(folds, std::vector<int>(classes + 1, 0));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) ++counts[fold[i]][label];
    if (labels[i].empty()) ++counts[fold[i]][classes];
  }
  return counts;
}

Labels one_each(const std::vector<int>& sizes) {
  Labels labels;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    labels.insert(labels.end(), sizes[c], {static_cast<int>(c)});
  }
  return labels;
}

// Many labels, some rare, some pictures with none.
Labels many(std::size_t n, int classes, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Labels labels(n);
  for (auto& picture : labels) {
    for (int c = 0; c < classes; ++c) {
      if (engine() % (3 + 4 * c) == 0) picture.push_back(c);
    }
  }
  return labels;
}

TEST(StratifiedFolds, EachFoldHasItsShareOfEachClassWithinOnePicture) {
  const std::vector<int> sizes = {497, 68, 7, 5};
  const Labels labels = one_each(sizes);
  for (const int folds : {2, 3, 5}) {
    const auto fold = stratified_folds(labels, 4, singles(labels.size()), folds, 1);
    for (const auto& in_fold : count(labels, 4, fold, folds)) {
      for (int c = 0; c < 4; ++c) EXPECT_LT(std::abs(in_fold[c] - sizes[c] / double(folds)), 1);
      const int total = std::accumulate(in_fold.begin(), in_fold.end(), 0);
      EXPECT_LT(std::abs(total - int(labels.size()) / double(folds)), 1);
    }
  }
}

TEST(StratifiedFolds, DuplicatesStayTogetherAndProportionsHold) {
  const Labels labels = one_each({200, 100});
  auto groups = singles(300);
  for (int i = 0; i < 300; i += 10) groups[i + 1] = groups[i + 2] = groups[i];
  for (int i = 100; i < 120; ++i) groups[i] = 1000;
  const auto fold = stratified_folds(labels, 2, groups, 5, 3);
  for (std::size_t i = 0; i < 300; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (groups[i] == groups[j]) {
        EXPECT_EQ(fold[i], fold[j]);
      }
    }
  }
  for (const auto& in_fold : count(labels, 2, fold, 5)) {
    EXPECT_NEAR(in_fold[0], 40, 1);
    EXPECT_NEAR(in_fold[1], 20, 1);
  }
}

TEST(StratifiedFolds, NoFoldLacksAClassThatHasEnoughGroups) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Labels labels = one_each({5, 6, 9, 100});
    auto groups = singles(labels.size());
    groups[6] = groups[5];  // six pictures, five groups
    for (int i = 21; i < 60; ++i) groups[i] = groups[20];
    for (const auto& in_fold : count(labels, 4, stratified_folds(labels, 4, groups, 5, seed), 5)) {
      for (int c = 0; c < 4; ++c) EXPECT_GE(in_fold[c], 1);
    }
  }
}

TEST(StratifiedFolds, TheSeedDecides) {
  const Labels labels = one_each({40, 20});
  const auto groups = singles(60);
  const auto first = stratified_folds(labels, 2, groups, 5, 1);
  EXPECT_EQ(first, stratified_folds(labels, 2, groups, 5, 1));
  EXPECT_NE(first, stratified_folds(labels, 2, groups, 5, 2));
}

TEST(StratifiedFolds, AreTheSameOnEveryMachine) {
  EXPECT_THAT(stratified_folds({{0}, {0}, {0}, {1}, {1}, {1}, {}, {0, 1}, {}, {0}, {1}, {0}}, 2,
                               singles(12), 3, 42),
              ElementsAre(0, 2, 1, 2, 1, 2, 0, 0, 1, 1, 0, 2));
}

TEST(StratifiedFolds, ManyLabelsKeepTheirProportionsMuchBetterThanChance) {
  const int classes = 12, folds = 5;
  const Labels labels = many(600, classes, 7);
  const auto groups = singles(labels.size());
  const auto worst = [&](const std::vector<int>& fold) {
    const auto counts = count(labels, classes, fold, folds);
    double total = 0;
    for (int c = 0; c <= classes; ++c) {
      int low = counts[0][c], high = low;
      for (const auto& in_fold : counts) {
        low = std::min(low, in_fold[c]);
        high = std::max(high, in_fold[c]);
      }
      total += high - low;
    }
    return total;
  };
  std::vector<int> by_chance(labels.size());
  for (std::size_t i = 0; i < by_chance.size(); ++i) by_chance[i] = static_cast<int>(i) % folds;
  EXPECT_LT(4 * worst(stratified_folds(labels, classes, groups, folds, 1)), worst(by_chance));
}

TEST(StratifiedFolds, PicturesWithoutALabelAreSpreadEvenly) {
  Labels labels = many(300, 4, 3);
  labels.insert(labels.end(), 50, {});
  const auto fold = stratified_folds(labels, 4, singles(labels.size()), 5, 1);
  const auto counts = count(labels, 4, fold, 5);
  int low = counts[0][4], high = low;
  for (const auto& in_fold : counts) {
    low = std::min(low, in_fold[4]);
    high = std::max(high, in_fold[4]);
  }
  EXPECT_LE(high - low, 1);
}

TEST(StratifiedFolds, CopesWithTheSmallestData) {
  EXPECT_TRUE(stratified_folds({}, 0, {}, 2, 1).empty());
  EXPECT_THAT(stratified_folds({{0}}, 1, {9}, 2, 1), Each(AllOf(testing::Ge(0), testing::Lt(2))));
  const auto fold = stratified_folds({{}, {}, {}}, 0, {4, 4, 7}, 2, 1);
  EXPECT_EQ(fold[0], fold[1]);
  EXPECT_NE(fold[0], fold[2]);
}

TEST(RequireEnoughPictures, AClassWithFewerDifferentPicturesThanFoldsIsAnErrorWithTheCure) {
  const Labels labels = one_each({6, 4});
  EXPECT_NO_THROW(require_enough_pictures(labels, {"cat", "dog"}, singles(10), 4));
  const auto error_of = [&](const std::vector<int>& groups, int folds) {
    return error_in([&] { require_enough_pictures(labels, {"cat", "dog"}, groups, folds); });
  };
  EXPECT_EQ(
      error_of(singles(10), 5),
      "class \"dog\" has 4 pictures, fewer than --folds 5: give it more pictures, or say --folds "
      "4");
  // Copies don't count, and are named as the reason.
  EXPECT_EQ(
      error_of({0, 0, 0, 0, 0, 1, 2, 3, 4, 5}, 3),
      "class \"cat\" has 6 pictures but only 2 different ones (exact copies count once), fewer "
      "than --folds 3: give it more pictures, or leave the class out");
  // Too few for any number of folds.
  EXPECT_THAT(
      error_of({0, 1, 2, 3, 4, 5, 6, 6, 6, 6}, 2),
      AllOf(HasSubstr("class \"dog\" has 4 pictures but only 1 different one (exact copies"),
            HasSubstr("leave the class out")));
}

TEST(GroupsOf, SamePixelsShareANumber) {
  const base::Sha256 a{1}, b{2};
  EXPECT_THAT(groups_of({b, a, b, a}), ElementsAre(0, 1, 0, 1));
}

}  // namespace
}  // namespace oneormany::data
