// What heads predict for classes that they have not learned.

#include "train/hidden_classes.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "tests/simulated.h"
#include "tests/standard_models.h"
#include "train/cross_validation.h"

namespace oneormany::train {
namespace {

/// Each class has a feature of its own; background has one too.
LearningData classes(int count, int each, int background) {
  Random random(6);
  LearningData data;
  data.classes = count;
  data.features.resize(count * each, count + 2);
  data.background.resize(background, count + 2);
  for (float& x : data.features.reshaped()) x = static_cast<float>(0.3 * random.normal());
  for (float& x : data.background.reshaped()) x = static_cast<float>(0.3 * random.normal());
  for (int i = 0; i < count * each; ++i) {
    data.features(i, i % count) += 2;
    data.labels.push_back({i % count});
    data.groups.push_back(i);
  }
  for (int i = 0; i < background; ++i) data.background(i, count) += 2;
  return data;
}

std::vector<FittedModel> fit(const LearningData& data, const std::vector<ModelSpec>& specs,
                             const CrossValidationOptions& options = {}) {
  return fit_models(specs, data, options, [](double) {});
}

TEST(HiddenClasses, EachClassIsHiddenOnceASeed) {
  for (const int count : {2, 3, 5, 12}) {
    const LearningData data = classes(count, 20, 40);
    for (const std::uint64_t seed : {1, 2}) {
      std::multiset<int> hidden;
      for (const auto& some : hide_in_turn(data, 5, seed)) hidden.insert(some.begin(), some.end());
      EXPECT_EQ(hidden.size(), static_cast<std::size_t>(count));
      EXPECT_EQ(std::set<int>(hidden.begin(), hidden.end()).size(), hidden.size());
    }
  }
}

TEST(HiddenClasses, HeadsKnowNothingOfThem) {
  const LearningData data = classes(4, 30, 60);
  for (const FittedModel& model : fit(data, standard_models(), {.seeds = {1, 2}})) {
    const FittedModel::HiddenClasses& found = model.hidden_classes;
    ASSERT_EQ(found.hidden_pictures.size(), 2u * 120) << model.spec.name;
    ASSERT_EQ(found.hidden.logits.rows(), 2 * 120);
    for (std::size_t i = 0; i < found.hidden_pictures.size(); ++i) {
      const int own = data.labels[static_cast<std::size_t>(found.hidden_pictures[i])][0];
      EXPECT_EQ(found.hidden.logits(static_cast<Index>(i), own),
                -std::numeric_limits<double>::infinity());
      EXPECT_TRUE(std::isfinite(found.hidden.scores[0](static_cast<Index>(i))));
    }
    // The others are still told apart, by heads that didn't see them.
    int right = 0;
    for (std::size_t i = 0; i < found.own_pictures.size(); ++i) {
      Index best = 0;
      found.own.logits.row(static_cast<Index>(i)).head(4).maxCoeff(&best);
      right +=
          static_cast<int>(best) == data.labels[static_cast<std::size_t>(found.own_pictures[i])][0];
    }
    EXPECT_GT(found.own_pictures.size(), 100u);
    EXPECT_GT(right, 0.95 * static_cast<double>(found.own_pictures.size()));
  }
}

TEST(HiddenClasses, OneClassThatIsLeftNeedsBackgroundBesideIt) {
  const LearningData data = classes(2, 30, 60);
  const auto models = fit(data, standard_models());
  for (const FittedModel& model : models) {
    EXPECT_EQ(model.hidden_classes.hidden_pictures.size(), model.spec.background ? 60u : 0u)
        << model.spec.name;
  }
  LearningData one = data;
  for (auto& labels : one.labels) labels.resize(labels[0] == 0 ? 1 : 0);
  one.classes = 1;
  for (const FittedModel& model : fit(one, label_models(true))) {
    EXPECT_TRUE(model.hidden_classes.hidden_pictures.empty());
  }
}

// A picture with labels of both sides is neither of the hidden classes nor of none of them.
TEST(HiddenClasses, PicturesWithLabelsOfBothSidesHaveNoPart) {
  LearningData data = classes(3, 30, 60);
  for (std::size_t i = 0; i < 30; ++i) data.labels[i] = {0, 1, 2};
  for (std::size_t i = 30; i < 40; ++i) data.labels[i] = {};
  const auto models = fit(data, label_models(true));
  for (const FittedModel& model : models) {
    for (const Index i : model.hidden_classes.hidden_pictures) EXPECT_GE(i, 40);
    for (const Index i : model.hidden_classes.own_pictures) EXPECT_GE(i, 30);
  }
}

TEST(HiddenClasses, EveryScoreIsFittedWithoutThem) {
  const LearningData data = classes(3, 30, 90);
  std::vector<ood::ScoreKind> kinds;
  for (const ood::ScoreInfo& info : ood::all_scores()) kinds.push_back(info.kind);
  for (const FittedModel& model : fit(data, class_models(true), {.scores = kinds})) {
    const auto& found = model.hidden_classes;
    ASSERT_EQ(found.hidden.scores.size(), model.score_kinds.size());
    for (std::size_t s = 0; s < found.hidden.scores.size(); ++s) {
      EXPECT_TRUE(found.hidden.scores[s].allFinite()) << ood::name_of(model.score_kinds[s]);
      EXPECT_TRUE(found.own.scores[s].allFinite());
    }
    // A class that nothing is like lies far from those that are known.
    for (std::size_t s = 0; s < model.score_kinds.size(); ++s) {
      if (model.score_kinds[s] != ood::ScoreKind::kKnn) continue;
      EXPECT_LT(found.hidden.scores[s].maxCoeff(), found.own.scores[s].mean());
    }
  }
}

}  // namespace
}  // namespace oneormany::train
