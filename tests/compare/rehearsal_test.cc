// The rehearsal: what heads say of kinds of background that were hidden from them.

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <set>

#include "compare/kinds.h"
#include "compare/protocol.h"

namespace oneormany {
namespace {

constexpr int kFolds = 3, kKinds = 12;  // four kinds a fold: as many as the protocol looks for

/// Two classes, and kinds of background, each of which has a feature of its own beside that of a
/// class: whoever knows the kind tells it, whoever doesn't takes it for the class.
LearningData with_kinds(int pictures = 60, int each = 6) {
  std::mt19937_64 engine(11);
  const auto noise = [&] { return 0.05f * static_cast<float>(engine() >> 40) * 0x1p-24f; };
  LearningData data;
  data.classes = 2;
  data.features.resize(pictures, 2 + kKinds);
  data.background.resize(kKinds * each, 2 + kKinds);
  for (float& x : data.features.reshaped()) x = noise();
  for (float& x : data.background.reshaped()) x = noise();
  for (int i = 0; i < pictures; ++i) {
    data.labels.push_back({i % 2});
    data.groups.push_back(i);
    data.features(i, i % 2) += 1;
  }
  for (int i = 0; i < data.background.rows(); ++i) {
    data.background(i, i % 2) += 1;
    data.background(i, 2 + i % kKinds) += 2;
  }
  return data;
}

std::vector<ArmSpec> standard_arms() {
  auto arms = class_arms(true);
  for (const auto& arm : label_arms(true)) arms.push_back(arm);
  return arms;
}

std::vector<ScoreKind> every_score() {
  std::vector<ScoreKind> kinds;
  for (const ScoreInfo& info : all_scores()) kinds.push_back(info.kind);
  return kinds;
}

/// The highest of a class's logits: without what an arm says of "none".
Vector highest(const Matrix& logits) { return logits.leftCols(2).rowwise().maxCoeff(); }

// To a head from which a kind was hidden, its feature is one that no row has: the kind is just what
// pictures of a class are, which are four times as many. The heads that are kept have met every
// kind, and a plane parts each of them from the classes.
TEST(Rehearsal, HidesTheKindsThatAreAskedAbout) {
  LearningData data = with_kinds(300, 6);
  data.features.rightCols(kKinds).setZero();
  auto features = data.background.rightCols(kKinds);
  features = (features.array() > 1).select(MatrixF::Constant(features.rows(), kKinds, 2), 0);
  const Index n = data.background.rows();
  const std::vector<int> found = kinds_of(data.background, 4 * kFolds, 1);
  for (Index i = kKinds; i < n; ++i) {  // else part of a kind would be known
    const auto row = static_cast<std::size_t>(i);
    ASSERT_EQ(found[row], found[row - kKinds]);
  }
  for (const FittedArm& arm : fit_arms(standard_arms(), data, {.folds = kFolds}, [] {})) {
    if (!arm.spec.background) continue;
    const auto says_class = [&](const Matrix& logits, Index row) {
      return highest(logits)(row) > (arm.spec.none_class ? logits(row, 2) : 0);
    };
    const Matrix known = answer(arm, data.background).logits;  // head after head
    const Matrix& hidden = arm.rehearsal.background.logits;
    for (Index kind = 0; kind < kKinds; ++kind) {
      for (Index i = kind; i < n; i += kKinds) {
        EXPECT_TRUE(says_class(hidden, i)) << arm.spec.name << ", kind " << kind;
        for (Index head = 0; head < kFolds; ++head) {
          EXPECT_FALSE(says_class(known, head * n + i)) << arm.spec.name << ", kind " << kind;
        }
      }
    }
    for (Index i = 0; i < data.features.rows(); ++i) {
      EXPECT_TRUE(says_class(arm.own.logits, i)) << arm.spec.name;
      EXPECT_TRUE(says_class(arm.rehearsal.own.logits, i)) << arm.spec.name;
    }
  }
}

// Whatever a hidden kind is like, the head that is asked about it is the same: here it moves, and
// what is said of the pictures in its fold, by the head from which it was hidden, stays. (The kept
// head and those from which other kinds were hidden do learn from it.)
TEST(Rehearsal, TheHeadIsTheSameWhateverTheHiddenKindsAre) {
  const LearningData data = with_kinds();
  constexpr std::uint64_t kSeed = 1;
  const std::vector<int> folds = deal_kinds(kinds_of(data.background, 4 * kFolds, kSeed), kFolds);
  constexpr double kRounding = 1e-5;  // the small network's, in single precision
  LearningData moved = data;
  for (Index i = 0; i < moved.background.rows(); ++i) {
    if (folds[static_cast<std::size_t>(i)] != 0) continue;
    // Now like the other class: no head that knows the row can miss that.
    std::swap(moved.background(i, 0), moved.background(i, 1));
  }
  ASSERT_EQ(deal_kinds(kinds_of(moved.background, 4 * kFolds, kSeed), kFolds), folds);
  std::vector<ArmSpec> specs = standard_arms();
  for (const HeadKind head : {HeadKind::kMlp, HeadKind::kRbf}) {
    specs.push_back(arms_of(standard_losses().back(), head, true).back());
  }
  const ProtocolOptions options{.folds = kFolds, .seeds = {kSeed}, .scores = every_score()};
  const auto before = fit_arms(specs, data, options, [] {});
  const auto after = fit_arms(specs, moved, options, [] {});
  for (std::size_t a = 0; a < specs.size(); ++a) {
    const auto &one = before[a].rehearsal.own, &other = after[a].rehearsal.own;
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
            << specs[a].name << " " << name_of(before[a].score_kinds[s]);
      }
    }
    EXPECT_EQ(others_change, specs[a].background) << specs[a].name;
  }
}

TEST(Rehearsal, OfAnArmWithoutBackgroundIsWhatItSaysAnyway) {
  const LearningData data = with_kinds();
  const ProtocolOptions options{.folds = kFolds, .seeds = {1, 2}, .scores = every_score()};
  for (const FittedArm& arm : fit_arms(standard_arms(), data, options, [] {})) {
    const bool same = arm.rehearsal.own.logits == arm.own.logits;
    EXPECT_NE(same, arm.spec.background) << arm.spec.name;
    if (arm.spec.background) continue;
    EXPECT_EQ(arm.rehearsal.own.scores, arm.own.scores) << arm.spec.name;
    // Its background is answered by the head of the fold that the kind lies in.
    const Matrix all = answer(arm, data.background).logits;
    const Index n = data.background.rows();
    for (Index deal = 0; deal < 2; ++deal) {
      const std::uint64_t seed = options.seeds[static_cast<std::size_t>(deal)];
      const auto folds = deal_kinds(kinds_of(data.background, 4 * kFolds, seed), kFolds);
      for (Index i = 0; i < n; ++i) {
        const Index head = deal * kFolds + folds[static_cast<std::size_t>(i)];
        const auto said = arm.rehearsal.background.logits.row(deal * n + i);
        EXPECT_LT((all.row(head * n + i) - said).cwiseAbs().maxCoeff(), 1e-9)
            << arm.spec.name << " " << i;
      }
    }
  }
}

// Every row is written, and none by two heads: their number is that of the rows, and the folds part
// them. A row that nobody wrote would hold what was in memory.
TEST(Rehearsal, AnswersEveryRowWithEveryScore) {
  const LearningData data = with_kinds();
  const ProtocolOptions options{.folds = kFolds, .seeds = {1, 2, 3}, .scores = every_score()};
  const Index n = data.features.rows(), m = data.background.rows();
  for (const FittedArm& arm : fit_arms(standard_arms(), data, options, [] {})) {
    const std::set kinds(arm.score_kinds.begin(), arm.score_kinds.end());
    EXPECT_EQ(kinds.size(), arm.score_kinds.size()) << arm.spec.name;
    EXPECT_EQ(arm.score_kinds.front(), ScoreKind::kMaxProbability);
    EXPECT_EQ(kinds.contains(ScoreKind::kBackground), arm.spec.background);
    const auto whole = [&](const ArmAnswers& answers, Index rows) {
      ASSERT_EQ(answers.logits.rows(), rows);
      ASSERT_EQ(answers.scores.size(), arm.score_kinds.size());
      EXPECT_TRUE(answers.logits.allFinite());
      EXPECT_LT(answers.logits.cwiseAbs().maxCoeff(), 1e3) << arm.spec.name;
      for (std::size_t s = 0; s < answers.scores.size(); ++s) {
        ASSERT_EQ(answers.scores[s].size(), rows);
        EXPECT_TRUE(answers.scores[s].allFinite()) << name_of(arm.score_kinds[s]);
      }
      // The highest probability can be told from the logits: the rows of both belong together.
      for (Index i = 0; i < rows; ++i) {
        const auto z = answers.logits.row(i).array();
        const double expected = arm.spec.one_class()
                                    ? z.leftCols(2).maxCoeff() - std::log(z.exp().sum())
                                    : -std::log1p(std::exp(-z.maxCoeff()));
        EXPECT_NEAR(answers.scores[0](i), std::exp(expected), 1e-9) << arm.spec.name << " " << i;
      }
    };
    whole(arm.own, 3 * n);
    whole(arm.rehearsal.own, 3 * n);
    whole(arm.rehearsal.background, 3 * m);
    whole(answer(arm, data.background), 3 * kFolds * m);
  }
}

TEST(Rehearsal, HasNoRowsWithoutBackground) {
  LearningData data = with_kinds();
  data.background.resize(0, data.features.cols());
  for (const FittedArm& arm : fit_arms(class_arms(false), data, {.folds = kFolds}, [] {})) {
    EXPECT_EQ(arm.rehearsal.own.logits.rows(), 0);
    EXPECT_EQ(arm.rehearsal.background.logits.rows(), 0);
  }
}

// One kind, or two: of hidden ones some heads then know none at all.
TEST(Rehearsal, IsThereForOnePictureOfBackgroundToo) {
  for (const int rows : {1, 2, 3}) {
    LearningData data = with_kinds();
    data.background = MatrixF(data.background.topRows(rows));
    std::vector<ArmSpec> specs;
    for (const LossInfo& info : all_losses()) {
      specs.push_back(arms_of(parse_loss(info.name), HeadKind::kLinear, true).back());
    }
    const ProtocolOptions options{.folds = kFolds, .scores = every_score()};
    for (const FittedArm& arm : fit_arms(specs, data, options, [] {})) {
      EXPECT_EQ(arm.score_kinds.size(), every_score().size() - (rows < 3 ? 2 : 0));
      EXPECT_TRUE(arm.rehearsal.own.logits.allFinite()) << arm.spec.name << " " << rows;
      EXPECT_TRUE(arm.rehearsal.background.logits.allFinite()) << arm.spec.name << " " << rows;
    }
  }
}

}  // namespace
}  // namespace oneormany
