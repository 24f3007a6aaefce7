// What heads predict for clusters of background that were held out from them.

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "tests/standard_models.h"
#include "tests/train/clouds.h"
#include "train/clusters.h"
#include "train/cross_validation.h"

namespace oneormany::train {
namespace {

constexpr int kFolds = 3, kClusters = 12;  // four a fold: as many as fit_models() looks for

/// Two classes, and clusters of background, each of which has a feature of its own beside that of a
/// class: a head that knows the cluster tells it from the class, any other doesn't.
LearningData with_clusters(int pictures = 60, int each = 6) {
  Random random(11);
  const auto noise = [&] { return static_cast<float>(0.05 * random.uniform()); };
  LearningData data;
  data.classes = 2;
  data.features.resize(pictures, 2 + kClusters);
  data.background.resize(kClusters * each, 2 + kClusters);
  for (float& x : data.features.reshaped()) x = noise();
  for (float& x : data.background.reshaped()) x = noise();
  for (int i = 0; i < pictures; ++i) {
    data.labels.push_back({i % 2});
    data.groups.push_back(i);
    data.features(i, i % 2) += 1;
  }
  for (int i = 0; i < data.background.rows(); ++i) {
    data.background(i, i % 2) += 1;
    data.background(i, 2 + i % kClusters) += 2;
  }
  return data;
}

std::vector<ood::ScoreKind> every_score() {
  std::vector<ood::ScoreKind> kinds;
  for (const ood::ScoreInfo& info : ood::all_scores()) kinds.push_back(info.kind);
  return kinds;
}

/// The highest of the classes' logits, without that of "none".
Vector highest(const Matrix& logits) { return logits.leftCols(2).rowwise().maxCoeff(); }

// To a head from which a cluster was held out, its feature is one that no row has: the cluster is
// just what pictures of a class are, which are four times as many. The heads that are kept have met
// every cluster, and a plane parts each of them from the classes.
TEST(HeldOutClusters, HidesTheClustersThatItPredicts) {
  LearningData data = with_clusters(300, 6);
  data.features.rightCols(kClusters).setZero();
  auto features = data.background.rightCols(kClusters);
  features = (features.array() > 1).select(MatrixF::Constant(features.rows(), kClusters, 2), 0);
  const Index n = data.background.rows();
  const std::vector<int> found = cluster_background(data.background, 4 * kFolds, 1);
  for (Index i = kClusters; i < n; ++i) {  // else part of a cluster would be known
    const auto row = static_cast<std::size_t>(i);
    ASSERT_EQ(found[row], found[row - kClusters]);
  }
  for (const FittedModel& model :
       fit_models(standard_models(), data, {.folds = kFolds}, [](double) {})) {
    if (!model.spec.background) continue;
    const auto is_class = [&](const Matrix& logits, Index row) {
      return highest(logits)(row) > (model.spec.none_class ? logits(row, 2) : 0);
    };
    const Matrix known = predict({model}, data.background)[0].logits;  // head after head
    const Matrix& held_out = model.held_out.background.logits;
    for (Index cluster = 0; cluster < kClusters; ++cluster) {
      for (Index i = cluster; i < n; i += kClusters) {
        EXPECT_TRUE(is_class(held_out, i)) << model.spec.name << ", cluster " << cluster;
        for (Index head = 0; head < kFolds; ++head) {
          EXPECT_FALSE(is_class(known, head * n + i)) << model.spec.name << ", cluster " << cluster;
        }
      }
    }
    for (Index i = 0; i < data.features.rows(); ++i) {
      EXPECT_TRUE(is_class(model.own.logits, i)) << model.spec.name;
      EXPECT_TRUE(is_class(model.held_out.own.logits, i)) << model.spec.name;
    }
  }
}

// Whatever a held-out cluster is like, the head that predicts it is the same: here it moves, and
// what that head predicts for the pictures in the cluster's fold stays. (The kept head and those
// from which other clusters were held out do learn from it.)
TEST(HeldOutClusters, TheHeadIsTheSameWhateverTheClustersAre) {
  const LearningData data = with_clusters();
  constexpr std::uint64_t kSeed = 1;
  const std::vector<int> folds =
      assign_folds(cluster_background(data.background, 4 * kFolds, kSeed), kFolds);
  constexpr double kRounding = 1e-5;  // the small network's, in single precision
  LearningData moved = data;
  for (Index i = 0; i < moved.background.rows(); ++i) {
    if (folds[static_cast<std::size_t>(i)] != 0) continue;
    // Now like the other class: no head that knows the row can miss that.
    std::swap(moved.background(i, 0), moved.background(i, 1));
  }
  ASSERT_EQ(assign_folds(cluster_background(moved.background, 4 * kFolds, kSeed), kFolds), folds);
  std::vector<ModelSpec> specs = standard_models();
  for (const head::HeadKind head : {head::HeadKind::kMlp, head::HeadKind::kRbf}) {
    specs.push_back(models_of(standard_losses().back(), head, true).back());
  }
  const CrossValidationOptions options{.folds = kFolds, .seeds = {kSeed}, .scores = every_score()};
  const auto before = fit_models(specs, data, options, [](double) {});
  const auto after = fit_models(specs, moved, options, [](double) {});
  for (std::size_t a = 0; a < specs.size(); ++a) {
    const auto &one = before[a].held_out.own, &other = after[a].held_out.own;
    bool others_change = false;
    ASSERT_EQ(before[a].folds, after[a].folds);
    for (Index i = 0; i < one.logits.rows(); ++i) {
      if (before[a].folds[0][static_cast<std::size_t>(i)] != 0) {
        others_change =
            others_change || (one.logits.row(i) - other.logits.row(i)).cwiseAbs().maxCoeff() > 1e-3;
        continue;
      }
      EXPECT_LT((one.logits.row(i) - other.logits.row(i)).cwiseAbs().maxCoeff(), kRounding)
          << specs[a].name << " " << i;
      for (std::size_t s = 0; s < one.scores.size(); ++s) {
        EXPECT_NEAR(one.scores[s](i), other.scores[s](i), kRounding)
            << specs[a].name << " " << ood::name_of(before[a].score_kinds[s]);
      }
    }
    EXPECT_EQ(others_change, specs[a].background) << specs[a].name;
  }
}

TEST(HeldOutClusters, OfAModelWithoutBackgroundChangeNothing) {
  const LearningData data = with_clusters();
  const CrossValidationOptions options{.folds = kFolds, .seeds = {1, 2}, .scores = every_score()};
  for (const FittedModel& model : fit_models(standard_models(), data, options, [](double) {})) {
    const bool same = model.held_out.own.logits == model.own.logits;
    EXPECT_NE(same, model.spec.background) << model.spec.name;
    if (model.spec.background) continue;
    EXPECT_EQ(model.held_out.own.scores, model.own.scores) << model.spec.name;
    // Its background is predicted by the head of the fold that the cluster lies in.
    const Matrix all = predict({model}, data.background)[0].logits;
    const Index n = data.background.rows();
    for (Index repeat = 0; repeat < 2; ++repeat) {
      const std::uint64_t seed = options.seeds[static_cast<std::size_t>(repeat)];
      const auto folds =
          assign_folds(cluster_background(data.background, 4 * kFolds, seed), kFolds);
      for (Index i = 0; i < n; ++i) {
        const Index head = repeat * kFolds + folds[static_cast<std::size_t>(i)];
        const auto predictions = model.held_out.background.logits.row(repeat * n + i);
        EXPECT_LT((all.row(head * n + i) - predictions).cwiseAbs().maxCoeff(), 1e-9)
            << model.spec.name << " " << i;
      }
    }
  }
}

// Every row is written, and none by two heads: their number is that of the rows, and the folds part
// them. A row that nobody wrote would hold what was in memory.
TEST(HeldOutClusters, EveryRowHasEveryScore) {
  const LearningData data = with_clusters();
  const CrossValidationOptions options{
      .folds = kFolds, .seeds = {1, 2, 3}, .scores = every_score()};
  const Index n = data.features.rows(), m = data.background.rows();
  for (const FittedModel& model : fit_models(standard_models(), data, options, [](double) {})) {
    const std::set kinds(model.score_kinds.begin(), model.score_kinds.end());
    EXPECT_EQ(kinds.size(), model.score_kinds.size()) << model.spec.name;
    EXPECT_EQ(model.score_kinds.front(), ood::ScoreKind::kMaxProbability);
    EXPECT_EQ(kinds.contains(ood::ScoreKind::kBackground), model.spec.background);
    const auto whole = [&](const RawPredictions& predictions, Index rows) {
      ASSERT_EQ(predictions.logits.rows(), rows);
      ASSERT_EQ(predictions.scores.size(), model.score_kinds.size());
      EXPECT_TRUE(predictions.logits.allFinite());
      EXPECT_LT(predictions.logits.cwiseAbs().maxCoeff(), 1e3) << model.spec.name;
      for (std::size_t s = 0; s < predictions.scores.size(); ++s) {
        ASSERT_EQ(predictions.scores[s].size(), rows);
        EXPECT_TRUE(predictions.scores[s].allFinite()) << ood::name_of(model.score_kinds[s]);
      }
      // The highest probability can be told from the logits: the rows of both belong together.
      for (Index i = 0; i < rows; ++i) {
        const auto z = predictions.logits.row(i).array();
        const double expected = model.spec.one_class()
                                    ? z.leftCols(2).maxCoeff() - std::log(z.exp().sum())
                                    : -std::log1p(std::exp(-z.maxCoeff()));
        EXPECT_NEAR(predictions.scores[0](i), std::exp(expected), 1e-9)
            << model.spec.name << " " << i;
      }
    };
    whole(model.own, 3 * n);
    whole(model.held_out.own, 3 * n);
    whole(model.held_out.background, 3 * m);
    whole(predict({model}, data.background)[0], 3 * kFolds * m);
  }
}

TEST(HeldOutClusters, AreNoneWithoutBackground) {
  LearningData data = with_clusters();
  data.background.resize(0, data.features.cols());
  for (const FittedModel& model :
       fit_models(class_models(false), data, {.folds = kFolds}, [](double) {})) {
    EXPECT_EQ(model.held_out.own.logits.rows(), 0);
    EXPECT_EQ(model.held_out.background.logits.rows(), 0);
  }
}

// One cluster, or two: some heads then know none at all.
TEST(HeldOutClusters, MayBeOfOnePictureOfBackground) {
  for (const int rows : {1, 2, 3}) {
    LearningData data = with_clusters();
    data.background = MatrixF(data.background.topRows(rows));
    std::vector<ModelSpec> specs;
    for (const loss::LossInfo& info : loss::all_losses()) {
      specs.push_back(models_of(loss::parse_loss(info.name), head::HeadKind::kLinear, true).back());
    }
    const CrossValidationOptions options{.folds = kFolds, .scores = every_score()};
    for (const FittedModel& model : fit_models(specs, data, options, [](double) {})) {
      EXPECT_EQ(model.score_kinds.size(), every_score().size() - (rows < 3 ? 1 : 0));
      EXPECT_TRUE(model.held_out.own.logits.allFinite()) << model.spec.name << " " << rows;
      EXPECT_TRUE(model.held_out.background.logits.allFinite()) << model.spec.name << " " << rows;
    }
  }
}

}  // namespace
}  // namespace oneormany::train
