#include "evaluate/per_class.h"

#include <gmock/gmock.h>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

constexpr int kCat = 0, kDog = 1, kHen = 2;

struct Row {
  int label, best;
  double probability;
};

/// A label model that gives each row's best class that probability, all others 0.01.
Predictions predicted(const train::ModelSpec& spec, const std::vector<Row>& rows,
                      const std::vector<int>& groups) {
  Matrix logits = Matrix::Constant(static_cast<Index>(rows.size()), 3, logit(0.01));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    logits(static_cast<Index>(i), rows[i].best) = logit(rows[i].probability);
  }
  return predictions(spec, 3, logits, groups);
}

std::vector<int> groups_for(std::size_t rows) { return alone(static_cast<Index>(rows)); }

/// 40 cats, all right and sure; 10 dogs: 4 right and sure, 2 right and unsure, 3 taken for cats and
/// 1 for a hen; 2 hens, one taken for a dog.
std::vector<Row> rows() {
  std::vector<Row> rows(40, {kCat, kCat, 0.9});
  rows.insert(rows.end(), 4, {kDog, kDog, 0.8});
  rows.insert(rows.end(), 2, {kDog, kDog, 0.1});
  rows.insert(rows.end(), 3, {kDog, kCat, 0.7});
  rows.push_back({kDog, kHen, 0.7});
  rows.push_back({kHen, kHen, 0.9});
  rows.push_back({kHen, kDog, 0.7});
  return rows;
}

std::vector<Recommendation::PerClass> per_class(const std::vector<Row>& own,
                                                const std::vector<int>& groups,
                                                const std::vector<Row>* others = nullptr) {
  const train::ModelSpec spec = train::label_models(false)[0];
  const ModelPredictions model = model_of(spec, predicted(spec, own, groups));
  Labels labels;
  for (const Row& one : own) labels.push_back({one.label});
  const Selection selection = select({model}, {in_domain(model, labels)}, labels, {});
  EXPECT_GT(selection.recommended().threshold.value, 0.1);  // above the unsure dogs
  if (!others) return evaluate_per_class(selection, model.own, nullptr, labels, 1);
  const Predictions unseen = predicted(spec, *others, groups_for(others->size()));
  return evaluate_per_class(selection, model.own, &unseen, labels, 1);
}

TEST(PerClass, CountsWhatBecomesOfEachClass) {
  const auto found = per_class(rows(), groups_for(rows().size()));
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

TEST(Outcome, IsWhatAllPicturesGet) {
  std::vector<Row> own = rows();
  own.push_back({kHen, kCat, 0.95});  // the only wrong one that is sure enough
  const train::ModelSpec spec = train::label_models(false)[0];
  const ModelPredictions model = model_of(spec, predicted(spec, own, groups_for(own.size())));
  Labels labels;
  for (const Row& one : own) labels.push_back({one.label});
  const Selection selection = select({model}, {in_domain(model, labels)}, labels, {});
  const auto found = evaluate_outcome(selection, model.own, labels, 1);
  EXPECT_DOUBLE_EQ(found.right.value, 45.0 / 53);
  EXPECT_DOUBLE_EQ(found.wrong.value, 1.0 / 53);
  EXPECT_DOUBLE_EQ(found.none.value, 7.0 / 53);
  for (const Measured& one : {found.right, found.wrong, found.none}) {
    EXPECT_LT(one.low, one.value);
    EXPECT_GT(one.high, one.value);
  }
}

TEST(PerClass, IntervalsAreOfEachClassesOwnPictures) {
  const auto found = per_class(rows(), groups_for(rows().size()));
  // All replicates of the cats agree: Wilson's interval of 40, not of all 52.
  EXPECT_NEAR(found[kCat].recall.low, 40 / (40 + 3.8415), 1e-3);
  EXPECT_DOUBLE_EQ(found[kCat].recall.high, 1);
  EXPECT_LT(found[kDog].recall.low, 0.35);  // 6 of 10: ± 0.3
  EXPECT_GT(found[kDog].recall.high, 0.8);
  EXPECT_DOUBLE_EQ(found[kHen].recall.low, 0);
  EXPECT_DOUBLE_EQ(found[kHen].recall.high, 1);
}

TEST(PerClass, CopiesStandAndFallTogether) {
  auto own = rows();
  auto groups = groups_for(own.size());
  for (int copy = 0; copy < 30; ++copy) {  // of one dog that is taken for a cat
    own.push_back({kDog, kCat, 0.7});
    groups.push_back(46);
  }
  const auto found = per_class(own, groups);
  EXPECT_DOUBLE_EQ(found[kDog].recall.value, 6.0 / 40);
  // Without that picture, which a third of the replicates lack, it is 6 of 9.
  EXPECT_GT(found[kDog].recall.high, 0.6);
}

TEST(PerClass, WhatNothingIsTakenForHasNoPrecision) {
  auto own = rows();
  own.back().best = kCat;  // the hens: one right, one taken for a cat
  own[own.size() - 2].best = kCat;
  own[49].best = kCat;  // the dog that was taken for a hen
  const auto found = per_class(own, groups_for(own.size()));
  EXPECT_FALSE(found[kHen].precision);
  EXPECT_DOUBLE_EQ(found[kHen].recall.value, 0);
  EXPECT_TRUE(found[kDog].precision);
}

TEST(PerClass, CopiesUnderTwoClassesCountInBoth) {
  std::vector<Row> own(20, {kCat, kCat, 0.9});
  own.insert(own.end(), 20, {kDog, kCat, 0.9});
  auto groups = groups_for(20);
  for (int i = 0; i < 20; ++i) groups.push_back(i);  // each cat is a dog, too
  own.push_back({kHen, kHen, 0.9});
  groups.push_back(20);
  const auto found = per_class(own, groups);
  EXPECT_DOUBLE_EQ(found[kDog].recall.value, 0);
  EXPECT_NEAR(found[kDog].recall.high, 3.8415 / (20 + 3.8415), 1e-3);
}

TEST(PerClass, SaysWhichLabelUnseenPicturesGet) {
  const std::vector<Row> others{
      {-1, kDog, 0.95}, {-1, kDog, 0.9}, {-1, kCat, 0.85}, {-1, kCat, 0.1}, {-1, kHen, 0.1}};
  const auto found = per_class(rows(), groups_for(rows().size()), &others);
  EXPECT_DOUBLE_EQ(found[kDog].unseen->value, 0.4);
  EXPECT_DOUBLE_EQ(found[kCat].unseen->value, 0.2);
  EXPECT_DOUBLE_EQ(found[kHen].unseen->value, 0);
  EXPECT_GT(found[kHen].unseen->high, 0.3);  // none of 5 doesn't mean none of 500
}

}  // namespace
}  // namespace oneormany::evaluate
