#include "evaluate/false_accepts.h"

#include <gmock/gmock.h>

#include <array>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::SizeIs;

const std::vector<ClassCount> kClasses{{"cat", 20}, {"dog", 20}};
const std::vector<fs::path> kFiles{"a.png", "b.png", "c.png", "d.png"};

using Rows = std::vector<std::array<double, 2>>;  // the probabilities of cat and dog

Predictions predicted(const train::ModelSpec& spec, const Rows& rows,
                      const std::vector<int>& groups) {
  Matrix logits(static_cast<Index>(rows.size()), 2);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    logits.row(static_cast<Index>(i)) << logit(rows[i][0]), logit(rows[i][1]);
  }
  return predictions(spec, 2, logits, groups);
}

/// Two label models that are right about every picture in domain, with probabilities from 0.6 to
/// 0.99. The second one's threshold is 0.62.
struct LabelModels {
  std::vector<ModelPredictions> models;
  std::vector<ModelResult> results;
  Labels labels = in_turn(40);

  LabelModels() {
    Rows rows;
    for (int i = 0; i < 40; ++i) {
      rows.push_back({0.6 + 0.01 * i, 0.1});
      if (i % 2) std::swap(rows.back()[0], rows.back()[1]);
    }
    const train::ModelSpec spec = train::label_models(false)[0];
    models.assign(2, model_of(spec, predicted(spec, rows, alone(40))));
    results.assign(2, in_domain(models[0], labels));
    for (ModelResult& one : results) one.unseen.emplace().threshold = 0.62;
  }

  /// Of heads that predict this: rows of the first head, then of the second.
  std::vector<FalseAccept> false_accepts(const Rows& recommended, const Rows& other,
                                         const std::string& aim = "keep=0.95",
                                         const std::vector<int>& groups = {0, 1, 2, 3},
                                         std::size_t most = 10) const {
    const Selection selection = select(models, results, labels, {.aim = metrics::parse_aim(aim)});
    EXPECT_EQ(selection.recommended().model, 0u);
    return find_false_accepts(
        selection, results,
        {predicted(models[0].spec, recommended, groups), predicted(models[1].spec, other, groups)},
        kFiles, kClasses, most);
  }
};

std::vector<std::string> names(const std::vector<FalseAccept>& false_accepts) {
  std::vector<std::string> found;
  for (const FalseAccept& one : false_accepts) found.push_back(one.file.string());
  return found;
}

const Rows kQuiet(4, {0.1, 0.1});

TEST(FalseAccepts, ThoseOfTheRecommendedModelComeFirstTheMostConfidentFirst) {
  const auto found = LabelModels().false_accepts({{0.1, 0.1}, {0.7, 0.1}, {0.1, 0.9}, {0.3, 0.1}},
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

TEST(FalseAccepts, HeadsPredictTogether) {
  // Two heads: of a.png one is sure and the other isn't, of b.png both name another class.
  const auto found = LabelModels().false_accepts({{0.99, 0.1},
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

TEST(FalseAccepts, AreLabelledAtTheRecommendedThreshold) {
  const Rows unseen{{0.8, 0.1}, {0.95, 0.1}, {0.7, 0.1}, {0.1, 0.1}};
  EXPECT_THAT(names(LabelModels().false_accepts(unseen, kQuiet)),
              ElementsAre("b.png", "a.png", "c.png"));
  // Half of the right predictions lie above 0.8: others than those at 95 % would be listed too.
  EXPECT_THAT(names(LabelModels().false_accepts(unseen, kQuiet, "keep=0.4")), ElementsAre("b.png"));
  // The other model has no threshold but the one that it is compared at.
  EXPECT_THAT(names(LabelModels().false_accepts(kQuiet, unseen, "keep=0.4")),
              ElementsAre("a.png", "b.png", "c.png"));
}

TEST(FalseAccepts, OfExactCopiesTheFirstIsEnough) {
  const Rows unseen(4, {0.9, 0.1});
  EXPECT_THAT(names(LabelModels().false_accepts(unseen, kQuiet, "keep=0.95", {0, 1, 0, 1})),
              ElementsAre("a.png", "b.png"));
}

TEST(FalseAccepts, AreNoMoreThanAskedFor) {
  const Rows unseen{{0.8, 0.1}, {0.95, 0.1}, {0.7, 0.1}, {0.9, 0.1}};
  EXPECT_THAT(names(LabelModels().false_accepts(unseen, kQuiet, "keep=0.95", {0, 1, 2, 3}, 2)),
              ElementsAre("b.png", "d.png"));
  EXPECT_THAT(LabelModels().false_accepts(unseen, kQuiet, "keep=0.95", {0, 1, 2, 3}, 0), SizeIs(0));
}

}  // namespace
}  // namespace oneormany::evaluate
