#include "evaluate/test_set.h"

#include <gmock/gmock.h>

#include "evaluate/evaluate.h"
#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

constexpr int kPictures = 100;

DataSummary cats_and_dogs(std::vector<std::size_t> test_counts) {
  DataSummary data;
  data.classes = {{"cat", kPictures / 2}, {"dog", kPictures / 2}};
  data.test = DataSummary::TestSet{.name = "test", .pictures = 0, .counts = std::move(test_counts)};
  for (const std::size_t count : data.test->counts) data.test->pictures += count;
  return data;
}

/// One model of one class each, right about all pictures, sure of them by about 6.
Evidence evidence() {
  Evidence known;
  known.labels = in_turn(kPictures);
  const auto spec = train::class_models(false)[0];
  known.models.push_back(model_of(spec, predictions(spec, 2, logits_of_in_turn(kPictures, 6))));
  return known;
}

/// What the model predicts for these logits, head after head the same.
Holdout<std::function<SetAside()>> test_set(const train::ModelSpec& spec, const Matrix& logits,
                                            const Labels& labels, int heads = 1) {
  return Holdout<std::function<SetAside()>>([=] {
    SetAside found;
    std::vector<int> groups;
    for (int head = 0; head < heads; ++head) {
      const std::vector<int> pictures = alone(logits.rows());
      groups.insert(groups.end(), pictures.begin(), pictures.end());
      found.test.labels.insert(found.test.labels.end(), labels.begin(), labels.end());
    }
    found.test.models.push_back(predictions(spec, 2, logits.replicate(heads, 1), groups));
    return found;
  });
}

const Options kFirst{.aim = {}, .order_decides = true};

/// Ten sure cats, of which two are dogs; four unsure dogs that are dogs; no cat is taken for one.
struct Fourteen {
  Matrix logits = Matrix::Zero(14, 2);
  Labels labels;
  Fourteen() {
    for (int i = 0; i < 14; ++i) {
      const bool cat = i < 10;
      logits(i, cat ? 0 : 1) = cat ? 12 : 0.1;
      labels.push_back({i < 8 ? 0 : 1});
    }
  }
};

TEST(TestSet, IsJudgedAtTheThresholdThatWasChosenWithoutIt) {
  const Evidence known = evidence();
  const Fourteen test;
  const auto spec = known.models[0].spec;
  const Results found =
      evaluate(cats_and_dogs({8, 6}), known, test_set(spec, test.logits, test.labels), kFirst);
  ASSERT_TRUE(found.models[0].test);
  EXPECT_DOUBLE_EQ(found.models[0].test->accuracy.value, 12.0 / 14);
  EXPECT_DOUBLE_EQ(found.models[0].in_domain.accuracy.value, 1);
  ASSERT_TRUE(found.recommended && found.recommended->test);
  const Recommendation::OnTest& on_test = *found.recommended->test;
  EXPECT_DOUBLE_EQ(on_test.answered.value, 10.0 / 14);
  EXPECT_DOUBLE_EQ(on_test.precision.value, 0.8);
  EXPECT_DOUBLE_EQ(on_test.kept.value, 8.0 / 12);  // of the right ones
  ASSERT_EQ(on_test.classes.size(), 2u);
  EXPECT_DOUBLE_EQ(on_test.classes[0].recall.value, 1);
  EXPECT_DOUBLE_EQ(on_test.classes[0].precision->value, 0.8);
  EXPECT_DOUBLE_EQ(on_test.classes[1].recall.value, 4.0 / 6);
  EXPECT_DOUBLE_EQ(on_test.classes[1].given.value, 0);
  EXPECT_EQ(on_test.classes[1].mistaken_for, 0u);
}

TEST(TestSet, ChangesNothingThatWasChosen) {
  const Evidence known = evidence();
  const Fourteen test;
  DataSummary data = cats_and_dogs({8, 6});
  data.test.reset();
  const Results without =
      evaluate(data, known, Holdout<std::function<SetAside()>>([] { return SetAside{}; }), kFirst);
  const Results with = evaluate(cats_and_dogs({8, 6}), known,
                                test_set(known.models[0].spec, test.logits, test.labels), kFirst);
  EXPECT_FALSE(without.models[0].test);
  EXPECT_FALSE(without.recommended->test);
  EXPECT_EQ(with.recommended->threshold.value, without.recommended->threshold.value);
  EXPECT_EQ(with.recommended->kept.low, without.recommended->kept.low);
  EXPECT_EQ(with.models[0].in_domain.log_loss, without.models[0].in_domain.log_loss);
}

// Five heads say nothing more of a picture than one: they are no five pictures.
TEST(TestSet, TheHeadsOfAllFoldsMakeNoIntervalNarrower) {
  const Evidence known = evidence();
  const Fourteen test;
  const auto judged = [&](int heads) {
    return evaluate(cats_and_dogs({8, 6}), known,
                    test_set(known.models[0].spec, test.logits, test.labels, heads), kFirst);
  };
  const Results one = judged(1), five = judged(5);
  const auto expect_same = [](const Measured& a, const Measured& b) {
    EXPECT_DOUBLE_EQ(a.value, b.value);
    EXPECT_DOUBLE_EQ(a.low, b.low);
    EXPECT_DOUBLE_EQ(a.high, b.high);
  };
  expect_same(one.models[0].test->accuracy, five.models[0].test->accuracy);
  expect_same(one.models[0].test->macro_f1, five.models[0].test->macro_f1);
  expect_same(one.recommended->test->precision, five.recommended->test->precision);
  expect_same(one.recommended->test->classes[1].recall, five.recommended->test->classes[1].recall);
}

TEST(TestSet, OfManyLabelsEachIsGivenAtItsOwnThreshold) {
  // Label a is on the even pictures and predicted with 0.9 there, else with 0.1; b on every fourth
  // and predicted with 0.4, else with 0.05: its own threshold is below 0.5.
  const auto spec = train::label_models(false)[0];
  const auto logits_for = [](int n) {
    Matrix logits(n, 2);
    for (int i = 0; i < n; ++i) {
      logits(i, 0) = logit(i % 2 == 0 ? 0.9 : 0.1);
      logits(i, 1) = logit(i % 4 == 0 ? 0.4 : 0.05);
    }
    return logits;
  };
  const auto labels_for = [](int n) {
    Labels labels;
    for (int i = 0; i < n; ++i) {
      labels.emplace_back();
      if (i % 2 == 0) labels.back().push_back(0);
      if (i % 4 == 0) labels.back().push_back(1);
    }
    return labels;
  };
  Evidence known;
  known.labels = labels_for(kPictures);
  known.models.push_back(model_of(spec, predictions(spec, 2, logits_for(kPictures))));
  known.folds.emplace_back();
  for (int i = 0; i < kPictures; ++i) known.folds[0].push_back(i / 4 % 5);
  DataSummary data = cats_and_dogs({4, 3});
  data.problem = data::Problem::kMultiLabel;
  // Of eight test pictures one lacks the label b that it seems to have.
  Labels labels = labels_for(8);
  labels[3] = {1};
  labels[4] = {0};
  data.test = DataSummary::TestSet{"test", 8, {4, 2}};
  const Results found = evaluate(data, known, test_set(spec, logits_for(8), labels), kFirst);
  ASSERT_TRUE(found.recommended && found.recommended->test && found.recommended->test->labels);
  // Given are a four times and b twice (pictures 0 and 4), of which one is wrong; carried are six.
  EXPECT_DOUBLE_EQ(found.recommended->test->labels->precision.value, 5.0 / 6);
  EXPECT_DOUBLE_EQ(found.recommended->test->labels->recall.value, 5.0 / 6);
  ASSERT_TRUE(found.models[0].test->labels);
  EXPECT_EQ(found.models[0].test->labels->each[1].count, 2u);
  EXPECT_DOUBLE_EQ(found.models[0].test->labels->each[0].average_precision.value, 1);
  EXPECT_LT(found.models[0].test->labels->each[1].average_precision.value, 1);
  EXPECT_FALSE(found.models[0].test->labels->tuned);
}

}  // namespace
}  // namespace oneormany::evaluate
