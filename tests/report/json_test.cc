#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "report/document.h"
#include "report/report.h"
#include "report/verdict.h"
#include "tests/error_in.h"
#include "tests/report/fixture.h"

namespace oneormany::report {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Every number another one, so that a mixed-up field shows.
evaluate::Results distinct_comparison() {
  evaluate::Results c;
  c.data.name = "birds";
  c.data.pictures = 30;
  c.data.classes = {{"jay", 11}, {"owl", 12}};
  c.data.labels_per_picture = {{0, 7}, {1, 22}, {2, 1}};
  c.data.duplicates = 3;
  c.data.skipped = {{"owl/a \"b\".png", "not a picture"}};
  c.data.notes = {"one note"};
  c.data.unseen = 40;
  c.data.unlabelled = {41, 33, 8, {{"pile/1.png", 1, 0.775}}};
  c.data.background = 50;
  c.data.problem = data::Problem::kMultiLabel;
  c.protocol = evaluate::Protocol{.folds = 4,
                                  .seeds = {1, 18446744073709551615U},
                                  .backbone = "net",
                                  .size = 128,
                                  .precision = backbone::Precision::kBf16,
                                  .stages = features::Stages::kLast};
  evaluate::ModelResult model{.name = "labels",
                              .loss = loss::parse_loss("bce_with_logits"),
                              .activation = loss::Activation::kSigmoid,
                              .in_domain = {{0.91, 0.81, 0.99},
                                            {0.92, 0.82, 0.98},
                                            0.31,
                                            0.32,
                                            0.33,
                                            0.34,
                                            {0.01, 0.02, 0.03, 0.04},
                                            {1.01, 1.02, 1.03, 1.04},
                                            std::nullopt},
                              .unseen = evaluate::UnseenResult{{0.05, 0.06, 0.07, 0.08},
                                                               {1.05, 1.06, 1.07, 1.08},
                                                               {0.61, 0.51, 0.71},
                                                               {0.62, 0.52, 0.72},
                                                               {0.63, 0.53, 0.73},
                                                               {0.64, 0.54, 0.74},
                                                               0.875,
                                                               {0.65, 0.55, 0.75},
                                                               {0.66, 0.56, 0.76}},
                              .scores = {},
                              .calibration = {},
                              .in_domain_max = {0.5},
                              .unseen_max = {0.5}};
  c.models = {model, model};
  c.models[1].name = "unjudged";
  c.models[1].unseen.reset();
  c.untrained = {{"classes", "7 pictures carry no label"}};
  c.seconds.features = 1.5;
  c.seconds.heads = 0.25;
  c.seconds.total = 2.125;
  return c;
}

const char* const kInDomain = R"({
  "accuracy": 0.91, "macro_f1": 0.92, "log_loss": 0.31, "brier": 0.32, "ece": 0.33, "map": 0.34,
  "max_probability": {"min": 0.01, "mean": 0.02, "median": 0.03, "max": 0.04},
  "sum_of_probabilities": {"min": 1.01, "mean": 1.02, "max": 1.04},
  "ci95": {"accuracy": [0.81, 0.99], "macro_f1": [0.82, 0.98]}})";

const char* const kUnseen = R"({
  "max_probability": {"min": 0.05, "mean": 0.06, "median": 0.07, "max": 0.08},
  "sum_of_probabilities": {"min": 1.05, "mean": 1.06, "max": 1.08},
  "labelled": {"argmax": 0.61, "at_0.5": 0.62, "at_0.9": 0.63,
               "keeping_95": {"value": 0.64, "ci95": [0.54, 0.74], "threshold": 0.875}},
  "auroc": 0.65, "fpr95": 0.66,
  "ci95": {"argmax": [0.51, 0.71], "at_0.5": [0.52, 0.72], "at_0.9": [0.53, 0.73],
           "auroc": [0.55, 0.75], "fpr95": [0.56, 0.76]}})";

ordered_json expected_report() {
  ordered_json report = ordered_json::parse(R"({
    "format": "oneormany-report-2",
    "data": {"pictures": 30,
             "classes": [{"name": "jay", "count": 11}, {"name": "owl", "count": 12}],
             "labels_per_picture": {"0": 7, "1": 22, "2": 1}, "duplicates": 3,
             "skipped": [{"file": "owl/a \"b\".png", "why": "not a picture"}],
             "test": null, "unseen": 40, "background": 50,
    "unlabelled": {"given": 41, "background": 33, "of_classes": 8,
             "left_out": [{"file": "pile/1.png", "label": "owl", "probability": 0.775}]},
             "background_from": {"own": 0, "built_in": 0, "bank": null, "left_out": [],
                                 "left_out_for_balance": 0}},
    "protocol": {"folds": 4, "seeds": [1, 18446744073709551615], "backbone": "net", "size": 128,
                 "precision": "bf16", "stages": "last", "given_features": null},
    "models": [{"name": "labels", "loss": "bce_with_logits", "activation": "sigmoid", "head": "linear"},
             {"name": "unjudged", "loss": "bce_with_logits", "activation": "sigmoid", "head": "linear"}],
    "recommended": null, "differences": [], "prediction_sets": null, "label_errors": [],
    "asked": [], "answers": null,
    "untrained_models": [{"name": "classes", "why": "7 pictures carry no label"}],
    "notes": ["one note"],
    "verdict": null,
    "seconds": {"features": 1.5, "heads": 0.25, "total": 2.125}})");
  for (auto& model : report["models"]) model["in_domain"] = ordered_json::parse(kInDomain);
  for (auto& model : report["models"]) model["test"] = nullptr;
  report["models"][0]["unseen"] = ordered_json::parse(kUnseen);
  report["models"][1]["unseen"] = nullptr;
  for (auto& model : report["models"]) {
    model["scores"] = ordered_json::array();
    model["used"] = nullptr;
    model["calibration"] = nullptr;
  }
  return report;
}

/// The verdict's words are tested elsewhere.
void expect_report(const evaluate::Results& c, ordered_json expected) {
  expected["verdict"] = fmt::format("{}", fmt::join(verdict(c).paragraphs(), "\n\n"));
  EXPECT_EQ(json_report(c), expected.dump(2) + "\n");
}

TEST(JsonReport, HasEveryKeyAndValueInTheirOrder) {
  expect_report(distinct_comparison(), expected_report());
}

/// Two labels, one of which nobody carries.
evaluate::LabelResults distinct_labels() {
  evaluate::LabelResults labels{
      .macro_map = {0.41, 0.31, 0.51},
      .micro_map = {0.42, 0.32, 0.52},
      .micro_f1 = {0.43, 0.33, 0.53},
      .tuned =
          evaluate::LabelResults::Tuned{
              {0.44, 0.34, 0.54}, {0.45, 0.35, 0.55}, metrics::parse_aim("keep=0.9")},
      .each = {}};
  evaluate::LabelResult owl;
  owl.name = "owl";
  owl.count = 12;
  owl.average_precision = {0.46, 0.36, 0.56};
  owl.f1 = 0.21;
  owl.tuned = {0.22, {0.23, 0.24, 0.25}, true, {0.61, 0.51, 0.71}, {0.62, 0.52, 0.72}};
  owl.ece = 0.26;
  owl.reliability = {{5, 0.125, 0.25}, {}, {}, {7, 0.75, 1}};
  evaluate::LabelResult nobody;
  nobody.name = "nobody";
  nobody.reliability.resize(4);
  labels.each = {owl, nobody};
  return labels;
}

const char* const kLabels = R"({
  "macro_map": 0.41, "micro_map": 0.42, "micro_f1": 0.43,
  "ci95": {"macro_map": [0.31, 0.51], "micro_map": [0.32, 0.52], "micro_f1": [0.33, 0.53]},
  "tuned": {"aim": "keep=0.9", "macro_f1": 0.44, "micro_f1": 0.45,
            "ci95": {"macro_f1": [0.34, 0.54], "micro_f1": [0.35, 0.55]}},
  "each": [
    {"name": "owl", "count": 12, "average_precision": 0.46, "f1": 0.21, "ece": 0.26,
     "ci95": {"average_precision": [0.36, 0.56]},
     "tuned": {"f1": 0.22, "threshold": {"value": 0.23, "ci95": [0.24, 0.25]}, "reachable": true,
               "kept": {"value": 0.61, "ci95": [0.51, 0.71]},
               "precision": {"value": 0.62, "ci95": [0.52, 0.72]}},
     "reliability": [
       {"from": 0.0, "to": 0.25, "count": 5, "mean_probability": 0.125, "share": 0.25},
       {"from": 0.75, "to": 1.0, "count": 7, "mean_probability": 0.75, "share": 1.0}]},
    {"name": "nobody", "count": 0, "average_precision": null, "f1": null, "ece": null,
     "ci95": {"average_precision": null}, "tuned": null, "reliability": []}]})";

TEST(JsonReport, LabelsComeAfterTheMeasuresInDomain) {
  evaluate::Results c = distinct_comparison();
  c.models[0].in_domain.labels = distinct_labels();
  ordered_json expected = expected_report();
  expected["models"][0]["in_domain"]["labels"] = ordered_json::parse(kLabels);
  expect_report(c, expected);
}

/// The same with all that is found, every number another one.
evaluate::Results full_comparison() {
  evaluate::Results c = distinct_comparison();
  evaluate::ModelResult& model = c.models[0];
  model.scores.resize(2);
  model.scores[0].kind = ood::ScoreKind::kMaxProbability;
  model.scores[0].threshold = 0.125;
  model.scores[1] = {ood::ScoreKind::kEnergy,
                     -2.5,
                     evaluate::Measured{0.11, 0.1, 0.12},
                     evaluate::Measured{0.14, 0.13, 0.15},
                     evaluate::Measured{0.17, 0.16, 0.18},
                     evaluate::Measured{0.21, 0.19, 0.22},
                     evaluate::Measured{0.31, 0.24, 0.43}};
  model.calibration = evaluate::CalibrationResult{
      .methods = {{metrics::CalibrationMethod::kNone, 0.71, {0.73, 0.72, 0.74}},
                  {metrics::CalibrationMethod::kPlatt, 0.75, {0.77, 0.76, 0.78}}},
      .chosen = metrics::CalibrationMethod::kPlatt,
      .before = {{}, {5, 0.625, 0.5}},
      .after = {{7, 0.375, 0.25}, {}}};
  c.recommended = evaluate::Recommendation{.model = 1,
                                           .score = ood::ScoreKind::kEnergy,
                                           .aim = metrics::parse_aim("f1"),
                                           .threshold = {-2.4, -2.6, -2.2},
                                           .reachable = false,
                                           .kept = {0.811, 0.801, 0.821},
                                           .precision = {0.812, 0.802, 0.822},
                                           .answered = {0.813, 0.803, 0.823},
                                           .estimate = evaluate::Measured{0.814, 0.804, 0.824},
                                           .related = evaluate::Measured{0.816, 0.806, 0.826},
                                           .unseen = evaluate::Measured{0.815, 0.805, 0.825}};
  c.recommended->labels = {{0.831, 0.821, 0.841}, {0.832, 0.822, 0.842}};
  c.recommended->classes = {{.recall = {0.851, 0.841, 0.861},
                             .precision = evaluate::Measured{0.852, 0.842, 0.862},
                             .given = {0.853, 0.843, 0.863},
                             .kept = {0.871, 0.861, 0.881},
                             .unseen = evaluate::Measured{0.854, 0.844, 0.864},
                             .mistaken_for = 1,
                             .mistaken = 0.855},
                            {.recall = {0.856, 0.846, 0.866},
                             .precision = std::nullopt,
                             .given = {0.858, 0.848, 0.868},
                             .kept = {0.872, 0.862, 0.882},
                             .unseen = std::nullopt,
                             .mistaken_for = std::nullopt,
                             .mistaken = 0}};
  c.differences = {
      {0, {-0.01, -0.02, 0.03}, 0.4, std::nullopt, true, false},
      {1, {0.05, 0.04, 0.06}, 0.45, evaluate::Measured{-0.07, -0.08, -0.06}, false, true}};
  c.prediction_sets = evaluate::PredictionSets{
      .alpha = 0.0625,
      .coverage = {0.911, 0.901, 0.921},
      .in_domain = {{0.912, 0.902, 0.922}, {0.913, 0.903, 0.923}, {0.914, 0.904, 0.924}, 1.5},
      .background = std::nullopt,
      .unseen =
          evaluate::PredictionSets::Sizes{
              {0.915, 0.905, 0.925}, {0.916, 0.906, 0.926}, {0.917, 0.907, 0.927}, 1.75},
      .without_guarantee = {"jay"}};
  c.label_errors = {{"jay/1.png", "jay", "owl", 0.03, 0.93}, {"jay/2.png", "jay", "", 0.04, 0.96}};
  c.recommended->outcome = {{0.881, 0.871, 0.891}, {0.882, 0.872, 0.892}, {0.883, 0.873, 0.893}};
  c.data.background_source = {.own = 3,
                              .built_in = 47,
                              .bank = "built-in",
                              .left_out = {{"animals/birds", 9, "owl"}},
                              .left_out_for_balance = 8};
  return c;
}

const char* const kFull = R"({
  "scores": [
    {"name": "max_probability", "threshold": 0.125, "estimated": null, "related": null, "labelled": null,
     "auroc": null, "fpr95": null},
    {"name": "energy", "threshold": -2.5, "estimated": {"value": 0.11, "ci95": [0.1, 0.12]},
     "related": {"value": 0.31, "ci95": [0.24, 0.43]},
     "labelled": {"value": 0.14, "ci95": [0.13, 0.15]},
     "auroc": {"value": 0.17, "ci95": [0.16, 0.18]},
     "fpr95": {"value": 0.21, "ci95": [0.19, 0.22]}}],
  "used": "max_probability",
  "calibration": {
    "chosen": "platt",
    "methods": [{"name": "none", "log_loss": 0.71, "ece": {"value": 0.73, "ci95": [0.72, 0.74]}},
              {"name": "platt", "log_loss": 0.75, "ece": {"value": 0.77, "ci95": [0.76, 0.78]}}],
    "reliability": {
      "before": [{"from": 0.5, "to": 1.0, "count": 5, "mean_probability": 0.625, "share": 0.5}],
      "after": [{"from": 0.0, "to": 0.5, "count": 7, "mean_probability": 0.375, "share": 0.25}]}},
  "recommended": {
    "model": "unjudged", "score": "energy", "aim": "f1",
    "threshold": {"value": -2.4, "ci95": [-2.6, -2.2]}, "reachable": false,
    "kept": {"value": 0.811, "ci95": [0.801, 0.821]},
    "precision": {"value": 0.812, "ci95": [0.802, 0.822]},
    "accepted": {"value": 0.813, "ci95": [0.803, 0.823]},
    "outcome": {"right": {"value": 0.881, "ci95": [0.871, 0.891]},
                "wrong": {"value": 0.882, "ci95": [0.872, 0.892]},
                "none": {"value": 0.883, "ci95": [0.873, 0.893]}},
    "estimated": {"value": 0.814, "ci95": [0.804, 0.824]},
    "related": {"value": 0.816, "ci95": [0.806, 0.826]},
    "unseen": {"value": 0.815, "ci95": [0.805, 0.825]},
    "labels": {"recall": {"value": 0.831, "ci95": [0.821, 0.841]},
               "precision": {"value": 0.832, "ci95": [0.822, 0.842]}},
    "classes": [
      {"name": "jay", "recall": {"value": 0.851, "ci95": [0.841, 0.861]},
       "precision": {"value": 0.852, "ci95": [0.842, 0.862]},
       "given": {"value": 0.853, "ci95": [0.843, 0.863]},
       "kept": {"value": 0.871, "ci95": [0.861, 0.881]},
       "unseen": {"value": 0.854, "ci95": [0.844, 0.864]},
       "mistaken_for": {"name": "owl", "share": 0.855}},
      {"name": "owl", "recall": {"value": 0.856, "ci95": [0.846, 0.866]},
       "precision": null, "given": {"value": 0.858, "ci95": [0.848, 0.868]},
       "kept": {"value": 0.872, "ci95": [0.862, 0.882]}, "unseen": null, "mistaken_for": null}],
    "test": null, "gates": null, "thresholds": null},
  "differences": [
    {"model": "labels", "score": {"value": -0.01, "ci95": [-0.02, 0.03]}, "p": 0.4,
     "score_significant": true, "unseen": null, "unseen_significant": null},
    {"model": "unjudged", "score": {"value": 0.05, "ci95": [0.04, 0.06]}, "p": 0.45,
     "score_significant": false, "unseen": {"value": -0.07, "ci95": [-0.08, -0.06]},
     "unseen_significant": true}],
  "prediction_sets": {
    "alpha": 0.0625, "coverage": {"value": 0.911, "ci95": [0.901, 0.921]},
    "in_domain": {"empty": {"value": 0.912, "ci95": [0.902, 0.922]},
                  "one": {"value": 0.913, "ci95": [0.903, 0.923]},
                  "several": {"value": 0.914, "ci95": [0.904, 0.924]}, "mean": 1.5},
    "background": null,
    "unseen": {"empty": {"value": 0.915, "ci95": [0.905, 0.925]},
               "one": {"value": 0.916, "ci95": [0.906, 0.926]},
               "several": {"value": 0.917, "ci95": [0.907, 0.927]}, "mean": 1.75},
    "without_guarantee": ["jay"]},
  "label_errors": [
    {"file": "jay/1.png", "label": "jay", "prediction": "owl", "label_probability": 0.03,
     "prediction_probability": 0.93},
    {"file": "jay/2.png", "label": "jay", "prediction": null, "label_probability": 0.04,
     "prediction_probability": 0.96}],
  "background_from": {"own": 3, "built_in": 47, "bank": "built-in",
                      "left_out": [{"folder": "animals/birds", "pictures": 9, "nearest": "owl"}],
                      "left_out_for_balance": 8}})";

TEST(JsonReport, HasAllThatIsFound) {
  const ordered_json full = ordered_json::parse(kFull);
  ordered_json expected = expected_report();
  for (const char* key : {"scores", "used", "calibration"}) expected["models"][0][key] = full[key];
  for (const char* key : {"recommended", "differences", "prediction_sets", "label_errors"}) {
    expected[key] = full[key];
  }
  expected["data"]["background_from"] = full["background_from"];
  expect_report(full_comparison(), expected);
}

TEST(JsonReport, HasWhatIsAskedAndWhatAnswersTell) {
  evaluate::Results c = distinct_comparison();
  c.asked = {{.picture = 3,
              .file = "pile/1.png",
              .prediction = "owl",
              .probability = 0.61,
              .labelled = true,
              .stratum = 2,
              .stands_for = 4.5}};
  const evaluate::Answers::AtThreshold at{.kept = 0.91,
                                          .threshold = 0.37,
                                          .given = 0.2,
                                          .wrong_of_pile = {0.11, 0.1, 0.12},
                                          .wrong = evaluate::Measured{0.14, 0.13, 0.15},
                                          .none_given = evaluate::Measured{0.17, 0.16, 0.18},
                                          .right_given = std::nullopt};
  c.answers = evaluate::Answers{.file = "ask.csv",
                                .asked = 50,
                                .answered = 48,
                                .pile = 300,
                                .none = {0.71, 0.7, 0.72},
                                .recommended = at,
                                .thresholds = {at},
                                .few_wrong = std::nullopt};
  ordered_json expected = expected_report();
  const ordered_json threshold = ordered_json::parse(R"({
    "kept": 0.91, "threshold": 0.37, "labelled": 0.2,
    "wrong_of_all": {"value": 0.11, "ci95": [0.1, 0.12]},
    "wrong": {"value": 0.14, "ci95": [0.13, 0.15]},
    "labelled_of_none": {"value": 0.17, "ci95": [0.16, 0.18]}, "right_of_classes": null})");
  expected["asked"] = ordered_json::parse(R"([{"file": "pile/1.png", "prediction": "owl",
    "probability": 0.61, "labelled": true, "stratum": 2, "stands_for": 4.5}])");
  expected["answers"] = ordered_json::parse(R"({
    "file": "ask.csv", "asked": 50, "answered": 48, "unlabelled": 300,
    "none": {"value": 0.71, "ci95": [0.7, 0.72]}, "recommended": null, "thresholds": [],
    "few_wrong": null})");
  expected["answers"]["recommended"] = threshold;
  expected["answers"]["thresholds"].push_back(threshold);
  expect_report(c, expected);
}

TEST(JsonReport, HasTheTestSetBesideWhatWasFoundWithoutIt) {
  evaluate::Results c = full_comparison();
  c.data.test = evaluate::DataSummary::TestSet{"set", 9, {4, 0}};
  c.models[0].test = c.models[0].in_domain;
  c.models[0].test->accuracy = {0.701, 0.601, 0.801};
  c.recommended->test = evaluate::Recommendation::OnTest{
      .kept = {0.711, 0.611, 0.811},
      .precision = {0.721, 0.621, 0.821},
      .answered = {0.731, 0.631, 0.831},
      .labels = evaluate::Recommendation::GivenLabels{{0.741, 0.641, 0.841}, {0.751, 0.651, 0.851}},
      .classes = c.recommended->classes};
  const auto report = nlohmann::json::parse(json_report(c));
  EXPECT_EQ(report["data"]["test"], nlohmann::json::parse(R"({"name": "set", "pictures": 9,
      "classes": [{"name": "jay", "count": 4}, {"name": "owl", "count": 0}]})"));
  auto in_domain = report["models"][0]["in_domain"];
  in_domain["accuracy"] = 0.701;
  in_domain["ci95"]["accuracy"] = {0.601, 0.801};
  EXPECT_EQ(report["models"][0]["test"], in_domain);
  EXPECT_TRUE(report["models"][1]["test"].is_null());
  const auto& test = report["recommended"]["test"];
  EXPECT_EQ(test["kept"]["value"], 0.711);
  EXPECT_EQ(test["precision"]["ci95"], (nlohmann::json{0.621, 0.821}));
  EXPECT_EQ(test["accepted"]["value"], 0.731);
  EXPECT_EQ(test["labels"]["recall"]["value"], 0.741);
  EXPECT_EQ(test["classes"][0]["recall"]["value"], 0.851);
  EXPECT_TRUE(test["classes"][1]["recall"].is_null()) << "no test picture is of it";
}

TEST(JsonReport, NumbersReadBackAsTheSameDoubles) {
  evaluate::Results c = distinct_comparison();
  c.models[0].in_domain.log_loss = 0.1 + 0.2;
  c.models[0].unseen->threshold = std::nextafter(1.0, 0.0);
  c.models[0].in_domain.brier = 1.0 / 3.0 * 1e-7;
  const json report = json::parse(json_report(c));
  EXPECT_EQ(report["models"][0]["in_domain"]["log_loss"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(report["models"][0]["in_domain"]["brier"].get<double>(), 1.0 / 3.0 * 1e-7);
  EXPECT_EQ(report["models"][0]["unseen"]["labelled"]["keeping_95"]["threshold"].get<double>(),
            std::nextafter(1.0, 0.0));
}

TEST(JsonReport, ListsAreThereEvenWhenEmpty) {
  const json report = json::parse(json_report(evaluate::Results{}));
  for (const char* list :
       {"models", "differences", "label_errors", "asked", "untrained_models", "notes"}) {
    EXPECT_EQ(report.at(list), json::array()) << list;
  }
  EXPECT_EQ(report["data"]["classes"], json::array());
  EXPECT_EQ(report["data"]["skipped"], json::array());
  EXPECT_EQ(report["data"]["labels_per_picture"], json::object());
  EXPECT_EQ(report["protocol"]["seeds"], nullptr);  // of no protocol nothing is known
}

TEST(JsonReport, AFileNameThatIsNotUtf8StillMakesValidJson) {
  evaluate::Results c = distinct_comparison();
  c.data.skipped = {{std::string("caf\xe9.png"), "not a picture"}};
  const json report = json::parse(json_report(c));
  EXPECT_EQ(report["data"]["skipped"][0]["file"], "caf\uFFFD.png");
}

/// With a NaN or an infinity in place of each number in turn.
template <typename Write>
void expect_refused(const std::vector<double*>& numbers, Write write) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double right = *numbers[i];
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
      *numbers[i] = bad;
      EXPECT_THROW(write(), Error) << "number " << i;
    }
    *numbers[i] = right;
  }
  EXPECT_NO_THROW(write());
}

TEST(Reports, RefuseNaNAndInfinityWhereverTheyAre) {
  evaluate::Results c = full_comparison();
  c.false_accepts = {{"a.png", {{"owl", 0.9, true}, {"owl", 0.8, true}}}};
  evaluate::ModelResult& model = c.models[0];
  model.in_domain.labels = distinct_labels();
  evaluate::UnseenResult& unseen = *model.unseen;
  evaluate::LabelResults& labels = *model.in_domain.labels;
  evaluate::LabelResult& owl = labels.each[0];
  evaluate::PredictionSets& sets = *c.prediction_sets;
  evaluate::Recommendation& use = *c.recommended;
  std::vector<double*> numbers{&c.seconds.features,
                               &c.seconds.heads,
                               &c.seconds.total,
                               &model.in_domain.log_loss,
                               &model.in_domain.brier,
                               &model.in_domain.ece,
                               &model.in_domain.map,
                               &model.in_domain.max_probability.median,
                               &model.in_domain.sum_of_probabilities.mean,
                               &unseen.max_probability.min,
                               &unseen.sum_of_probabilities.max,
                               &unseen.threshold,
                               &model.in_domain_max[0],
                               &model.unseen_max[0],
                               &c.false_accepts[0].predictions[1].probability,
                               &owl.f1,
                               &owl.ece,
                               &owl.tuned->f1,
                               &owl.reliability[0].share,
                               &model.scores[1].threshold,
                               &model.calibration->methods[1].log_loss,
                               &model.calibration->before[1].share,
                               &model.calibration->after[0].mean_probability,
                               &c.differences[0].p,
                               &sets.alpha,
                               &sets.in_domain.mean,
                               &sets.unseen->mean,
                               &use.classes[0].mistaken,
                               &c.label_errors[1].label_probability,
                               &c.label_errors[1].prediction_probability};
  for (evaluate::Measured* m : {&model.in_domain.accuracy,
                                &model.in_domain.macro_f1,
                                &unseen.at_argmax,
                                &unseen.at_05,
                                &unseen.at_09,
                                &unseen.keeping_95,
                                &unseen.auroc,
                                &unseen.fpr95,
                                &labels.macro_map,
                                &labels.micro_map,
                                &labels.micro_f1,
                                &labels.tuned->macro_f1,
                                &labels.tuned->micro_f1,
                                &owl.average_precision,
                                &owl.tuned->threshold,
                                &owl.tuned->kept,
                                &owl.tuned->precision,
                                &*model.scores[1].estimate,
                                &*model.scores[1].labelled,
                                &*model.scores[1].auroc,
                                &*model.scores[1].fpr95,
                                &model.calibration->methods[1].ece,
                                &use.threshold,
                                &use.kept,
                                &use.precision,
                                &use.answered,
                                &*use.estimate,
                                &*use.unseen,
                                &use.labels->recall,
                                &use.labels->precision,
                                &use.classes[1].recall,
                                &*use.classes[0].precision,
                                &use.classes[1].given,
                                &use.classes[1].kept,
                                &*use.classes[0].unseen,
                                &c.differences[1].score,
                                &*c.differences[1].unseen,
                                &sets.coverage,
                                &sets.in_domain.empty,
                                &sets.in_domain.one,
                                &sets.in_domain.several,
                                &sets.unseen->empty,
                                &sets.unseen->one,
                                &sets.unseen->several}) {
    numbers.insert(numbers.end(), {&m->value, &m->low, &m->high});
  }
  expect_refused(numbers, [&] { json_report(c); });
  // Terminal and page are written from it.
  expect_refused({&unseen.auroc.low, &model.in_domain_max[0]}, [&] { document(c); });
}

TEST(Reports, NameTheNumberThatIsNaN) {
  evaluate::Results c = distinct_comparison();
  c.models[0].unseen->auroc.low = std::nan("");
  EXPECT_THAT(error_in([&] { json_report(c); }),
              testing::HasSubstr("models[0].unseen.ci95.auroc[0] is"));
}

TEST(JsonReport, SaysWhatGatesAndEachClassAsk) {
  evaluate::Results c = distinct_comparison();
  c.recommended.emplace();
  c.recommended->score = ood::ScoreKind::kBothGates;
  c.recommended->gates = {0.25, -0.75};
  ordered_json found = ordered_json::parse(json_report(c))["recommended"];
  EXPECT_EQ(found["gates"], ordered_json::parse(R"({"probability": 0.25, "nearness": -0.75})"));
  EXPECT_FALSE(found["threshold"].is_null());
  c.recommended->gates.reset();
  c.recommended->each_class = {{{0.5, 0.4, 0.6}, {0.95, 0.9, 0.99}, 40, {{0.125, -0.5}}},
                               {{0.7, 0.6, 0.8}, {0.96, 0.8, 0.98}, 30}};
  found = ordered_json::parse(json_report(c))["recommended"];
  EXPECT_TRUE(found["threshold"].is_null());
  EXPECT_EQ(found["thresholds"], ordered_json::parse(R"([
    {"name": "jay", "threshold": {"value": 0.5, "ci95": [0.4, 0.6]},
     "gates": {"probability": 0.125, "nearness": -0.5}, "kept": {"value": 0.95, "ci95": [0.9, 0.99]}},
    {"name": "owl", "threshold": {"value": 0.7, "ci95": [0.6, 0.8]}, "gates": null,
     "kept": {"value": 0.96, "ci95": [0.8, 0.98]}}])"));
}

}  // namespace
}  // namespace oneormany::report
