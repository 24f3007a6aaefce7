#include "evaluate/select.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

constexpr int kPictures = 200, kBackground = 200;

/// What a model is like: the share of its predictions that are right and, by two scores, the share
/// of held-out background that passes for one of the classes.
struct Like {
  double right = 0.95, passing = 0.5, passing_by_energy = 1;
};

/// Models that are like that, with the names of the standard ones.
struct Case {
  std::vector<ModelPredictions> models;
  std::vector<ModelResult> results;
  Labels labels = in_turn(kPictures);

  explicit Case(const std::vector<Like>& likes, bool background = true) {
    auto specs = train::class_models(true);
    for (const train::ModelSpec& spec : train::label_models(true)) specs.push_back(spec);
    if (!background) specs = {specs[0], specs[2]};
    for (std::size_t m = 0; m < likes.size(); ++m) add(specs.at(m), likes[m], background);
  }

  void add(const train::ModelSpec& spec, const Like& like, bool background) {
    Random random(9);
    const Index columns = spec.none_class ? 3 : 2;
    Matrix logits = Matrix::Constant(kPictures, columns, -2);
    for (Index i = 0; i < kPictures; ++i) {
      const bool right = i < std::lround(like.right * kPictures);
      logits(i, (i + (right ? 0 : 1)) % 2) = 2 + random.uniform();
    }
    ModelPredictions model = model_of(spec, predictions(spec, 2, logits));
    model.score_kinds.push_back(ood::ScoreKind::kEnergy);
    const Vector highest = logits.rowwise().maxCoeff().array() - 1;
    model.own.scores = {highest, highest};
    if (background) {
      // In 1–2 are the scores of the classes' pictures.
      std::vector<Vector> scores;
      for (const double passing : {like.passing, like.passing_by_energy}) {
        scores.emplace_back(kBackground);
        for (Index i = 0; i < kBackground; ++i) {
          scores.back()(i) = (i < std::lround(passing * kBackground) ? 2 : 0) + random.uniform();
        }
      }
      model.held_out = {model.own,
                        predictions_of(spec, 2, Matrix::Constant(kBackground, columns, -2), scores,
                                       alone(kBackground))};
    }
    models.push_back(std::move(model));
    results.push_back(in_domain(models.back(), labels));
  }

  Selection selection(const SelectOptions& options = {}) const {
    return select(models, results, labels, options);
  }
  std::string recommended() const {
    const Recommendation found = selection().recommended();
    return models[found.model].spec.name + " " + std::string(ood::name_of(found.score));
  }
};

TEST(Select, TakesTheModelThatLetsTheFewestHeldOutPicturesPass) {
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

TEST(Select, TakesAScoreThatLetsFarFewerPass) {
  EXPECT_EQ(Case({{.passing = 0.6}, {.passing = 0.3, .passing_by_energy = 0.05}}).recommended(),
            "classes+none energy");
  EXPECT_EQ(Case({{.passing = 0.6, .passing_by_energy = 0.01}, {.passing = 0.3}}).recommended(),
            "classes energy");
  EXPECT_EQ(Case({{.passing = 0.6}, {.passing = 0.1, .passing_by_energy = 0.4}}).recommended(),
            "classes+none max_probability");
}

TEST(Select, StaysWithTheHighestProbabilityUnlessAnotherScoreIsSignificantlyBetter) {
  // Of the same 200 pictures one less, which any other pictures might turn round.
  EXPECT_EQ(Case({{.passing = 0.9}, {.passing = 0.105, .passing_by_energy = 0.1}}).recommended(),
            "classes+none max_probability");
  EXPECT_EQ(Case({{.passing = 0.9}, {.passing = 0.1, .passing_by_energy = 0.1}}).recommended(),
            "classes+none max_probability");
}

TEST(Select, LeavesAModelThatIsSignificantlyWorseInDomain) {
  EXPECT_EQ(Case({{.passing = 0.6}, {.right = 0.8, .passing = 0}}).recommended(),
            "classes max_probability");
  EXPECT_EQ(Case({{.right = 0.8, .passing = 0.1}, {.right = 0.8, .passing = 0}, {.passing = 0.6}})
                .recommended(),
            "labels max_probability");  // the best plain one is the measure, not the first
  // Two pictures in 200 may be chance.
  EXPECT_EQ(Case({{.passing = 0.6}, {.right = 0.94, .passing = 0}}).recommended(),
            "classes+none max_probability");
}

TEST(Select, WithoutBackgroundTakesTheFirstModelAndItsHighestProbability) {
  const Case it({{.right = 0.9}, {.right = 0.99}}, false);
  EXPECT_EQ(it.recommended(), "classes max_probability");
  const Selection selection = it.selection();
  EXPECT_EQ(selection.recommended_score(), 0u);
  EXPECT_FALSE(selection.recommended().estimate);
  EXPECT_FALSE(selection.scores()[1][1].estimate);
}

/// Gives a model hidden classes, ten of 20 pictures each, of which that share passes.
void hide_classes(ModelPredictions& model, double passing) {
  constexpr int kClasses = 10, kEach = 20;
  Random random(12);
  std::vector<int> classes;
  Vector scores(kClasses * kEach);
  for (int i = 0; i < kClasses * kEach; ++i) {
    classes.push_back(i / kEach);
    scores(i) = (i % kEach < std::lround(passing * kEach) ? 2 : 0) + random.uniform();
  }
  const Index columns = model.own.logits.cols();
  model.hidden_classes = {
      model.own,
      predictions_of(model.spec, 2, Matrix::Constant(scores.size(), columns, -2), {scores, scores},
                     classes),
      in_turn(kPictures)};
}

TEST(Select, TakesTheFewestOfRelatedAndUnrelatedPicturesTogether) {
  Case it({{.passing = 0.6}, {.passing = 0}, {.passing = 0.7}, {.passing = 0.1}});
  for (const std::size_t m : {0, 1, 2, 3}) hide_classes(it.models[m], m == 3 ? 0.3 : 0.9);
  EXPECT_EQ(it.recommended(), "labels+background max_probability");
  const Selection selection = it.selection();
  EXPECT_NEAR(selection.recommended().related->value, 0.3, 1e-9);
  EXPECT_NEAR(selection.scores()[1][0].related->value, 0.9, 1e-9);
  EXPECT_LT(selection.recommended().related->low, 0.3);
}

// Where classes can be hidden from some models, one that has none to hide labels everything.
TEST(Select, AModelWithoutHiddenClassesCountsAsLabellingAll) {
  Case it({{.passing = 0.1}, {.passing = 0.3}});
  hide_classes(it.models[1], 0.6);
  EXPECT_EQ(it.recommended(), "classes+none max_probability");
}

TEST(Select, WithoutBackgroundHiddenClassesAloneChoose) {
  Case it({{}, {}}, false);
  hide_classes(it.models[0], 0.8);
  hide_classes(it.models[1], 0.2);
  EXPECT_EQ(it.recommended(), "labels max_probability");
  EXPECT_FALSE(it.selection().recommended().estimate);
}

TEST(Select, OfModelsThatCantBeToldApartTakesOneThatMeasuresDistance) {
  Case it({{.passing = 0.6}, {.passing = 0.1}, {.passing = 0.6}, {.passing = 0.105}});
  EXPECT_EQ(it.recommended(), "classes+none max_probability");
  it.models[3].spec.head = head::HeadKind::kRbf;
  EXPECT_EQ(it.recommended(), "labels+background max_probability");
  Case worse({{.passing = 0.6}, {.passing = 0.1}, {.passing = 0.6}, {.passing = 0.3}});
  worse.models[3].spec.head = head::HeadKind::kRbf;
  EXPECT_EQ(worse.recommended(), "classes+none max_probability");
}

// Of the background 50 rows are unsorted pictures, all of which pass, and none of the others.
TEST(Select, UnlabelledPicturesTakeThePlaceOfHiddenClasses) {
  Case it({{.passing = 0.6}, {.passing = 0.25}});
  for (ModelPredictions& model : it.models) {
    hide_classes(model, 0.9);
    model.held_out->unlabelled.assign(kBackground, false);
    std::fill_n(model.held_out->unlabelled.begin(), 50, true);
  }
  const Recommendation found = it.selection().recommended();
  EXPECT_EQ(found.model, 1u);
  EXPECT_DOUBLE_EQ(found.related->value, 1);
  EXPECT_DOUBLE_EQ(found.estimate->value, 0);
  EXPECT_LT(found.related->low, 0.95);
  EXPECT_GT(found.related->low, 0.9);
  // A few that somebody corrected say nothing about those to come.
  for (ModelPredictions& model : it.models) {
    std::fill_n(model.held_out->unlabelled.begin() + 19, 31, false);
  }
  EXPECT_NEAR(it.selection().recommended().related->value, 0.9, 0.02);
}

TEST(Select, EstimatesEachScoreOnHeldOutClusters) {
  const Case it({{.passing = 0.6, .passing_by_energy = 0.25}, {.passing = 0.3}});
  const Selection selection = it.selection();
  ASSERT_EQ(selection.scores().size(), 2u);
  ASSERT_EQ(selection.scores()[0].size(), 2u);
  EXPECT_EQ(selection.scores()[0][1].kind, ood::ScoreKind::kEnergy);
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

TEST(Select, TheThresholdIsForTheAim) {
  const Case it({{.passing = 0.6}, {.passing = 0.3}});
  const Recommendation keep = it.selection().recommended();
  EXPECT_EQ(keep.aim.text(), "keep=0.95");
  EXPECT_GE(keep.kept.value, 0.95);
  EXPECT_DOUBLE_EQ(keep.estimate->value, 0.3);
  const Recommendation half = it.selection({.aim = metrics::parse_aim("keep=0.5")}).recommended();
  EXPECT_GE(half.kept.value, 0.5);
  EXPECT_LT(half.kept.value, 0.52);
  EXPECT_GT(half.threshold.value, keep.threshold.value);
  EXPECT_EQ(half.model, keep.model);  // the aim moves the threshold, not the selection
}

TEST(Select, ComparesScoresWhereTheAimKeepsAsManyRightPredictions) {
  const Case it({{.passing = 0.6}, {.passing = 0.3}});
  const Selection half = it.selection({.aim = metrics::parse_aim("keep=0.5")});
  EXPECT_EQ(half.aim().compared_at().share, 0.5);
  const Recommendation& recommended = half.recommended();
  EXPECT_EQ(half.scores()[recommended.model][half.recommended_score()].threshold,
            recommended.threshold.value);
  EXPECT_EQ(it.selection({.aim = metrics::parse_aim("f1")}).aim().compared_at(), metrics::Keep{});
}

TEST(Select, LabelsOfPicturesWithoutALabelAreWrong) {
  // A quarter of the pictures carries no label, and the model is as sure of them as of the others.
  Case it(std::vector<Like>{{}}, false);
  for (std::size_t i = 0; i < kPictures; i += 4) it.labels[i].clear();
  it.models[0].spec = train::label_models(false)[0];
  it.results[0].in_domain.labels.emplace();
  const Recommendation found =
      it.selection({.aim = metrics::parse_aim("precision=0.9")}).recommended();
  double given = 0, right = 0;
  for (std::size_t i = 0; i < kPictures; ++i) {
    if (it.models[0].own.scores[0](static_cast<Index>(i)) < found.threshold.value) continue;
    ++given;
    right += !it.labels[i].empty() && it.models[0].own.best[i] == it.labels[i][0];
  }
  ASSERT_GT(given, 0);
  EXPECT_DOUBLE_EQ(found.precision.value, right / given);
  EXPECT_EQ(found.reachable, right / given >= 0.9);
  EXPECT_LT(found.kept.value, 0.5);
}

// The heads that know all background have another scale than those from which some was held out.
TEST(Select, BackgroundIsMeasuredByTheHeadsThatItWasHeldOutFrom) {
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

// Of labels too only paired replicates tell whether one is behind.
TEST(Select, LeavesAModelThatRanksSignificantlyWorse) {
  Case it({{.passing = 0.6}, {.passing = 0}, {.passing = 0.7}, {.passing = 0}});
  it.models = {it.models[2], it.models[3]};
  it.results = {it.results[2], it.results[3]};
  for (ModelResult& model : it.results) {  // wide intervals, that overlap
    model.in_domain.labels.emplace();
    model.in_domain.labels->macro_map = {0.9, 0.1, 1};
  }
  EXPECT_EQ(it.recommended(), "labels+background max_probability");
  // The second ranks each twentieth picture worse, and no picture better.
  Predictions& own = it.models[1].own;
  Matrix logits = own.logits;
  for (Index i = 0; i < 180; i += 20) logits(i, i % 2) = -4;
  own = predictions_of(it.models[1].spec, 2, logits, own.scores, own.group_of_row);
  EXPECT_EQ(it.recommended(), "labels max_probability");
}

// The first passes less background where nearly all right predictions are kept, the second where
// half of them are: each aim takes the one that serves it.
TEST(Select, PrecisionAndCostChooseTheModelToo) {
  Case it({{.right = 1, .passing = 0}, {.right = 1, .passing = 0}});
  const auto passes = [&](std::size_t m, double from, double to) {  // own scores lie in 1–2
    auto& scores = it.models[m].held_out->background.scores;
    for (Index i = 0; i < kBackground; ++i) scores[0](i) = scores[1](i) = i % 10 ? from : to;
  };
  passes(0, 0, 3);    // 10 %, above everything
  passes(1, 1.2, 0);  // 90 %, below most
  EXPECT_EQ(it.recommended(), "classes max_probability");
  const auto with = [&](const char* aim) {
    return it.models[it.selection({.aim = metrics::parse_aim(aim)}).recommended().model].spec.name;
  };
  EXPECT_EQ(with("precision=0.99"), "classes+none");
  EXPECT_EQ(with("cost:wrong=1:none=0.05"), "classes+none");
  EXPECT_EQ(with("cost:wrong=1:none=5"), "classes");
}

// Of class 0 the scores are in 1–2, of class 1 in 11–12: one threshold would be of class 0 alone.
TEST(Select, KeepsAShareOfEachClassAtAThresholdOfItsOwn) {
  Case it({{.passing = 0.6}, {.passing = 0.3}});
  for (ModelPredictions& model : it.models) {
    for (Predictions* of : {&model.own, &model.held_out->own, &model.held_out->background}) {
      for (Vector& scores : of->scores) {
        for (Index i = 0; i < scores.size(); ++i) {
          if (of->best[static_cast<std::size_t>(i)] == 1) scores(i) += 10;
        }
      }
    }
  }
  const Selection selection = it.selection({.aim = metrics::parse_aim("keep-each=0.9")});
  const Recommendation& found = selection.recommended();
  ASSERT_EQ(found.each_class.size(), 2u);
  EXPECT_LT(found.each_class[0].threshold.value, 2);
  EXPECT_GT(found.each_class[1].threshold.value, 11);
  EXPECT_EQ(found.threshold.value, found.each_class[0].threshold.value);
  const Predictions& own = it.models[found.model].own;
  const Indicator passes = accepted(selection, own);
  for (int c = 0; c < 2; ++c) {
    double right = 0, kept = 0;
    for (std::size_t i = 0; i < own.rows(); ++i) {
      if (own.best[i] != c || it.labels[i].front() != c) continue;
      ++right;
      kept += passes(static_cast<Index>(i));
    }
    const auto& of_class = found.each_class[static_cast<std::size_t>(c)];
    EXPECT_EQ(of_class.right, right);
    EXPECT_DOUBLE_EQ(of_class.kept.value, kept / right);
    EXPECT_GE(kept, 0.9 * right);
    EXPECT_LT(kept - 1, 0.9 * right);
    EXPECT_LT(of_class.kept.low, of_class.kept.value);
  }
  EXPECT_GE(found.kept.value, 0.9);
  EXPECT_LT(found.kept.low, found.kept.value);
  EXPECT_DOUBLE_EQ(found.answered.value, static_cast<double>(passes.sum()) / kPictures);
  // 0.3 of the background passes, which is all of class 0 by its scores of −2 alike.
  EXPECT_NEAR(found.estimate->value, 0.3, 1e-9);
  EXPECT_EQ(labelled_at(thresholds_of(found), own, 0, 1).value, found.answered.value);
}

// A class that is never predicted right asks for the highest probability that there is.
TEST(Select, OfAClassWithoutRightPredictionsNothingIsKept) {
  Case it(std::vector<Like>{{}}, false);
  for (std::size_t i = 0; i < kPictures; ++i) it.labels[i] = {0};
  const Selection selection = it.selection({.aim = metrics::parse_aim("keep-each=0.9")});
  EXPECT_EQ(selection.recommended().each_class[1].threshold.value, 1);
  EXPECT_EQ(selection.recommended().each_class[1].right, 0);
}

TEST(Select, SetThresholdsAreOfTheRecommendedModel) {
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

TEST(Select, NeedsAModel) { EXPECT_THROW(select({}, {}, {}, {}), std::invalid_argument); }

}  // namespace
}  // namespace oneormany::evaluate
