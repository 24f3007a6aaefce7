#include "evaluate/answers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "tests/simulated.h"

namespace oneormany::evaluate {
namespace {

/// 40 pictures of two classes and 260 of none; the model is mostly right, and labels some of none.
struct Simulated {
  Pile pile;
  std::vector<std::vector<int>> truth;

  explicit Simulated(std::uint64_t seed = 3) {
    Random random(seed);
    for (int i = 0; i < 300; ++i) {
      const bool of_class = i < 40;
      Pile::Picture picture{.file = std::to_string(i) + ".png", .best = random.below(2)};
      picture.score = random.normal() + (of_class ? 2 : -1);
      // The heads from which it was held out have another scale.
      picture.held_out = i % 3 == 0;
      if (picture.held_out) picture.score += 5;
      picture.probability = normal_below(picture.score);
      pile.pictures.push_back(picture);
      truth.emplace_back();
      if (of_class) {
        truth.back() = {random.uniform() < 0.9 ? picture.best : 1 - picture.best};
      }
    }
    for (int i = 0; i < 500; ++i) {
      pile.right.push_back(2 + random.normal());
      pile.right_held_out.push_back(7 + random.normal());
    }
    std::sort(pile.right.rbegin(), pile.right.rend());
    std::sort(pile.right_held_out.rbegin(), pile.right_held_out.rend());
    pile.threshold = pile.right[474];  // 475 of 500
  }

  std::vector<Answer> answers(const std::vector<AskedPicture>& asked) const {
    std::vector<Answer> found;
    for (const AskedPicture& one : asked) {
      found.push_back({one.picture, truth[one.picture], one.stratum, one.stands_for});
    }
    return found;
  }
};

const std::vector<std::string> kNames{"wren", "robin"};

TEST(DrawToAsk, DrawsWhatWasAskedForFromStrataOfScores) {
  const Simulated simulated;
  const std::vector<AskedPicture> asked = draw_to_ask(simulated.pile, kNames, 50, 1);
  ASSERT_EQ(asked.size(), 50u);
  std::map<int, double> stands_for;
  std::map<int, bool> labelled;
  std::vector<std::size_t> pictures;
  for (const AskedPicture& one : asked) {
    pictures.push_back(one.picture);
    stands_for[one.stratum] += one.stands_for;
    const auto [side, _] = labelled.try_emplace(one.stratum, one.labelled);
    EXPECT_EQ(side->second, one.labelled) << "a stratum lies on one side of the threshold";
    EXPECT_EQ(one.file, simulated.pile.pictures[one.picture].file);
    EXPECT_EQ(one.prediction,
              kNames[static_cast<std::size_t>(simulated.pile.pictures[one.picture].best)]);
  }
  std::sort(pictures.begin(), pictures.end());
  EXPECT_EQ(std::unique(pictures.begin(), pictures.end()), pictures.end());
  double sum = 0;
  for (const auto& [stratum, of] : stands_for) {
    EXPECT_NEAR(of, std::round(of), 1e-9) << stratum;
    sum += of;
  }
  EXPECT_NEAR(sum, 300, 1e-9);
  EXPECT_GE(stands_for.size(), 4u);
  // Those that get a label are drawn more often.
  double above = 0, above_drawn = 0;
  for (const AskedPicture& one : asked) {
    if (!one.labelled) continue;
    above += one.stands_for;
    ++above_drawn;
  }
  EXPECT_GT(above_drawn / above, 1.5 * (50 - above_drawn) / (300 - above));
}

TEST(DrawToAsk, TheSeedDecidesAndTheOrderIsRandom) {
  const Simulated simulated;
  const auto pictures = [&](std::uint64_t seed) {
    std::vector<std::size_t> of;
    for (const auto& one : draw_to_ask(simulated.pile, kNames, 50, seed)) of.push_back(one.picture);
    return of;
  };
  EXPECT_EQ(pictures(1), pictures(1));
  EXPECT_NE(pictures(1), pictures(2));
  std::vector<int> strata;
  for (const auto& one : draw_to_ask(simulated.pile, kNames, 50, 1)) strata.push_back(one.stratum);
  EXPECT_FALSE(std::is_sorted(strata.begin(), strata.end()));
}

TEST(DrawToAsk, TakesAllWhereThereAreNoMore) {
  Simulated simulated;
  simulated.pile.pictures.resize(30);
  const std::vector<AskedPicture> asked = draw_to_ask(simulated.pile, kNames, 50, 1);
  EXPECT_EQ(asked.size(), 30u);
  for (const AskedPicture& one : asked) EXPECT_EQ(one.stands_for, 1);
  simulated.truth.resize(30);  // all of the classes
  const Answers found = evaluate_answers(simulated.pile, simulated.answers(asked));
  EXPECT_EQ(found.none.value, 0);
  EXPECT_EQ(found.none.high, 0);  // nothing is left to be unsure of
}

TEST(DrawToAsk, AnyPileCanBeDrawnFrom) {
  for (const std::size_t size : {1u, 2u, 7u, 12u, 300u}) {
    for (const double threshold : {-1e3, 0.0, 1e3}) {  // all get a label, some do, none does
      Simulated simulated;
      simulated.pile.pictures.resize(size);
      simulated.pile.threshold = threshold;
      const auto asked = draw_to_ask(simulated.pile, kNames, 10, 1);
      EXPECT_EQ(asked.size(), std::min<std::size_t>(size, 10)) << threshold;
      const Answers found = evaluate_answers(simulated.pile, simulated.answers(asked));
      EXPECT_EQ(found.pile, size);
    }
  }
}

/// The same shares, by counting all pictures.
struct Truth {
  double none = 0, wrong_of_pile = 0, wrong = 0, none_given = 0, right_given = 0;
};

Truth truth_of(const Simulated& simulated) {
  double none = 0, given = 0, wrong = 0, none_given = 0, right = 0;
  const double held_out = simulated.pile.right_held_out[474];
  for (std::size_t i = 0; i < simulated.truth.size(); ++i) {
    const Pile::Picture& picture = simulated.pile.pictures[i];
    const auto& labels = simulated.truth[i];
    const bool labelled = picture.score >= (picture.held_out ? held_out : simulated.pile.threshold);
    const bool is_right = !labels.empty() && labels[0] == picture.best;
    none += labels.empty();
    given += labelled;
    wrong += labelled && !is_right;
    none_given += labelled && labels.empty();
    right += labelled && is_right;
  }
  const auto n = static_cast<double>(simulated.truth.size());
  return {none / n, wrong / n, wrong / given, none_given / none, right / (n - none)};
}

// 200 draws of 50: on average the estimates are the truth, and 95 % of the intervals hold it.
// (Fewer than 182 of 200 were one time in 500.)
TEST(Answers, AreUnbiasedAndTheirIntervalsHold) {
  const Simulated simulated;
  const Truth truth = truth_of(simulated);
  Truth mean;
  std::map<std::string, int> hold;
  constexpr int kTimes = 100;
  for (int seed = 1; seed <= kTimes; ++seed) {
    const auto asked = draw_to_ask(simulated.pile, kNames, 50, static_cast<std::uint64_t>(seed));
    const Answers found = evaluate_answers(simulated.pile, simulated.answers(asked));
    const auto take = [&](const char* name, const Measured& measured, double right, double& to) {
      to += measured.value / kTimes;
      hold[name] += measured.low <= right + 1e-9 && right <= measured.high + 1e-9;
    };
    const Answers::AtThreshold& at = found.recommended;
    take("none", found.none, truth.none, mean.none);
    take("wrong of pile", at.wrong_of_pile, truth.wrong_of_pile, mean.wrong_of_pile);
    take("wrong", *at.wrong, truth.wrong, mean.wrong);
    take("none given", *at.none_given, truth.none_given, mean.none_given);
    take("right given", *at.right_given, truth.right_given, mean.right_given);
  }
  EXPECT_NEAR(mean.none, truth.none, 0.006);
  EXPECT_NEAR(mean.wrong_of_pile, truth.wrong_of_pile, 0.003);
  EXPECT_NEAR(mean.wrong, truth.wrong, 0.012);
  EXPECT_NEAR(mean.none_given, truth.none_given, 0.004);
  EXPECT_NEAR(mean.right_given, truth.right_given, 0.05);  // a ratio
  for (const auto& [name, times] : hold) EXPECT_GE(times, 88) << name;
}

TEST(Answers, CountEachForItsStratum) {
  Pile pile;
  for (int i = 0; i < 4; ++i)
    pile.pictures.push_back({.file = "", .best = 0, .score = i < 2 ? 1.0 : -1.0});
  pile.right = {2, 1, 0};
  // Two drawn of eight that get a label, two of twelve that don't.
  const Answers found = evaluate_answers(pile, {{0, std::vector<int>{0}, 1, 4},
                                                {1, std::vector<int>{}, 1, 4},
                                                {2, std::vector<int>{1}, 2, 6},
                                                {3, std::vector<int>{}, 2, 6}});
  EXPECT_EQ(found.pile, 20u);
  EXPECT_EQ(found.answered, 4u);
  EXPECT_DOUBLE_EQ(found.none.value, 10.0 / 20);
  const Answers::AtThreshold& at = found.recommended;
  EXPECT_DOUBLE_EQ(at.given, 0.5);  // of the four that are known here
  EXPECT_DOUBLE_EQ(at.wrong_of_pile.value, 4.0 / 20);
  EXPECT_DOUBLE_EQ(at.wrong->value, 4.0 / 8);
  EXPECT_DOUBLE_EQ(at.none_given->value, 4.0 / 10);
  EXPECT_DOUBLE_EQ(at.right_given->value, 4.0 / 10);
  EXPECT_LE(at.wrong_of_pile.high, 8.0 / 20 + 1e-4);  // no others get a label
}

TEST(Answers, ThoseThatAreMissingAreStoodFor) {
  const Simulated simulated;
  const auto asked = draw_to_ask(simulated.pile, kNames, 50, 1);
  std::vector<Answer> answers = simulated.answers(asked);
  const Answers all = evaluate_answers(simulated.pile, answers);
  for (std::size_t i = 30; i < answers.size(); ++i) answers[i].labels.reset();
  const Answers some = evaluate_answers(simulated.pile, answers);
  EXPECT_EQ(some.asked, 50u);
  EXPECT_EQ(some.answered, 30u);
  EXPECT_EQ(some.pile, 300u);
  EXPECT_GT(some.none.high - some.none.low, all.none.high - all.none.low);
  // None of a whole stratum: its neighbour stands for it.
  answers = simulated.answers(asked);
  for (Answer& one : answers) {
    if (one.stratum <= 2) one.labels.reset();
  }
  EXPECT_EQ(evaluate_answers(simulated.pile, answers).pile, 300u);
}

TEST(Answers, ThresholdsAreComparedAndTheOneWithFewWrongIsFound) {
  const Simulated simulated;
  const Answers found = evaluate_answers(
      simulated.pile, simulated.answers(draw_to_ask(simulated.pile, kNames, 300, 1)));
  ASSERT_EQ(found.thresholds.size(), 4u);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_GT(found.thresholds[i].threshold, found.thresholds[i - 1].threshold);
    EXPECT_LE(found.thresholds[i].given, found.thresholds[i - 1].given);
  }
  EXPECT_DOUBLE_EQ(found.recommended.given, found.thresholds[1].given);
  ASSERT_TRUE(found.few_wrong);
  EXPECT_LE(found.few_wrong->wrong->value, 0.05);
  EXPECT_LT(found.few_wrong->kept, 0.95);
}

}  // namespace
}  // namespace oneormany::evaluate
