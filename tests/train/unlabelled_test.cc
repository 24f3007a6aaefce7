#include "train/unlabelled.h"

#include <gmock/gmock.h>

#include "tests/simulated.h"

namespace oneormany::train {
namespace {

/// Scores of `like` pictures that are like the known ones, and of others that score lower by
/// `apart` standard deviations.
std::vector<double> mixture(int like, int others, double apart) {
  Random random(7);
  std::vector<double> scores;
  for (int i = 0; i < like + others; ++i)
    scores.push_back(random.normal() - (i < like ? 0 : apart));
  return scores;
}

std::vector<double> known(int n) {
  Random random(8);
  std::vector<double> scores;
  for (int i = 0; i < n; ++i) scores.push_back(random.normal());
  return scores;
}

TEST(ShareLike, FindsTheShareOfAMixture) {
  for (const int like : {0, 30, 150, 300}) {
    EXPECT_NEAR(share_like(known(300), mixture(like, 300 - like, 3)), like / 300.0, 0.06) << like;
  }
}

TEST(ShareLike, HasAnAnswerForHardlyAnyScores) {
  EXPECT_EQ(share_like({}, {1, 2}), 0);
  EXPECT_EQ(share_like({1, 2}, {}), 0);
  EXPECT_EQ(share_like({1}, {0, 0}), 0);
  EXPECT_EQ(share_like({1, 2, 3}, {4, 4}), 1);
}

/// Two classes at the front and at the end; of the background and of what isn't labelled `others`
/// in the middle, `of_classes` that are like the classes come first.
struct Case {
  LearningData data;
  MatrixF unlabelled;

  Case(int others, int of_classes) {
    Random random(4);
    const auto noise = [&](MatrixF& rows) {
      for (float& x : rows.reshaped()) x = static_cast<float>(0.5 * random.normal());
    };
    data.classes = 2;
    data.features.resize(200, 12);
    data.background.resize(150, 12);
    unlabelled.resize(of_classes + others, 12);
    noise(data.features);
    noise(data.background);
    noise(unlabelled);
    for (int i = 0; i < 200; ++i) {
      data.features(i, i % 2) += 3;
      data.labels.push_back({i % 2});
      data.groups.push_back(i);
    }
    for (int i = 0; i < 150; ++i) data.background(i, 2 + i % 5) += 3;
    for (int i = 0; i < unlabelled.rows(); ++i) {
      unlabelled(i, i < of_classes ? i % 2 : 7 + i % 5) += 3;
    }
  }
};

TEST(AddUnlabelled, TakesWhatIsOfNoClassAsBackground) {
  Case it(200, 0);
  const SortedUnlabelled found = add_unlabelled(it.data, it.unlabelled, 1);
  EXPECT_LE(found.left_out.size(), 4u);
  EXPECT_EQ(found.kept.size() + found.left_out.size(), 200u);
  EXPECT_EQ(it.data.unlabelled, static_cast<Index>(found.kept.size()));
  EXPECT_EQ(it.data.background.rows(), 150 + it.data.unlabelled);
}

TEST(AddUnlabelled, LeavesOutWhatIsOfTheClasses) {
  for (const int of_classes : {20, 100}) {
    Case it(200 - of_classes, of_classes);
    const MatrixF background = it.data.background;
    const SortedUnlabelled found = add_unlabelled(it.data, it.unlabelled, 1);
    EXPECT_NEAR(static_cast<double>(found.left_out.size()), of_classes, 0.1 * 200) << of_classes;
    // They are named, the likeliest first, with the class that they are of.
    int right = 0;
    double before = 1;
    for (const SortedUnlabelled::LeftOut& one : found.left_out) {
      right += one.row < of_classes && one.label == one.row % 2;
      EXPECT_LE(one.probability, before);
      before = one.probability;
    }
    EXPECT_GE(right, of_classes * 4 / 5);
    EXPECT_EQ(it.data.background.topRows(150), background);
    int left = 0;
    for (Index i = 0; i < it.data.unlabelled; ++i) {
      const auto row = it.data.background.row(150 + i);
      for (int k = 0; k < of_classes; ++k) left += row == it.unlabelled.row(k);
    }
    EXPECT_LE(left, of_classes / 5);
  }
}

TEST(AddUnlabelled, KnowsWhatTheUserSaid) {
  Case it(100, 60);  // the first 60 are of the classes
  std::vector<Said> said(160, Said::kNothing);
  said[0] = said[1] = Said::kNone;
  said[100] = said[150] = Said::kClass;
  const SortedUnlabelled found = add_unlabelled(it.data, it.unlabelled, 1, said);
  EXPECT_THAT(found.kept, testing::IsSupersetOf({0, 1}));
  std::vector<Index> left_out;
  for (const SortedUnlabelled::LeftOut& one : found.left_out) left_out.push_back(one.row);
  EXPECT_THAT(left_out, testing::IsSupersetOf({100, 150}));
  EXPECT_EQ(found.kept.size() + found.left_out.size(), 160u);
  EXPECT_EQ(it.data.background.bottomRows(it.data.unlabelled),
            it.unlabelled(found.kept, Eigen::all));
  // Whatever is estimated, what was said holds.
  Case all(10, 0);
  add_unlabelled(all.data, all.unlabelled, 1, std::vector<Said>(10, Said::kClass));
  EXPECT_EQ(all.data.unlabelled, 0);
  Case none(0, 40);
  add_unlabelled(none.data, none.unlabelled, 1, std::vector<Said>(40, Said::kNone));
  EXPECT_EQ(none.data.unlabelled, 40);
}

TEST(AddUnlabelled, IsTheSameForTheSameSeed) {
  Case once(100, 60), again(100, 60);
  add_unlabelled(once.data, once.unlabelled, 3);
  add_unlabelled(again.data, again.unlabelled, 3);
  EXPECT_EQ(once.data.background, again.data.background);
}

}  // namespace
}  // namespace oneormany::train
