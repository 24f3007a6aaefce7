#include "compare/trust.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "compare/judging.h"

namespace oneormany {
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

Said said(const ArmSpec& spec, const Matrix& logits) {
  Said one{logits, answers_of(spec, 2, logits, alone(logits.rows())), {}};
  one.scores = {Eigen::Map<const Vector>(one.answers.highest.data(), logits.rows())};
  return one;
}

ArmSaid arm_that_says(const ArmSpec& spec, const Matrix& logits) {
  ArmSaid arm;
  arm.spec = spec;
  arm.score_kinds = {ScoreKind::kMaxProbability};
  arm.own = said(spec, logits);
  return arm;
}

Arm judged(const ArmSaid& arm, const Labels& labels) {
  Arm found;
  found.name = arm.spec.name;
  found.in_domain =
      judge_in_domain(arm.spec, Problem::kOneClass, arm.own.answers, arm.own.logits, labels, 1);
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
  const ArmSaid arm = arm_that_says(class_arms(false)[0], logits_of_in_turn(100, 8));
  EXPECT_THAT(find_suspects(arm, labels, files(100), kClasses, false, 10), IsEmpty());
  labels[14] = {1};
  labels[77] = {0};
  const auto suspects = find_suspects(arm, labels, files(100), kClasses, false, 10);
  ASSERT_THAT(suspects, SizeIs(2));
  const Suspect& cat = suspects[0].file == "14.png" ? suspects[0] : suspects[1];
  const Suspect& dog = suspects[0].file == "14.png" ? suspects[1] : suspects[0];
  EXPECT_EQ(cat.file, "14.png");
  EXPECT_EQ(cat.label, "dog");
  EXPECT_EQ(cat.answer, "cat");
  EXPECT_GT(cat.answer_probability, 0.9);
  EXPECT_NEAR(cat.label_probability + cat.answer_probability, 1, 1e-12);
  EXPECT_EQ(dog.file, "77.png");
  EXPECT_EQ(dog.label, "cat");
  EXPECT_GE(suspects[0].answer_probability, suspects[1].answer_probability);
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
  const ArmSaid arm = arm_that_says(class_arms(false)[0], logits);
  std::vector<std::string> names;
  for (const Suspect& one : find_suspects(arm, labels, files(100), kClasses, false, 3)) {
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
  ArmSaid arm = arm_that_says(class_arms(false)[0], both);
  const auto suspects = find_suspects(arm, labels, files(20), kClasses, false, 10);
  ASSERT_THAT(suspects, SizeIs(1));
  EXPECT_EQ(suspects[0].file, "9.png");
  const auto odds = [](double z) { return 1 / (1 + std::exp(-z)); };
  EXPECT_NEAR(suspects[0].answer_probability, (odds(6) + odds(2)) / 2, 1e-12);
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
  const ArmSaid arm = arm_that_says(label_arms(false)[0], logits);
  EXPECT_THAT(find_suspects(arm, labels, files(80), kClasses, true, 10), IsEmpty());
  labels[8] = {1};   // it is none
  labels[15] = {1};  // it is both
  labels[21] = {1};  // it is a cat: wrong twice, shown once
  const auto suspects = find_suspects(arm, labels, files(80), kClasses, true, 10);
  std::map<std::string, Suspect> found;
  for (const Suspect& one : suspects) found[one.file.string()] = one;
  ASSERT_THAT(suspects, SizeIs(3));
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found["8.png"].label, "dog");
  EXPECT_EQ(found["8.png"].answer, "");
  EXPECT_GT(found["8.png"].answer_probability, 0.9);
  EXPECT_EQ(found["15.png"].label, "");
  EXPECT_EQ(found["15.png"].answer, "cat");
  EXPECT_LT(found["15.png"].label_probability, 0.1);
  EXPECT_THAT(found, Contains(testing::Key("21.png")));
}

/// A recommended arm, first, and a worse one; the same pictures.
struct Two {
  Labels labels = in_turn(200);
  std::vector<ArmSaid> arms;
  std::vector<Arm> found;

  Two() {
    arms.push_back(arm_that_says(class_arms(false)[0], logits_of_in_turn(200, 6, 50)));
    arms.push_back(arm_that_says(label_arms(false)[0], logits_of_in_turn(200, 6, 5)));
    for (const ArmSaid& arm : arms) found.push_back(judged(arm, labels));
  }
  Choices choices() const { return choose(arms, found, labels, {}); }
};

TEST(Differences, AreTheRecommendedArmMinusTheOther) {
  const Two two;
  const Choices choices = two.choices();
  ASSERT_EQ(choices.recommended().arm, 0u);
  // The recommended one is sure of few unseen pictures, the other of most.
  Random random;
  std::vector<Said> unseen;
  for (const double share : {0.1, 0.8}) {
    Matrix logits = Matrix::Zero(100, 2);
    for (Index i = 0; i < 100; ++i) {
      logits(i, 0) = i < std::lround(100 * share) ? 9 + random.uniform() : random.uniform();
    }
    unseen.push_back(said(two.arms[unseen.size()].spec, logits));
  }
  const auto differences = judge_differences(choices, two.arms, &unseen, two.labels, false, 1);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].arm, 1u);
  EXPECT_NEAR(differences[0].score.value, 0.98 - 0.8, 1e-9);
  EXPECT_GT(differences[0].score.low, 0);
  EXPECT_LT(differences[0].p, 0.001);
  EXPECT_TRUE(differences[0].score_differs);
  ASSERT_TRUE(differences[0].unseen);
  EXPECT_NEAR(differences[0].unseen->value, 0.1 - 0.8, 1e-9);
  EXPECT_LT(differences[0].unseen->high, 0);
  EXPECT_TRUE(differences[0].unseen_differs);
}

TEST(Differences, OfTheSameAnswersAreNone) {
  Two two;
  two.arms[1] = two.arms[0];
  const auto differences =
      judge_differences(two.choices(), two.arms, nullptr, two.labels, false, 1);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].score.value, 0);
  EXPECT_EQ(differences[0].p, 1);
  EXPECT_FALSE(differences[0].score_differs);
  EXPECT_FALSE(differences[0].unseen);
  EXPECT_FALSE(differences[0].unseen_differs);
}

TEST(Differences, OfOneArmAreNone) {
  Two two;
  two.arms.pop_back();
  two.found.pop_back();
  EXPECT_THAT(judge_differences(two.choices(), two.arms, nullptr, two.labels, false, 1), IsEmpty());
}

TEST(Sets, HaveSharesThatSumToOneAndKeepTheirPromise) {
  Two two;
  const Matrix far = Matrix::Constant(60, 2, -9), like = logits_of_in_turn(60, 6);
  for (ArmSaid& arm : two.arms) arm.rehearsal = {arm.own, said(arm.spec, far)};
  const Choices choices = two.choices();
  const std::size_t chosen = choices.recommended().arm;
  std::vector<int> folds;
  for (int i = 0; i < 200; ++i) folds.push_back(i / 2 % 5);
  const Said unseen = said(two.arms[chosen].spec, like);
  const ConformalFinding found =
      judge_sets(choices, two.arms[chosen], &unseen, two.labels, folds, kClasses, 0.1, 1);
  ASSERT_TRUE(found.background && found.unseen);
  for (const auto& sizes : {found.in_domain, *found.background, *found.unseen}) {
    EXPECT_NEAR(sizes.empty.value + sizes.one.value + sizes.several.value, 1, 1e-12);
    EXPECT_GE(sizes.mean, sizes.one.value + 2 * sizes.several.value - 1e-12);
  }
  EXPECT_NEAR(found.coverage.value, 0.9, 0.03);
  EXPECT_LE(found.coverage.low, found.coverage.value);
  EXPECT_GT(found.unseen->one.value, 0.8);
  EXPECT_THAT(found.without_promise, IsEmpty());
}

TEST(Sets, OfALabelModelAreEmptyForWhatIsLikeNoLabel) {
  Labels labels = in_turn(200);
  std::vector<ArmSaid> arms{arm_that_says(label_arms(false)[0], logits_of_in_turn(200, 6))};
  arms[0].rehearsal = {arms[0].own, said(arms[0].spec, Matrix::Constant(60, 2, -9))};
  const std::vector<Arm> found{judged(arms[0], labels)};
  const Choices choices = choose(arms, found, labels, {});
  std::vector<int> folds;
  for (int i = 0; i < 200; ++i) folds.push_back(i / 2 % 5);
  const auto sets = judge_sets(choices, arms[0], nullptr, labels, folds, kClasses, 0.05, 1);
  EXPECT_EQ(sets.background->empty.value, 1);
  EXPECT_FALSE(sets.unseen);
  // 1 / (100 + 1) is the smallest risk that a hundred pictures can promise.
  EXPECT_THAT(
      judge_sets(choices, arms[0], nullptr, labels, folds, kClasses, 0.009, 1).without_promise,
      ElementsAre("cat", "dog"));
}

TEST(Calibration, LowersTheLogLossOfLogitsThatAreTooSure) {
  for (const bool one_class : {true, false}) {
    const Labels labels = in_turn(300);
    // Says 0.99999, and is right 4 times in 5.
    const ArmSaid arm = arm_that_says((one_class ? class_arms : label_arms)(false)[0],
                                      logits_of_in_turn(300, 12, 5));
    std::vector<int> folds;
    for (int i = 0; i < 300; ++i) folds.push_back(i / 10 % 5);
    const CalibrationFinding found = judge_calibration(arm, labels, {folds}, 1);
    ASSERT_FALSE(found.kinds.empty());
    EXPECT_EQ(found.kinds[0].name, "none");
    EXPECT_NE(found.chosen, "none");
    const auto chosen = std::find_if(found.kinds.begin(), found.kinds.end(),
                                     [&](const auto& kind) { return kind.name == found.chosen; });
    ASSERT_NE(chosen, found.kinds.end());
    EXPECT_GT(found.kinds[0].log_loss, 1.0);
    // The best that can be said of 4 in 5 has a loss of 0.5.
    EXPECT_NEAR(chosen->log_loss, -0.8 * std::log(0.8) - 0.2 * std::log(0.2), 0.1);
    EXPECT_GT(found.kinds[0].ece.value, 0.15);
    EXPECT_LT(chosen->ece.value, 0.1);
    double before = 0, after = 0;
    for (const ReliabilityBin& bin : found.before) before += bin.count;
    for (const ReliabilityBin& bin : found.after) after += bin.count;
    EXPECT_EQ(before, 300);  // one answer a picture, of labels too: each carries one
    EXPECT_EQ(after, before);
  }
}

TEST(Scores, OfUnseenPicturesChangeNothingThatWasChosen) {
  const Two two;
  const Choices choices = two.choices();
  const Said sure = said(two.arms[0].spec, logits_of_in_turn(50, 20));
  const Said unsure = said(two.arms[0].spec, Matrix::Zero(50, 2));
  const auto judged = [&](const Choices& by, const Said& unseen) {
    const ArmSaid& arm = two.arms[0];
    return judge_scores(by, 0, arm, unseen,
                        judge_unseen(arm.own.answers, two.labels, unseen.answers, 1), two.labels,
                        1);
  };
  for (const Said& unseen : {sure, unsure}) {
    const auto found = judged(choices, unseen);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].threshold, choices.scores()[0][0].threshold);
  }
  const auto all = judged(choices, sure)[0];
  EXPECT_EQ(all.labelled->value, 1);
  EXPECT_EQ(judge_recommended(choices, all, sure, 1).value, 1);
  const auto none = judged(choices, unsure)[0];
  EXPECT_EQ(judge_recommended(choices, none, unsure, 1).value, 0);
  EXPECT_EQ(none.labelled->value, 0);
  EXPECT_EQ(none.auroc->value, 1);
  EXPECT_EQ(none.fpr95->value, 0);
}

// The first score is the highest probability, of which judge_unseen() keeps 95 %.
TEST(Scores, OfUnseenPicturesAreLabelledAtTheThresholdForTheAim) {
  const Two two;
  const ArmSaid& arm = two.arms[0];
  const Said unseen = said(arm.spec, logits_of_in_turn(50, 6));
  const Unseen by_highest = judge_unseen(arm.own.answers, two.labels, unseen.answers, 1);
  for (const double kept : {0.95, 0.5}) {
    const Choices choices =
        choose(two.arms, two.found, two.labels, {.aim = {.kind = Aim::Kind::kKeep, .share = kept}});
    const ScoreFinding found = judge_scores(choices, 0, arm, unseen, by_highest, two.labels, 1)[0];
    EXPECT_EQ(found.labelled->value,
              (unseen.scores[0].array() >= found.threshold).cast<double>().mean());
    EXPECT_EQ(found.labelled->value == by_highest.keeping_95.value, kept == 0.95);
    EXPECT_EQ(found.auroc->value, by_highest.auroc.value);
    EXPECT_EQ(found.fpr95->high, by_highest.fpr95.high);
  }
}

}  // namespace
}  // namespace oneormany
