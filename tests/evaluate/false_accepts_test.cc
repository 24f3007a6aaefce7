#include "evaluate/false_accepts.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>

namespace oneormany::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::SizeIs;

const std::vector<std::string> kClasses{"cat", "dog"};
const std::vector<fs::path> kFiles{"a.png", "b.png", "c.png", "d.png"};

double logit(double p) { return std::log(p / (1 - p)); }

/// Of each row the probabilities of cat and dog; the score is the highest of them.
Predictions predictions(const train::ModelSpec& spec,
                        const std::vector<std::array<double, 2>>& rows,
                        const std::vector<int>& groups) {
  Matrix logits(static_cast<Index>(rows.size()), 2);
  for (Index i = 0; i < logits.rows(); ++i) {
    for (Index c = 0; c < 2; ++c) {
      logits(i, c) = logit(rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(c)]);
    }
  }
  Predictions one{logits, probabilities_of(spec, 2, logits, groups), {}};
  one.scores = {Eigen::Map<const Vector>(one.probabilities.highest.data(), logits.rows())};
  return one;
}

/// Two label arms that answer every picture in domain right, with probabilities from 0.6 to 0.99.
struct Two {
  std::vector<ModelPredictions> models;
  std::vector<ModelResult> evaluated;
  std::vector<std::vector<int>> labels;

  Two() {
    std::vector<std::array<double, 2>> rows;
    std::vector<int> groups;
    for (int i = 0; i < 40; ++i) {
      rows.push_back({0.6 + 0.01 * i, 0.1});
      if (i % 2) std::swap(rows.back()[0], rows.back()[1]);
      labels.push_back({i % 2});
      groups.push_back(i);
    }
    for (int a = 0; a < 2; ++a) {
      ModelPredictions model;
      model.spec = train::label_models(false)[0];
      model.score_kinds = {ood::ScoreKind::kMaxProbability};
      model.own = predictions(model.spec, rows, groups);
      ModelResult found;
      found.in_domain = evaluate_in_domain(model.spec, data::Problem::kOneClass,
                                           model.own.probabilities, model.own.logits, labels, 1);
      found.unseen.emplace().threshold = 0.62;
      models.push_back(std::move(model));
      evaluated.push_back(std::move(found));
    }
  }

  /// Of heads that answer so: rows of the first head, then of the second.
  std::vector<FalseAccept> false_accepts(const std::vector<std::array<double, 2>>& recommended,
                                         const std::vector<std::array<double, 2>>& other,
                                         const std::string& aim = "keep=0.95",
                                         const std::vector<int>& groups = {0, 1, 2, 3},
                                         std::size_t most = 10) const {
    const Selection selection = select(models, evaluated, labels, {.aim = metrics::parse_aim(aim)});
    EXPECT_EQ(selection.recommended().model, 0u);
    return find_false_accepts(selection, evaluated,
                              {predictions(models[0].spec, recommended, groups),
                               predictions(models[1].spec, other, groups)},
                              kFiles, kClasses, most);
  }
};

std::vector<std::string> names(const std::vector<FalseAccept>& false_accepts) {
  std::vector<std::string> found;
  for (const FalseAccept& one : false_accepts) found.push_back(one.file.string());
  return found;
}

const std::vector<std::array<double, 2>> kQuiet(4, {0.1, 0.1});

TEST(Mistakes, ThoseOfTheRecommendedArmComeFirstTheMostConfidentFirst) {
  const auto found = Two().false_accepts({{0.1, 0.1}, {0.7, 0.1}, {0.1, 0.9}, {0.3, 0.1}},
                                         {{0.99, 0.1}, {0.1, 0.1}, {0.1, 0.1}, {0.1, 0.1}});
  EXPECT_THAT(names(found), ElementsAre("c.png", "b.png", "a.png"));  // nobody labels d.png
  ASSERT_THAT(found[0].predictions, SizeIs(2));
  EXPECT_EQ(found[0].predictions[0].label, "dog");
  EXPECT_NEAR(found[0].predictions[0].probability, 0.9, 1e-9);
  EXPECT_TRUE(found[0].predictions[0].labelled);
  EXPECT_FALSE(found[0].predictions[1].labelled);
  EXPECT_FALSE(found[2].predictions[0].labelled);
  EXPECT_TRUE(found[2].predictions[1].labelled);
}

TEST(Mistakes, HeadsAnswerTogether) {
  // Two heads: of a.png one is sure and the other isn't, of b.png both name another class.
  const auto found = Two().false_accepts({{0.99, 0.1},
                                          {0.99, 0.1},
                                          {0.1, 0.1},
                                          {0.1, 0.1},
                                          {0.2, 0.1},
                                          {0.4, 0.99},
                                          {0.1, 0.1},
                                          {0.1, 0.1}},
                                         kQuiet);
  // (0.99 + 0.2) / 2 is below any threshold that keeps 95 %; (0.99 + 0.4) / 2 is not.
  ASSERT_THAT(names(found), ElementsAre("b.png"));
  EXPECT_EQ(found[0].predictions[0].label, "cat");
  EXPECT_NEAR(found[0].predictions[0].probability, (0.99 + 0.4) / 2, 1e-9);
}

TEST(Mistakes, AreLabelledAtTheRecommendedThreshold) {
  const std::vector<std::array<double, 2>> unseen{{0.8, 0.1}, {0.95, 0.1}, {0.7, 0.1}, {0.1, 0.1}};
  EXPECT_THAT(names(Two().false_accepts(unseen, kQuiet)), ElementsAre("b.png", "a.png", "c.png"));
  // Half of the right answers lie above 0.8: others than those at 95 % would be listed too.
  EXPECT_THAT(names(Two().false_accepts(unseen, kQuiet, "keep=0.4")), ElementsAre("b.png"));
  // The other arm has no threshold but the one that it is compared at.
  EXPECT_THAT(names(Two().false_accepts(kQuiet, unseen, "keep=0.4")),
              ElementsAre("a.png", "b.png", "c.png"));
}

TEST(Mistakes, OfExactCopiesTheFirstIsEnough) {
  const std::vector<std::array<double, 2>> unseen(4, {0.9, 0.1});
  EXPECT_THAT(names(Two().false_accepts(unseen, kQuiet, "keep=0.95", {0, 1, 0, 1})),
              ElementsAre("a.png", "b.png"));
}

TEST(Mistakes, AreNoMoreThanAskedFor) {
  const std::vector<std::array<double, 2>> unseen{{0.8, 0.1}, {0.95, 0.1}, {0.7, 0.1}, {0.9, 0.1}};
  EXPECT_THAT(names(Two().false_accepts(unseen, kQuiet, "keep=0.95", {0, 1, 2, 3}, 2)),
              ElementsAre("b.png", "d.png"));
  EXPECT_THAT(Two().false_accepts(unseen, kQuiet, "keep=0.95", {0, 1, 2, 3}, 0), SizeIs(0));
}

}  // namespace
}  // namespace oneormany::evaluate
