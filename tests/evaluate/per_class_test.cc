#include "evaluate/per_class.h"

#include <gmock/gmock.h>

#include <cmath>

namespace oneormany::evaluate {
namespace {

constexpr int kCat = 0, kDog = 1, kHen = 2;

struct Answer {
  int label, answer;
  double probability;
};

/// A label arm that gives each row its answer with that probability, all else with 0.01.
Predictions predictions(const train::ModelSpec& spec, const std::vector<Answer>& rows,
                        const std::vector<int>& groups) {
  Matrix logits = Matrix::Constant(static_cast<Index>(rows.size()), 3, std::log(0.01 / 0.99));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double p = rows[i].probability;
    logits(static_cast<Index>(i), rows[i].answer) = std::log(p / (1 - p));
  }
  Predictions one{logits, probabilities_of(spec, 3, logits, groups), {}};
  one.scores = {Eigen::Map<const Vector>(one.probabilities.highest.data(), logits.rows())};
  return one;
}

std::vector<int> groups_for(std::size_t rows) {
  std::vector<int> groups;
  for (std::size_t i = 0; i < rows; ++i) groups.push_back(static_cast<int>(i));
  return groups;
}

/// 40 cats, all right and sure; 10 dogs: 4 right and sure, 2 right and unsure, 3 taken for cats and
/// 1 for a hen; 2 hens, one taken for a dog.
std::vector<Answer> rows() {
  std::vector<Answer> rows(40, {kCat, kCat, 0.9});
  rows.insert(rows.end(), 4, {kDog, kDog, 0.8});
  rows.insert(rows.end(), 2, {kDog, kDog, 0.1});
  rows.insert(rows.end(), 3, {kDog, kCat, 0.7});
  rows.push_back({kDog, kHen, 0.7});
  rows.push_back({kHen, kHen, 0.9});
  rows.push_back({kHen, kDog, 0.7});
  return rows;
}

std::vector<Recommendation::PerClass> judge(const std::vector<Answer>& own,
                                            const std::vector<int>& groups,
                                            const std::vector<Answer>* others = nullptr) {
  ModelPredictions model;
  model.spec = train::label_models(false)[0];
  model.score_kinds = {ood::ScoreKind::kMaxProbability};
  model.own = predictions(model.spec, own, groups);
  std::vector<std::vector<int>> labels;
  for (const Answer& one : own) labels.push_back({one.label});
  ModelResult found;
  found.in_domain = evaluate_in_domain(model.spec, data::Problem::kOneClass,
                                       model.own.probabilities, model.own.logits, labels, 1);
  const Selection selection = select({model}, {found}, labels, {});
  EXPECT_GT(selection.recommended().threshold.value, 0.1);  // above the unsure dogs
  if (!others) return evaluate_per_class(selection, model, nullptr, labels, 1);
  const Predictions unseen = predictions(model.spec, *others, groups_for(others->size()));
  return evaluate_per_class(selection, model, &unseen, labels, 1);
}

TEST(JudgeClasses, CountsWhatBecomesOfEachClass) {
  const auto found = judge(rows(), groups_for(rows().size()));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_DOUBLE_EQ(found[kCat].recall.value, 1);
  EXPECT_DOUBLE_EQ(found[kCat].precision->value, 40.0 / 43);
  EXPECT_DOUBLE_EQ(found[kCat].given.value, 1);
  EXPECT_FALSE(found[kCat].mistaken_for);
  EXPECT_DOUBLE_EQ(found[kDog].recall.value, 0.6);
  EXPECT_DOUBLE_EQ(found[kDog].precision->value, 6.0 / 7);
  EXPECT_DOUBLE_EQ(found[kDog].given.value, 0.4);
  EXPECT_DOUBLE_EQ(found[kDog].kept.value, 4.0 / 6);
  EXPECT_DOUBLE_EQ(found[kCat].kept.value, 1);
  EXPECT_EQ(found[kDog].mistaken_for, std::size_t{kCat});
  EXPECT_DOUBLE_EQ(found[kDog].mistaken, 0.3);
  EXPECT_DOUBLE_EQ(found[kHen].recall.value, 0.5);
  EXPECT_EQ(found[kHen].mistaken_for, std::size_t{kDog});
  for (const auto& one : found) EXPECT_FALSE(one.unseen);
}

TEST(JudgeClasses, IntervalsAreOfEachClassesOwnPictures) {
  const auto found = judge(rows(), groups_for(rows().size()));
  // All draws of the cats agree: Wilson's interval of 40, not of all 52.
  EXPECT_NEAR(found[kCat].recall.low, 40 / (40 + 3.8415), 1e-3);
  EXPECT_DOUBLE_EQ(found[kCat].recall.high, 1);
  EXPECT_LT(found[kDog].recall.low, 0.35);  // 6 of 10: ± 0.3
  EXPECT_GT(found[kDog].recall.high, 0.8);
  EXPECT_DOUBLE_EQ(found[kHen].recall.low, 0);
  EXPECT_DOUBLE_EQ(found[kHen].recall.high, 1);
}

TEST(JudgeClasses, CopiesStandAndFallTogether) {
  auto own = rows();
  auto groups = groups_for(own.size());
  for (int copy = 0; copy < 30; ++copy) {  // of one dog that is taken for a cat
    own.push_back({kDog, kCat, 0.7});
    groups.push_back(46);
  }
  const auto found = judge(own, groups);
  EXPECT_DOUBLE_EQ(found[kDog].recall.value, 6.0 / 40);
  // Without that picture, which a third of the draws lack, it is 6 of 9.
  EXPECT_GT(found[kDog].recall.high, 0.6);
}

TEST(JudgeClasses, WhatNothingIsTakenForHasNoPrecision) {
  auto own = rows();
  own.back().answer = kCat;  // the hens: one right, one taken for a cat
  own[own.size() - 2].answer = kCat;
  own[49].answer = kCat;  // the dog that was taken for a hen
  const auto found = judge(own, groups_for(own.size()));
  EXPECT_FALSE(found[kHen].precision);
  EXPECT_DOUBLE_EQ(found[kHen].recall.value, 0);
  EXPECT_TRUE(found[kDog].precision);
}

TEST(JudgeClasses, CopiesUnderTwoClassesCountInBoth) {
  std::vector<Answer> own(20, {kCat, kCat, 0.9});
  own.insert(own.end(), 20, {kDog, kCat, 0.9});
  auto groups = groups_for(20);
  for (int i = 0; i < 20; ++i) groups.push_back(i);  // each cat is a dog, too
  own.push_back({kHen, kHen, 0.9});
  groups.push_back(20);
  const auto found = judge(own, groups);
  EXPECT_DOUBLE_EQ(found[kDog].recall.value, 0);
  EXPECT_NEAR(found[kDog].recall.high, 3.8415 / (20 + 3.8415), 1e-3);
}

TEST(JudgeClasses, SaysWhichLabelUnseenPicturesGet) {
  const std::vector<Answer> others{
      {-1, kDog, 0.95}, {-1, kDog, 0.9}, {-1, kCat, 0.85}, {-1, kCat, 0.1}, {-1, kHen, 0.1}};
  const auto found = judge(rows(), groups_for(rows().size()), &others);
  EXPECT_DOUBLE_EQ(found[kDog].unseen->value, 0.4);
  EXPECT_DOUBLE_EQ(found[kCat].unseen->value, 0.2);
  EXPECT_DOUBLE_EQ(found[kHen].unseen->value, 0);
  EXPECT_GT(found[kHen].unseen->high, 0.3);  // none of 5 is not "never"
}

}  // namespace
}  // namespace oneormany::evaluate
