#include "evaluate/keeping.h"

#include <gmock/gmock.h>

#include "tests/evaluate/model_case.h"

namespace oneormany::evaluate {
namespace {

constexpr int kPictures = 200;

/// Predictions of two classes in turn whose scores are of other heights.
Predictions of_heights(double first, double second, std::uint64_t seed) {
  Random random(seed);
  Predictions made = predictions(train::class_models(false)[0], 2, logits_of_in_turn(kPictures, 6));
  for (std::size_t i = 0; i < made.rows(); ++i) {
    made.scores[0](static_cast<Index>(i)) = (made.best[i] ? second : first) + random.uniform();
  }
  return made;
}

double passing(const Keeping& keeping) {
  const auto once = metrics::Times::once(kPictures);
  return keeping.passing(once, once)[0];
}

TEST(Keeping, EachClassLetsPassWhatReachesItsOwnThreshold) {
  const Predictions own = of_heights(0, 10, 1), others = of_heights(-0.5, 9.5, 2);
  const LabelledRows labelled = labelled_rows(own, in_turn(kPictures));
  for (const bool each : {false, true}) {
    const Keeping keeping({.share = 0.9, .each = each}, own, labelled, 0, others,
                          every_row(others));
    ASSERT_EQ(keeping.thresholds().values.size(), each ? 2u : 1u);
    double some = 0;
    for (std::size_t i = 0; i < others.rows(); ++i) {
      some += keeping.thresholds().accepts(others, 0, i);
    }
    EXPECT_DOUBLE_EQ(passing(keeping), some / kPictures) << each;
    const auto counts = passing_of_each(keeping.thresholds(), others, 0,
                                        metrics::clusters_of(std::vector<int>(kPictures, 0)));
    ASSERT_EQ(counts.size(), 1u);
    EXPECT_EQ(counts[0].some, some);
    EXPECT_EQ(counts[0].all, kPictures);
  }
}

// Classes on one scale: no matter which has which threshold, about as much passes.
TEST(Keeping, OnOneScaleBothAreAlike) {
  const Predictions own = of_heights(0, 0, 3), others = of_heights(-0.5, -0.5, 4);
  const LabelledRows labelled = labelled_rows(own, in_turn(kPictures));
  const auto of = [&](bool each) {
    return passing(
        Keeping({.share = 0.9, .each = each}, own, labelled, 0, others, every_row(others)));
  };
  EXPECT_NEAR(of(true), of(false), 0.05);
  EXPECT_GT(of(true), 0.3);
}

// Of some rows only, shares are of these rows.
TEST(Keeping, OfSomeRowsTheShareIsOfThem) {
  const Predictions own = of_heights(0, 10, 5), others = of_heights(0, 8, 6);
  const LabelledRows labelled = labelled_rows(own, in_turn(kPictures));
  std::vector<int> first_class;
  for (int i = 0; i < kPictures; i += 2) first_class.push_back(i);
  const Keeping keeping({.share = 0.9, .each = true}, own, labelled, 0, others, first_class);
  const auto half = metrics::Times::once(kPictures / 2);
  EXPECT_NEAR(keeping.passing(metrics::Times::once(kPictures), half)[0], 0.9, 0.06);
}

}  // namespace
}  // namespace oneormany::evaluate
