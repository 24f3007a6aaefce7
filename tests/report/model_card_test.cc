#include "report/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/gates.h"
#include "tests/model/model_case.h"

namespace oneormany::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ModelCard, TellsWhatTheScoreOfBothGatesIs) {
  constexpr int kRight = 1000;
  constexpr double kThreshold = 0.05;
  model::Model model;
  model.problem = data::Problem::kOneClass;
  model.rule = {.score = ood::ScoreKind::kBothGates, .aim = {}, .thresholds = {kThreshold}};
  for (int i = 0; i < kRight; ++i) {
    model.rule.probabilities.push_back(0.5 + 0.4 * i / kRight);
    model.rule.nearnesses.push_back(-1 + 0.5 * i / kRight);
  }
  EXPECT_THAT(rule_text(model),
              AllOf(HasSubstr("its highest probability is 0.5"), HasSubstr("share, from 0 to 1"),
                    HasSubstr("0.05, gives up 5 % of them as not probable enough, and 1 % as not "
                              "near enough.")));
  // Which is true.
  const evaluate::BothGates gates(model.rule.probabilities, model.rule.nearnesses);
  int improbable = 0, far = 0;
  for (int i = 0; i < kRight; ++i) {
    improbable += gates.of(model.rule.probabilities[i], model.rule.nearnesses.back()) < kThreshold;
    far += gates.of(model.rule.probabilities.back(), model.rule.nearnesses[i]) < kThreshold;
  }
  EXPECT_NEAR(improbable, 50, 1);
  EXPECT_NEAR(far, 10, 1);
}

TEST(ModelCard, TellsWhatOtherScoresAre) {
  model::Model model;
  model.problem = data::Problem::kOneClass;
  model.rule = {.aim = {}, .thresholds = {0.5}};
  EXPECT_THAT(rule_text(model), testing::EndsWith("is its highest probability."));
  model.calibration.method = metrics::CalibrationMethod::kPlatt;
  EXPECT_THAT(rule_text(model), HasSubstr("highest probability before calibration"));
  model.rule.score = ood::ScoreKind::kKnn;
  EXPECT_THAT(rule_text(model), HasSubstr("The `score` of a prediction is the score \"knn\" ("));
  model.rule.score = ood::ScoreKind::kBothGates;
  model.rule.thresholds = {0.5, 0.25};
  EXPECT_THAT(rule_text(model), HasSubstr("whichever is less."));
}

std::string card(const std::string& licence) {
  return model_card({model::a_model(), std::string(64, 'b')}, licence);
}

TEST(ModelCard, NamesTheLicenceAsTheHubDoes) {
  EXPECT_THAT(card("BSD-3-Clause"), AllOf(HasSubstr("\nlicense: bsd-3-clause\n"),
                                          HasSubstr("| its licence | BSD-3-Clause |")));
  EXPECT_THAT(card(""), AllOf(HasSubstr("\nlicense: unknown\n"), HasSubstr("| not known |")));
  // One line of YAML, whatever a file's metadata say.
  EXPECT_THAT(card("AGPL-3.0 License (https://ultralytics.com/license)"),
              HasSubstr("\nlicense: other\n"
                        "license_name: \"AGPL-3.0 License (https://ultralytics.com/license)\"\n"));
  EXPECT_THAT(card("my: \"own\"\n---"),
              HasSubstr("\nlicense_name: \"my: \\\"own\\\"\uFFFD---\"\n"));
}

}  // namespace
}  // namespace oneormany::report
