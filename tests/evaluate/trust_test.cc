#include "evaluate/trust.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "evaluate/predictions.h"

namespace oneormany::evaluate {
namespace {

namespace fs = std::filesystem;
using Labels = std::vector<std::vector<int>>;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Random {
  std::mt19937_64 engine{21};
  double uniform() { return static_cast<double>(engine() >> 11) * 0x1p-53; }
  double around(double centre) { return centre + 2 * uniform() - 1; }
};

std::vector<int> alone(Index rows) {
  std::vector<int> groups;
  for (int i = 0; i < rows; ++i) groups.push_back(i);
  return groups;
}

Predictions predictions(const train::ModelSpec& spec, const Matrix& logits) {
  Predictions one{logits, probabilities_of(spec, 2, logits, alone(logits.rows())), {}};
  one.scores = {Eigen::Map<const Vector>(one.probabilities.highest.data(), logits.rows())};
  return one;
}

ModelPredictions arm_that_says(const train::ModelSpec& spec, const Matrix& logits) {
  ModelPredictions model;
  model.spec = spec;
  model.score_kinds = {ood::ScoreKind::kMaxProbability};
  model.own = predictions(spec, logits);
  return model;
}

ModelResult evaluated(const ModelPredictions& model, const Labels& labels) {
  ModelResult found;
  found.name = model.spec.name;
  found.in_domain = evaluate_in_domain(model.spec, data::Problem::kOneClass,
                                       model.own.probabilities, model.own.logits, labels, 1);
  return found;
}

std::vector<fs::path> files(int n) {
  std::vector<fs::path> names;
  for (int i = 0; i < n; ++i) names.emplace_back(std::to_string(i) + ".png");
  return names;
}

const std::vector<ClassCount> kClasses{{"cat", 100}, {"dog", 100}};

Labels in_turn(int n) {
  Labels labels;
  for (int i = 0; i < n; ++i) labels.push_back({i % 2});
  return labels;
}

/// Sure of its answer by about `gap`, and right but for every `wrong`th (0: always).
Matrix logits_of_in_turn(int n, double gap, int wrong = 0) {
  Random random;
  Matrix logits(n, 2);
  for (int i = 0; i < n; ++i) {
    const int answer = wrong > 0 && i % wrong == 0 ? 1 - i % 2 : i % 2;
    logits(i, answer) = random.around(gap / 2);
    logits(i, 1 - answer) = random.around(-gap / 2);
  }
  return logits;
}

TEST(Suspects, AreThePicturesWhoseClassWasSwapped) {
  Labels labels = in_turn(100);
  const ModelPredictions model =
      arm_that_says(train::class_models(false)[0], logits_of_in_turn(100, 8));
  EXPECT_THAT(find_label_errors(model, labels, files(100), kClasses, false, 10), IsEmpty());
  labels[14] = {1};
  labels[77] = {0};
  const auto label_errors = find_label_errors(model, labels, files(100), kClasses, false, 10);
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

TEST(Suspects, AreTheMostSuspiciousFirstAndNoMoreThanAskedFor) {
  Labels labels = in_turn(100);
  Matrix logits = logits_of_in_turn(100, 8);
  const std::vector<int> swapped{5, 30, 41, 62};
  for (std::size_t k = 0; k < swapped.size(); ++k) {
    const int i = swapped[k];
    labels[static_cast<std::size_t>(i)] = {1 - i % 2};
    logits.row(i).setZero();
    logits(i, i % 2) = 1 + static_cast<double>(k);
  }
  const ModelPredictions model = arm_that_says(train::class_models(false)[0], logits);
  std::vector<std::string> names;
  for (const LabelError& one : find_label_errors(model, labels, files(100), kClasses, false, 3)) {
    names.push_back(one.file.string());
  }
  EXPECT_THAT(names, ElementsAre("62.png", "41.png", "30.png"));
}

// Picture 4 is contradicted in one deal, but less than the other deal confirms it; 9 in both.
TEST(Suspects, AreJudgedByTheMeanOverDeals) {
  Labels labels = in_turn(20);
  Matrix one = logits_of_in_turn(20, 8), other = one;
  one.row(4) << -1, 1;
  other.row(4) << 3, -3;
  one.row(9) << 3, -3;
  other.row(9) << 1, -1;
  Matrix both(40, 2);
  both << one, other;
  labels.insert(labels.end(), labels.begin(), labels.begin() + 20);
  ModelPredictions model = arm_that_says(train::class_models(false)[0], both);
  const auto label_errors = find_label_errors(model, labels, files(20), kClasses, false, 10);
  ASSERT_THAT(label_errors, SizeIs(1));
  EXPECT_EQ(label_errors[0].file, "9.png");
  const auto odds = [](double z) { return 1 / (1 + std::exp(-z)); };
  EXPECT_NEAR(label_errors[0].prediction_probability, (odds(6) + odds(2)) / 2, 1e-12);
}

TEST(Suspects, OfManyLabelsAreSingleLabels) {
  // none, cat, dog, both, in turn
  Labels labels;
  Matrix logits(80, 2);
  Random random;
  for (int i = 0; i < 80; ++i) {
    labels.emplace_back();
    for (int c = 0; c < 2; ++c) {
      if (i >> c & 1) labels.back().push_back(c);
      logits(i, c) = random.around((i >> c & 1) ? 4 : -4);
    }
  }
  const ModelPredictions model = arm_that_says(train::label_models(false)[0], logits);
  EXPECT_THAT(find_label_errors(model, labels, files(80), kClasses, true, 10), IsEmpty());
  labels[8] = {1};   // it is none
  labels[15] = {1};  // it is both
  labels[21] = {1};  // it is a cat: wrong twice, shown once
  const auto label_errors = find_label_errors(model, labels, files(80), kClasses, true, 10);
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

/// A recommended arm, first, and a worse one; the same pictures.
struct Two {
  Labels labels = in_turn(200);
  std::vector<ModelPredictions> models;
  std::vector<ModelResult> found;

  Two() {
    models.push_back(arm_that_says(train::class_models(false)[0], logits_of_in_turn(200, 6, 50)));
    models.push_back(arm_that_says(train::label_models(false)[0], logits_of_in_turn(200, 6, 5)));
    for (const ModelPredictions& model : models) found.push_back(evaluated(model, labels));
  }
  Selection selection() const { return select(models, found, labels, {}); }
};

TEST(Differences, AreTheRecommendedArmMinusTheOther) {
  const Two two;
  const Selection selection = two.selection();
  ASSERT_EQ(selection.recommended().model, 0u);
  // The recommended one is sure of few unseen pictures, the other of most.
  Random random;
  std::vector<Predictions> unseen;
  for (const double share : {0.1, 0.8}) {
    Matrix logits = Matrix::Zero(100, 2);
    for (Index i = 0; i < 100; ++i) {
      logits(i, 0) = i < std::lround(100 * share) ? 9 + random.uniform() : random.uniform();
    }
    unseen.push_back(predictions(two.models[unseen.size()].spec, logits));
  }
  const auto differences = compare_models(selection, two.models, &unseen, two.labels, false, 1);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].model, 1u);
  EXPECT_NEAR(differences[0].score.value, 0.98 - 0.8, 1e-9);
  EXPECT_GT(differences[0].score.low, 0);
  EXPECT_LT(differences[0].p, 0.001);
  EXPECT_TRUE(differences[0].score_significant);
  ASSERT_TRUE(differences[0].unseen);
  EXPECT_NEAR(differences[0].unseen->value, 0.1 - 0.8, 1e-9);
  EXPECT_LT(differences[0].unseen->high, 0);
  EXPECT_TRUE(differences[0].unseen_significant);
}

TEST(Differences, OfTheSameAnswersAreNone) {
  Two two;
  two.models[1] = two.models[0];
  const auto differences =
      compare_models(two.selection(), two.models, nullptr, two.labels, false, 1);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].score.value, 0);
  EXPECT_EQ(differences[0].p, 1);
  EXPECT_FALSE(differences[0].score_significant);
  EXPECT_FALSE(differences[0].unseen);
  EXPECT_FALSE(differences[0].unseen_significant);
}

TEST(Differences, OfOneArmAreNone) {
  Two two;
  two.models.pop_back();
  two.found.pop_back();
  EXPECT_THAT(compare_models(two.selection(), two.models, nullptr, two.labels, false, 1),
              IsEmpty());
}

TEST(Sets, HaveSharesThatSumToOneAndKeepTheirPromise) {
  Two two;
  const Matrix far = Matrix::Constant(60, 2, -9), like = logits_of_in_turn(60, 6);
  for (ModelPredictions& model : two.models)
    model.held_out = {model.own, predictions(model.spec, far)};
  const Selection selection = two.selection();
  const std::size_t chosen = selection.recommended().model;
  std::vector<int> folds;
  for (int i = 0; i < 200; ++i) folds.push_back(i / 2 % 5);
  const Predictions unseen = predictions(two.models[chosen].spec, like);
  const PredictionSets found =
      evaluate_sets(selection, two.models[chosen], &unseen, two.labels, folds, kClasses, 0.1, 1);
  ASSERT_TRUE(found.background && found.unseen);
  for (const auto& sizes : {found.in_domain, *found.background, *found.unseen}) {
    EXPECT_NEAR(sizes.empty.value + sizes.one.value + sizes.several.value, 1, 1e-12);
    EXPECT_GE(sizes.mean, sizes.one.value + 2 * sizes.several.value - 1e-12);
  }
  EXPECT_NEAR(found.coverage.value, 0.9, 0.03);
  EXPECT_LE(found.coverage.low, found.coverage.value);
  EXPECT_GT(found.unseen->one.value, 0.8);
  EXPECT_THAT(found.without_guarantee, IsEmpty());
}

TEST(Sets, OfALabelModelAreEmptyForWhatIsLikeNoLabel) {
  Labels labels = in_turn(200);
  std::vector<ModelPredictions> models{
      arm_that_says(train::label_models(false)[0], logits_of_in_turn(200, 6))};
  models[0].held_out = {models[0].own, predictions(models[0].spec, Matrix::Constant(60, 2, -9))};
  const std::vector<ModelResult> found{evaluated(models[0], labels)};
  const Selection selection = select(models, found, labels, {});
  std::vector<int> folds;
  for (int i = 0; i < 200; ++i) folds.push_back(i / 2 % 5);
  const auto sets = evaluate_sets(selection, models[0], nullptr, labels, folds, kClasses, 0.05, 1);
  EXPECT_EQ(sets.background->empty.value, 1);
  EXPECT_FALSE(sets.unseen);
  // 1 / (100 + 1) is the smallest risk that a hundred pictures can promise.
  EXPECT_THAT(evaluate_sets(selection, models[0], nullptr, labels, folds, kClasses, 0.009, 1)
                  .without_guarantee,
              ElementsAre("cat", "dog"));
}

TEST(Calibration, LowersTheLogLossOfLogitsThatAreTooSure) {
  for (const bool one_class : {true, false}) {
    const Labels labels = in_turn(300);
    // Says 0.99999, and is right 4 times in 5.
    const ModelPredictions model =
        arm_that_says((one_class ? train::class_models : train::label_models)(false)[0],
                      logits_of_in_turn(300, 12, 5));
    std::vector<int> folds;
    for (int i = 0; i < 300; ++i) folds.push_back(i / 10 % 5);
    const CalibrationResult found = evaluate_calibration(model, labels, {folds}, 1);
    ASSERT_FALSE(found.methods.empty());
    EXPECT_EQ(found.methods[0].name, "none");
    EXPECT_NE(found.chosen, "none");
    const auto chosen = std::find_if(found.methods.begin(), found.methods.end(),
                                     [&](const auto& kind) { return kind.name == found.chosen; });
    ASSERT_NE(chosen, found.methods.end());
    EXPECT_GT(found.methods[0].log_loss, 1.0);
    // The best that can be said of 4 in 5 has a loss of 0.5.
    EXPECT_NEAR(chosen->log_loss, -0.8 * std::log(0.8) - 0.2 * std::log(0.2), 0.1);
    EXPECT_GT(found.methods[0].ece.value, 0.15);
    EXPECT_LT(chosen->ece.value, 0.1);
    double before = 0, after = 0;
    for (const metrics::ReliabilityBin& bin : found.before) before += bin.count;
    for (const metrics::ReliabilityBin& bin : found.after) after += bin.count;
    EXPECT_EQ(before, 300);  // one answer a picture, of labels too: each carries one
    EXPECT_EQ(after, before);
  }
}

TEST(Scores, OfUnseenPicturesChangeNothingThatWasChosen) {
  const Two two;
  const Selection selection = two.selection();
  const Predictions sure = predictions(two.models[0].spec, logits_of_in_turn(50, 20));
  const Predictions unsure = predictions(two.models[0].spec, Matrix::Zero(50, 2));
  const auto evaluated = [&](const Selection& by, const Predictions& unseen) {
    const ModelPredictions& model = two.models[0];
    return evaluate_scores(
        by, 0, model, unseen,
        evaluate_unseen(model.own.probabilities, two.labels, unseen.probabilities, 1), two.labels,
        1);
  };
  for (const Predictions& unseen : {sure, unsure}) {
    const auto found = evaluated(selection, unseen);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].threshold, selection.scores()[0][0].threshold);
  }
  const auto all = evaluated(selection, sure)[0];
  EXPECT_EQ(all.labelled->value, 1);
  EXPECT_EQ(evaluate_recommended(selection, all, sure, 1).value, 1);
  const auto none = evaluated(selection, unsure)[0];
  EXPECT_EQ(evaluate_recommended(selection, none, unsure, 1).value, 0);
  EXPECT_EQ(none.labelled->value, 0);
  EXPECT_EQ(none.auroc->value, 1);
  EXPECT_EQ(none.fpr95->value, 0);
}

// The first score is the highest probability, of which judge_unseen() keeps 95 %.
TEST(Scores, OfUnseenPicturesAreLabelledAtTheThresholdForTheAim) {
  const Two two;
  const ModelPredictions& model = two.models[0];
  const Predictions unseen = predictions(model.spec, logits_of_in_turn(50, 6));
  const UnseenResult by_highest =
      evaluate_unseen(model.own.probabilities, two.labels, unseen.probabilities, 1);
  for (const double kept : {0.95, 0.5}) {
    const Selection selection = select(two.models, two.found, two.labels,
                                       {.aim = {.kind = metrics::Aim::Kind::kKeep, .share = kept}});
    const ScoreResult found =
        evaluate_scores(selection, 0, model, unseen, by_highest, two.labels, 1)[0];
    EXPECT_EQ(found.labelled->value,
              (unseen.scores[0].array() >= found.threshold).cast<double>().mean());
    EXPECT_EQ(found.labelled->value == by_highest.keeping_95.value, kept == 0.95);
    EXPECT_EQ(found.auroc->value, by_highest.auroc.value);
    EXPECT_EQ(found.fpr95->high, by_highest.fpr95.high);
  }
}

}  // namespace
}  // namespace oneormany::evaluate
