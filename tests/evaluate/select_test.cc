#include "evaluate/select.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <type_traits>

#include "evaluate/holdout.h"
#include "evaluate/predictions.h"
#include "evaluate/trust.h"
#include "train/cross_validation.h"

namespace oneormany::evaluate {
namespace {

// What is unseen chooses nothing: what the compiler already says of it.

using Labels = std::vector<std::vector<int>>;
using Findings = std::vector<std::vector<ScoreResult>>;

// Choices can be had from choose() alone.
static_assert(!std::is_default_constructible_v<Selection> && !std::is_aggregate_v<Selection>);
static_assert(!std::is_constructible_v<Selection, Findings>);
static_assert(!std::is_constructible_v<Selection, Recommendation>);
static_assert(!std::is_constructible_v<Selection, Findings, Recommendation, std::size_t, Vector>);
static_assert(std::is_same_v<
              std::invoke_result_t<decltype(&select), const std::vector<ModelPredictions>&,
                                   const std::vector<ModelResult>&, const Labels&, SelectOptions>,
              Selection>);

// And nothing sealed be read without them.
template <typename S>
concept OpensWithout = requires(const S& holdout) {
  holdout.open();
};
template <typename S, typename Key>
concept OpensWith = requires(const S& holdout, const Key& key) {
  holdout.open(key);
};
template <typename S>
concept GivesAway = requires(const S& holdout) {
  holdout.value_;
}
|| requires(const S& holdout) { holdout.get(); }
|| requires(const S& holdout) { *holdout; }
|| requires(const S& holdout) { holdout.operator->(); };
template <typename T>
constexpr bool kKeepsShut =
    OpensWith<Holdout<T>, Selection> && !OpensWithout<Holdout<T>> && !GivesAway<Holdout<T>> &&
    !OpensWith<Holdout<T>, Recommendation> &&
    !OpensWith<Holdout<T>, std::vector<ModelPredictions>> && !OpensWith<Holdout<T>, int> &&
    !std::is_convertible_v<Holdout<T>, T> && !std::is_convertible_v<Holdout<T>, const T&> &&
    !std::is_aggregate_v<Holdout<T>>;
static_assert(kKeepsShut<MatrixF>);
static_assert(kKeepsShut<Predictions>);
static_assert(kKeepsShut<train::LearningData>);
static_assert(kKeepsShut<std::vector<Predictions>>);

// What learns, chooses or judges in domain has no place for them.
template <typename... Arguments>
constexpr bool kChooses = std::is_invocable_v<decltype(&select), Arguments...>;
static_assert(!kChooses<Holdout<std::vector<ModelPredictions>>, std::vector<ModelResult>, Labels,
                        SelectOptions>);
static_assert(!kChooses<std::vector<Predictions>, std::vector<ModelResult>, Labels, SelectOptions>);
static_assert(!kChooses<std::vector<ModelPredictions>, std::vector<ModelResult>, Labels,
                        SelectOptions, std::vector<Predictions>>);
static_assert(!kChooses<std::vector<ModelPredictions>, std::vector<ModelResult>, Labels,
                        SelectOptions, Holdout<MatrixF>>);
template <typename... Arguments>
constexpr bool kLearns = std::is_invocable_v<decltype(&train::fit_models), Arguments...>;
using Told = std::function<void()>;
static_assert(kLearns<std::vector<train::ModelSpec>, train::LearningData,
                      train::CrossValidationOptions, Told>);
static_assert(!kLearns<std::vector<train::ModelSpec>, Holdout<train::LearningData>,
                       train::CrossValidationOptions, Told>);
static_assert(!kLearns<std::vector<train::ModelSpec>, train::LearningData, Holdout<MatrixF>, Told>);
static_assert(!kLearns<std::vector<train::ModelSpec>, train::LearningData,
                       train::CrossValidationOptions, Told, MatrixF>);
static_assert(!kLearns<std::vector<train::ModelSpec>, train::LearningData,
                       train::CrossValidationOptions, Told, Holdout<MatrixF>>);
static_assert(!std::is_constructible_v<Predictions, Holdout<Predictions>>);
static_assert(!std::is_constructible_v<ModelPredictions, Holdout<Predictions>>);

template <typename T>
concept HasUnseen = requires(const T& of) {
  of.unseen;
};
static_assert(HasUnseen<Results> && !HasUnseen<train::LearningData> &&
              !HasUnseen<ModelPredictions> && !HasUnseen<train::FittedModel> &&
              !HasUnseen<SelectOptions> && !HasUnseen<train::CrossValidationOptions>);

// How it chooses, of answers as they might be.

struct Random {
  std::mt19937_64 engine{9};
  double uniform() { return static_cast<double>(engine() >> 11) * 0x1p-53; }
};

constexpr int kPictures = 200, kBackground = 200;

/// What an arm is like: the share of its answers that are right, and by two scores, the share of
/// hidden background that passes for one of the classes.
struct Like {
  double right = 0.95, passing = 0.5, passing_by_energy = 1;
};

/// Arms that are like that, of the names of the standard ones.
struct Case {
  std::vector<ModelPredictions> models;
  std::vector<ModelResult> evaluated;
  Labels labels;
  bool with_background;

  explicit Case(const std::vector<Like>& likes, bool background = true)
      : with_background(background) {
    for (int i = 0; i < kPictures; ++i) labels.push_back({i % 2});
    auto specs = train::class_models(true);
    for (const train::ModelSpec& spec : train::label_models(true)) specs.push_back(spec);
    if (!background) specs = {specs[0], specs[2]};
    for (std::size_t a = 0; a < likes.size(); ++a) add(specs.at(a), likes[a]);
  }

  void add(const train::ModelSpec& spec, const Like& like) {
    Random random;
    ModelPredictions model;
    model.spec = spec;
    model.score_kinds = {ood::ScoreKind::kMaxProbability, ood::ScoreKind::kEnergy};
    const Index columns = spec.none_class ? 3 : 2;
    model.own.logits = Matrix::Constant(kPictures, columns, -2);
    for (Index i = 0; i < kPictures; ++i) {
      const bool right = i < std::lround(like.right * kPictures);
      model.own.logits(i, (i + (right ? 0 : 1)) % 2) = 2 + random.uniform();
    }
    finish(model.own);
    model.own.probabilities = probabilities_of(spec, 2, model.own.logits, alone(kPictures));
    if (with_background) {
      model.held_out.emplace();
      model.held_out->own = model.own;
      Predictions& background = model.held_out->background;
      background.logits = Matrix::Constant(kBackground, columns, -2);
      background.probabilities = probabilities_of(spec, 2, background.logits, alone(kBackground));
      // In 1–2 are the scores of the classes' pictures.
      for (const double passing : {like.passing, like.passing_by_energy}) {
        Vector scores(kBackground);
        for (Index i = 0; i < kBackground; ++i) {
          scores(i) = (i < std::lround(passing * kBackground) ? 2 : 0) + random.uniform();
        }
        background.scores.push_back(scores);
      }
    }
    ModelResult found;
    found.name = spec.name;
    found.in_domain = evaluate_in_domain(spec, data::Problem::kOneClass, model.own.probabilities,
                                         model.own.logits, labels, 1);
    models.push_back(std::move(model));
    evaluated.push_back(std::move(found));
  }

  static std::vector<int> alone(int rows) {
    std::vector<int> groups;
    for (int i = 0; i < rows; ++i) groups.push_back(i);
    return groups;
  }

  static void finish(Predictions& own) {
    const Vector highest = own.logits.rowwise().maxCoeff().array() - 1;
    own.scores = {highest, highest};
  }

  Selection selection(const SelectOptions& options = {}) const {
    return select(models, evaluated, labels, options);
  }
  std::string recommended() const {
    const Recommendation found = selection().recommended();
    return models[found.model].spec.name + " " + found.score;
  }
};

TEST(Choose, TakesTheArmThatLetsTheFewestHiddenPicturesPass) {
  EXPECT_EQ(
      Case({{.passing = 0.6}, {.passing = 0.3}, {.passing = 0.7}, {.passing = 0.1}}).recommended(),
      "labels+background max_probability");
  EXPECT_EQ(
      Case({{.passing = 0.6}, {.passing = 0.05}, {.passing = 0.7}, {.passing = 0.3}}).recommended(),
      "classes+none max_probability");
  EXPECT_EQ(
      Case({{.passing = 0.6}, {.passing = 0.5}, {.passing = 0.1}, {.passing = 0.3}}).recommended(),
      "labels max_probability");
}

TEST(Choose, TakesAScoreThatLetsFarFewerPass) {
  EXPECT_EQ(Case({{.passing = 0.6}, {.passing = 0.3, .passing_by_energy = 0.05}}).recommended(),
            "classes+none energy");
  EXPECT_EQ(Case({{.passing = 0.6, .passing_by_energy = 0.01}, {.passing = 0.3}}).recommended(),
            "classes energy");
  EXPECT_EQ(Case({{.passing = 0.6}, {.passing = 0.1, .passing_by_energy = 0.4}}).recommended(),
            "classes+none max_probability");
}

TEST(Choose, StaysWithTheHighestProbabilityWithinAnArmUnlessChanceIsOut) {
  // Of the same 200 pictures one less, which any other pictures might turn round.
  EXPECT_EQ(Case({{.passing = 0.9}, {.passing = 0.105, .passing_by_energy = 0.1}}).recommended(),
            "classes+none max_probability");
  EXPECT_EQ(Case({{.passing = 0.9}, {.passing = 0.1, .passing_by_energy = 0.1}}).recommended(),
            "classes+none max_probability");
}

TEST(Choose, LeavesAnArmThatIsClearlyWorseInDomain) {
  EXPECT_EQ(Case({{.passing = 0.6}, {.right = 0.8, .passing = 0}}).recommended(),
            "classes max_probability");
  EXPECT_EQ(Case({{.right = 0.8, .passing = 0.1}, {.right = 0.8, .passing = 0}, {.passing = 0.6}})
                .recommended(),
            "labels max_probability");  // the best plain one is the measure, not the first
  // Two pictures in 200 may be chance.
  EXPECT_EQ(Case({{.passing = 0.6}, {.right = 0.94, .passing = 0}}).recommended(),
            "classes+none max_probability");
}

TEST(Choose, WithoutBackgroundTakesTheFirstArmAndItsHighestProbability) {
  const Case it({{.right = 0.9}, {.right = 0.99}}, false);
  EXPECT_EQ(it.recommended(), "classes max_probability");
  const Selection selection = it.selection();
  EXPECT_EQ(selection.recommended_score(), 0u);
  EXPECT_FALSE(selection.recommended().estimate);
  EXPECT_FALSE(selection.scores()[1][1].estimate);
}

TEST(Choose, SaysWhatTheRehearsalFoundOfEachScore) {
  const Case it({{.passing = 0.6, .passing_by_energy = 0.25}, {.passing = 0.3}});
  const Selection selection = it.selection();
  ASSERT_EQ(selection.scores().size(), 2u);
  ASSERT_EQ(selection.scores()[0].size(), 2u);
  EXPECT_EQ(selection.scores()[0][1].name, "energy");
  EXPECT_DOUBLE_EQ(selection.scores()[0][0].estimate->value, 0.6);
  EXPECT_DOUBLE_EQ(selection.scores()[0][1].estimate->value, 0.25);
  EXPECT_DOUBLE_EQ(selection.scores()[1][0].estimate->value, 0.3);
  EXPECT_FALSE(selection.scores()[0][0].labelled);
  EXPECT_FALSE(selection.recommended().unseen);
  const double keeping = selection.scores()[0][0].threshold;
  int kept = 0, right = 0;
  for (Index i = 0; i < 190; ++i) {
    ++right;
    kept += it.models[0].own.scores[0](i) >= keeping;
  }
  EXPECT_GE(kept, 0.95 * right);
  EXPECT_LT(kept - 1, 0.95 * right);
}

TEST(Choose, TheThresholdIsForTheAim) {
  const Case it({{.passing = 0.6}, {.passing = 0.3}});
  const Recommendation keep = it.selection().recommended();
  EXPECT_EQ(keep.aim, "keep=0.95");
  EXPECT_GE(keep.kept.value, 0.95);
  EXPECT_DOUBLE_EQ(keep.estimate->value, 0.3);
  const Recommendation half = it.selection({.aim = metrics::parse_aim("keep=0.5")}).recommended();
  EXPECT_GE(half.kept.value, 0.5);
  EXPECT_LT(half.kept.value, 0.52);
  EXPECT_GT(half.threshold.value, keep.threshold.value);
  EXPECT_EQ(half.model, keep.model);  // the aim moves the threshold, not the choice
}

TEST(Choose, ComparesScoresWhereTheAimKeepsAsManyRightAnswers) {
  const Case it({{.passing = 0.6}, {.passing = 0.3}});
  const Selection half = it.selection({.aim = metrics::parse_aim("keep=0.5")});
  EXPECT_EQ(half.aim().compared_at(), 0.5);
  const Recommendation& recommended = half.recommended();
  EXPECT_EQ(half.scores()[recommended.model][half.recommended_score()].threshold,
            recommended.threshold.value);
  EXPECT_EQ(it.selection({.aim = metrics::parse_aim("f1")}).aim().compared_at(), 0.95);
}

TEST(Choose, AnswersToPicturesWithoutALabelAreWrong) {
  // A quarter of the pictures carries no label, and the model is as sure of them as of the others.
  Case it(std::vector<Like>{{}}, false);
  for (std::size_t i = 0; i < kPictures; i += 4) it.labels[i].clear();
  it.models[0].spec = train::label_models(false)[0];
  it.evaluated[0].in_domain.labels.emplace();
  const Recommendation found =
      it.selection({.aim = metrics::parse_aim("precision=0.9")}).recommended();
  double given = 0, right = 0;
  for (std::size_t i = 0; i < kPictures; ++i) {
    if (it.models[0].own.scores[0](static_cast<Index>(i)) < found.threshold.value) continue;
    ++given;
    right += !it.labels[i].empty() && it.models[0].own.probabilities.best[i] == it.labels[i][0];
  }
  ASSERT_GT(given, 0);
  EXPECT_DOUBLE_EQ(found.precision.value, right / given);
  EXPECT_EQ(found.reachable, right / given >= 0.9);
  EXPECT_LT(found.kept.value, 0.5);
}

// The heads that know all background have another scale than those from which some was hidden.
TEST(Choose, WhatBackgroundCostsIsAskedOfTheHeadsThatNeverMetIt) {
  Case it(std::vector<Like>{{.passing = 0.4}});
  it.models[0].held_out->own.scores[0].array() += 10;
  it.models[0].held_out->background.scores[0].array() += 10;
  const Case plain(std::vector<Like>{{.passing = 0.4}});
  for (const char* aim : {"precision=0.9", "f1", "cost:wrong=1:none=0.5", "keep=0.8"}) {
    const Recommendation moved = it.selection({.aim = metrics::parse_aim(aim)}).recommended();
    const Recommendation same = plain.selection({.aim = metrics::parse_aim(aim)}).recommended();
    EXPECT_EQ(moved.threshold.value, same.threshold.value) << aim;
    EXPECT_EQ(moved.estimate->value, same.estimate->value) << aim;
    EXPECT_EQ(moved.precision.value, same.precision.value) << aim;
    EXPECT_GT(moved.kept.value, 0) << aim;
  }
}

// Of labels too only the same draws of both tell whether one is behind.
TEST(Choose, LeavesAnArmWhoseRankingIsClearlyWorse) {
  Case it({{.passing = 0.6}, {.passing = 0}, {.passing = 0.7}, {.passing = 0}});
  it.models = {it.models[2], it.models[3]};
  it.evaluated = {it.evaluated[2], it.evaluated[3]};
  for (ModelResult& model : it.evaluated) {  // wide intervals, that overlap
    model.in_domain.labels.emplace();
    model.in_domain.labels->macro_map = {0.9, 0.1, 1};
  }
  EXPECT_EQ(it.recommended(), "labels+background max_probability");
  // The second ranks each twentieth picture worse, and no picture better.
  Predictions& own = it.models[1].own;
  for (Index i = 0; i < 180; i += 20) own.logits(i, i % 2) = -4;
  own.probabilities = probabilities_of(it.models[1].spec, 2, own.logits, Case::alone(kPictures));
  EXPECT_EQ(it.recommended(), "labels max_probability");
}

TEST(Choose, SetThresholdsAreOfTheRecommendedArm) {
  const Case it({{.passing = 0.6}, {.passing = 0.3}});
  const Selection selection = it.selection({.aim = {}, .alpha = 0.1});
  const ModelPredictions& model = it.models[selection.recommended().model];
  const Matrix scores = label_scores(model.spec, model.own.logits, 2);
  for (Index c = 0; c < 2; ++c) {
    int inside = 0, carrying = 0;
    for (Index i = c; i < kPictures; i += 2) {
      ++carrying;
      inside += scores(i, c) >= selection.set_thresholds()(c);
    }
    EXPECT_GE(inside, 0.9 * carrying);
    EXPECT_LE(inside, 0.93 * carrying);
  }
}

TEST(Choose, NeedsAnArm) { EXPECT_THROW(select({}, {}, {}, {}), std::invalid_argument); }

TEST(Choose, CarriersAreTheRowsWithALabel) {
  Matrix logits(4, 2);
  logits << 1, 0, 0, 1, 1, 0, 0, 1;
  const train::ModelSpec spec = train::label_models(false)[0];
  const LabelledRows labelled =
      labelled_rows(probabilities_of(spec, 2, logits, {5, 6, 7, 8}), {{0}, {}, {1}, {0, 1}});
  EXPECT_EQ(labelled.rows, (std::vector{0, 2, 3}));
  EXPECT_EQ(labelled.groups, (std::vector{5, 7, 8}));
  EXPECT_EQ(labelled.right, (std::vector{true, false, true}));
}

TEST(LabelScores, AreTheLogOddsOfEachClass) {
  const train::ModelSpec plain = train::class_models(true)[0],
                         with_none = train::class_models(true)[1];
  Random random;
  Matrix logits(50, 4);
  for (double& z : logits.reshaped()) z = 6 * random.uniform() - 3;
  const Matrix of_four = label_scores(plain, logits, 4),
               of_three = label_scores(with_none, logits, 3);
  ASSERT_EQ(of_three.cols(), 3);
  for (Index i = 0; i < logits.rows(); ++i) {
    const Eigen::RowVectorXd e = logits.row(i).array().exp();
    for (Index c = 0; c < 4; ++c) {
      const double p = e(c) / e.sum();
      EXPECT_NEAR(of_four(i, c), std::log(p / (1 - p)), 1e-12);
    }
    // "None" is one of the others.
    EXPECT_EQ(of_three.row(i), of_four.row(i).head(3));
  }
}

// 1 − p is 0 in doubles, or p is: the scores still part the surer from the sure.
TEST(LabelScores, AreExactWhereTheProbabilityIsOneButForRounding) {
  Matrix logits(4, 3);
  logits << 50, 0, -3,  //
      80, 0, -3,        //
      1000, 0, -3,      //
      2000, 0, -3;
  const Matrix scores = label_scores(train::class_models(false)[0], logits, 3);
  const double others = std::log1p(std::exp(-3.0));
  for (Index i = 0; i < 4; ++i) {
    const double top = logits(i, 0);
    EXPECT_NEAR(scores(i, 0), top - others, 1e-9 * top) << i;
    EXPECT_NEAR(scores(i, 1), -top, 1e-9 * top) << i;
    EXPECT_NEAR(scores(i, 2), -3 - top, 1e-9 * top) << i;
  }
}

TEST(LabelScores, OfALabelModelAreItsLogits) {
  Matrix logits(2, 3);
  logits << 1, 2, 3, 4, 5, 6;
  EXPECT_EQ(label_scores(train::label_models(true)[1], logits, 3), logits);
}

}  // namespace
}  // namespace oneormany::evaluate
