#include "evaluate/label_errors.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<fs::path> files(int n) {
  std::vector<fs::path> names;
  for (int i = 0; i < n; ++i) names.emplace_back(std::to_string(i) + ".png");
  return names;
}

DataSummary cats_and_dogs(data::Problem problem) {
  DataSummary data;
  data.problem = problem;
  data.classes = {{"cat", 100}, {"dog", 100}};
  return data;
}

const DataSummary kOneClass = cats_and_dogs(data::Problem::kOneClass);
const DataSummary kMultiLabel = cats_and_dogs(data::Problem::kMultiLabel);

ModelPredictions model(const train::ModelSpec& spec, const Matrix& logits) {
  return model_of(spec, predictions(spec, 2, logits));
}

TEST(LabelErrors, AreThePicturesWhoseClassWasSwapped) {
  Labels labels = in_turn(100);
  const ModelPredictions known = model(train::class_models(false)[0], logits_of_in_turn(100, 8));
  EXPECT_THAT(find_label_errors(known, labels, files(100), kOneClass, 10), IsEmpty());
  labels[14] = {1};
  labels[77] = {0};
  const auto label_errors = find_label_errors(known, labels, files(100), kOneClass, 10);
  ASSERT_THAT(label_errors, SizeIs(2));
  const LabelError& cat = label_errors[0].file == "14.png" ? label_errors[0] : label_errors[1];
  const LabelError& dog = label_errors[0].file == "14.png" ? label_errors[1] : label_errors[0];
  EXPECT_EQ(cat.file, "14.png");
  EXPECT_EQ(cat.label, "dog");
  EXPECT_EQ(cat.prediction, "cat");
  EXPECT_GT(cat.prediction_probability, 0.9);
  EXPECT_NEAR(cat.label_probability + cat.prediction_probability, 1, 1e-12);
  EXPECT_EQ(dog.file, "77.png");
  EXPECT_EQ(dog.label, "cat");
  EXPECT_GE(label_errors[0].prediction_probability, label_errors[1].prediction_probability);
}

TEST(LabelErrors, TheMostLikelyComeFirstAndNoMoreThanAskedFor) {
  Labels labels = in_turn(100);
  Matrix logits = logits_of_in_turn(100, 8);
  const std::vector<int> swapped{5, 30, 41, 62};
  for (std::size_t k = 0; k < swapped.size(); ++k) {
    const int i = swapped[k];
    labels[static_cast<std::size_t>(i)] = {1 - i % 2};
    logits.row(i).setZero();
    logits(i, i % 2) = 1 + static_cast<double>(k);
  }
  const ModelPredictions known = model(train::class_models(false)[0], logits);
  std::vector<std::string> names;
  for (const LabelError& one : find_label_errors(known, labels, files(100), kOneClass, 3)) {
    names.push_back(one.file.string());
  }
  EXPECT_THAT(names, ElementsAre("62.png", "41.png", "30.png"));
}

// Picture 4 is contradicted in one repeat, but less than the other one confirms it; 9 in both.
TEST(LabelErrors, AreFoundByTheMeanOverRepeats) {
  Labels labels = in_turn(20);
  Matrix one = logits_of_in_turn(20, 8), other = one;
  one.row(4) << -1, 1;
  other.row(4) << 3, -3;
  one.row(9) << 3, -3;
  other.row(9) << 1, -1;
  Matrix both(40, 2);
  both << one, other;
  labels.insert(labels.end(), labels.begin(), labels.begin() + 20);
  const ModelPredictions known = model(train::class_models(false)[0], both);
  const auto label_errors = find_label_errors(known, labels, files(20), kOneClass, 10);
  ASSERT_THAT(label_errors, SizeIs(1));
  EXPECT_EQ(label_errors[0].file, "9.png");
  const auto odds = [](double z) { return 1 / (1 + std::exp(-z)); };
  EXPECT_NEAR(label_errors[0].prediction_probability, (odds(6) + odds(2)) / 2, 1e-12);
}

TEST(LabelErrors, OfSeveralLabelsAreSingleLabels) {
  // none, cat, dog, both, in turn
  Labels labels;
  Matrix logits(80, 2);
  Random random(21);
  for (int i = 0; i < 80; ++i) {
    labels.emplace_back();
    for (int c = 0; c < 2; ++c) {
      if (i >> c & 1) labels.back().push_back(c);
      logits(i, c) = random.around((i >> c & 1) ? 4 : -4);
    }
  }
  const ModelPredictions known = model(train::label_models(false)[0], logits);
  EXPECT_THAT(find_label_errors(known, labels, files(80), kMultiLabel, 10), IsEmpty());
  labels[8] = {1};   // it is none
  labels[15] = {1};  // it is both
  labels[21] = {1};  // it is a cat: wrong twice, shown once
  const auto label_errors = find_label_errors(known, labels, files(80), kMultiLabel, 10);
  std::map<std::string, LabelError> found;
  for (const LabelError& one : label_errors) found[one.file.string()] = one;
  ASSERT_THAT(label_errors, SizeIs(3));
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found["8.png"].label, "dog");
  EXPECT_EQ(found["8.png"].prediction, "");
  EXPECT_GT(found["8.png"].prediction_probability, 0.9);
  EXPECT_EQ(found["15.png"].label, "");
  EXPECT_EQ(found["15.png"].prediction, "cat");
  EXPECT_LT(found["15.png"].label_probability, 0.1);
  EXPECT_THAT(found, Contains(testing::Key("21.png")));
}

}  // namespace
}  // namespace oneormany::evaluate
