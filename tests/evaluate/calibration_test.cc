#include "evaluate/calibration.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

TEST(Calibration, LowersTheLogLossOfLogitsThatAreTooSure) {
  for (const bool one_class : {true, false}) {
    const Labels labels = in_turn(300);
    // It says 0.99999, and is right 4 times in 5.
    const train::ModelSpec spec = (one_class ? train::class_models : train::label_models)(false)[0];
    const ModelPredictions model =
        model_of(spec, predictions(spec, 2, logits_of_in_turn(300, 12, 5)));
    std::vector<int> folds;
    for (int i = 0; i < 300; ++i) folds.push_back(i / 10 % 5);
    const CalibrationResult found = evaluate_calibration(model, labels, {folds}, 1);
    ASSERT_FALSE(found.methods.empty());
    EXPECT_EQ(found.methods[0].method, metrics::CalibrationMethod::kNone);
    EXPECT_NE(found.chosen, metrics::CalibrationMethod::kNone);
    const auto chosen = std::find_if(found.methods.begin(), found.methods.end(),
                                     [&](const auto& one) { return one.method == found.chosen; });
    ASSERT_NE(chosen, found.methods.end());
    EXPECT_GT(found.methods[0].log_loss, 1.0);
    // The best that is possible with 4 in 5 has a loss of 0.5.
    EXPECT_NEAR(chosen->log_loss, -0.8 * std::log(0.8) - 0.2 * std::log(0.2), 0.1);
    EXPECT_GT(found.methods[0].ece.value, 0.15);
    EXPECT_LT(chosen->ece.value, 0.1);
    double before = 0, after = 0;
    for (const metrics::ReliabilityBin& bin : found.before) before += bin.count;
    for (const metrics::ReliabilityBin& bin : found.after) after += bin.count;
    EXPECT_EQ(before, 300);  // one prediction a picture, of labels too: each carries one
    EXPECT_EQ(after, before);
  }
}

}  // namespace
}  // namespace oneormany::evaluate
