#include "compare/mistakes.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>

namespace oneormany {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::SizeIs;

const std::vector<std::string> kClasses{"cat", "dog"};
const std::vector<fs::path> kFiles{"a.png", "b.png", "c.png", "d.png"};

double logit(double p) { return std::log(p / (1 - p)); }

/// Of each row the probabilities of cat and dog; the score is the highest of them.
Said said(const ArmSpec& spec, const std::vector<std::array<double, 2>>& rows,
          const std::vector<int>& groups) {
  Matrix logits(static_cast<Index>(rows.size()), 2);
  for (Index i = 0; i < logits.rows(); ++i) {
    for (Index c = 0; c < 2; ++c) {
      logits(i, c) = logit(rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(c)]);
    }
  }
  Said one{logits, answers_of(spec, 2, logits, groups), {}};
  one.scores = {Eigen::Map<const Vector>(one.answers.highest.data(), logits.rows())};
  return one;
}

/// Two label arms that answer every picture in domain right, with probabilities from 0.6 to 0.99.
struct Two {
  std::vector<ArmSaid> arms;
  std::vector<Arm> judged;
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
      ArmSaid arm;
      arm.spec = label_arms(false)[0];
      arm.score_kinds = {ScoreKind::kMaxProbability};
      arm.own = said(arm.spec, rows, groups);
      Arm found;
      found.in_domain =
          judge_in_domain(arm.spec, Problem::kOneClass, arm.own.answers, arm.own.logits, labels, 1);
      found.unseen.emplace().threshold = 0.62;
      arms.push_back(std::move(arm));
      judged.push_back(std::move(found));
    }
  }

  /// Of heads that answer so: rows of the first head, then of the second.
  std::vector<Mistake> mistakes(const std::vector<std::array<double, 2>>& recommended,
                                const std::vector<std::array<double, 2>>& other,
                                const std::string& aim = "keep=0.95",
                                const std::vector<int>& groups = {0, 1, 2, 3},
                                std::size_t most = 10) const {
    const Choices choices = choose(arms, judged, labels, {.aim = parse_aim(aim)});
    EXPECT_EQ(choices.recommended().arm, 0u);
    return find_mistakes(
        choices, judged,
        {said(arms[0].spec, recommended, groups), said(arms[1].spec, other, groups)}, kFiles,
        kClasses, most);
  }
};

std::vector<std::string> names(const std::vector<Mistake>& mistakes) {
  std::vector<std::string> found;
  for (const Mistake& one : mistakes) found.push_back(one.file.string());
  return found;
}

const std::vector<std::array<double, 2>> kQuiet(4, {0.1, 0.1});

TEST(Mistakes, ThoseOfTheRecommendedArmComeFirstTheMostConfidentFirst) {
  const auto found = Two().mistakes({{0.1, 0.1}, {0.7, 0.1}, {0.1, 0.9}, {0.3, 0.1}},
                                    {{0.99, 0.1}, {0.1, 0.1}, {0.1, 0.1}, {0.1, 0.1}});
  EXPECT_THAT(names(found), ElementsAre("c.png", "b.png", "a.png"));  // nobody labels d.png
  ASSERT_THAT(found[0].answers, SizeIs(2));
  EXPECT_EQ(found[0].answers[0].label, "dog");
  EXPECT_NEAR(found[0].answers[0].probability, 0.9, 1e-9);
  EXPECT_TRUE(found[0].answers[0].labelled);
  EXPECT_FALSE(found[0].answers[1].labelled);
  EXPECT_FALSE(found[2].answers[0].labelled);
  EXPECT_TRUE(found[2].answers[1].labelled);
}

TEST(Mistakes, HeadsAnswerTogether) {
  // Two heads: of a.png one is sure and the other isn't, of b.png both name another class.
  const auto found = Two().mistakes({{0.99, 0.1},
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
  EXPECT_EQ(found[0].answers[0].label, "cat");
  EXPECT_NEAR(found[0].answers[0].probability, (0.99 + 0.4) / 2, 1e-9);
}

TEST(Mistakes, AreLabelledAtTheRecommendedThreshold) {
  const std::vector<std::array<double, 2>> unseen{{0.8, 0.1}, {0.95, 0.1}, {0.7, 0.1}, {0.1, 0.1}};
  EXPECT_THAT(names(Two().mistakes(unseen, kQuiet)), ElementsAre("b.png", "a.png", "c.png"));
  // Half of the right answers lie above 0.8: others than those at 95 % would be listed too.
  EXPECT_THAT(names(Two().mistakes(unseen, kQuiet, "keep=0.4")), ElementsAre("b.png"));
  // The other arm has no threshold but the one that it is compared at.
  EXPECT_THAT(names(Two().mistakes(kQuiet, unseen, "keep=0.4")),
              ElementsAre("a.png", "b.png", "c.png"));
}

TEST(Mistakes, OfExactCopiesTheFirstIsEnough) {
  const std::vector<std::array<double, 2>> unseen(4, {0.9, 0.1});
  EXPECT_THAT(names(Two().mistakes(unseen, kQuiet, "keep=0.95", {0, 1, 0, 1})),
              ElementsAre("a.png", "b.png"));
}

TEST(Mistakes, AreNoMoreThanAskedFor) {
  const std::vector<std::array<double, 2>> unseen{{0.8, 0.1}, {0.95, 0.1}, {0.7, 0.1}, {0.9, 0.1}};
  EXPECT_THAT(names(Two().mistakes(unseen, kQuiet, "keep=0.95", {0, 1, 2, 3}, 2)),
              ElementsAre("b.png", "d.png"));
  EXPECT_THAT(Two().mistakes(unseen, kQuiet, "keep=0.95", {0, 1, 2, 3}, 0), SizeIs(0));
}

}  // namespace
}  // namespace oneormany
