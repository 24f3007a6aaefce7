#pragma once
// Results made by hand: four models as the design measured them, with distributions that have the
// same shape.

#include <cmath>
#include <string>
#include <vector>

#include "evaluate/results.h"

namespace oneormany::report {

/// Probabilities from `floor` to 1 that crowd at 1; the larger `crowd`, the more.
inline std::vector<double> distribution(int n, double floor, double crowd) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) {
    values.push_back(1 - (1 - floor) * std::pow(1 - (i + 0.5) / n, crowd));
  }
  return values;
}

struct ModelShape {
  std::string name, loss;
  loss::Activation activation;
  double floor, crowd;      // highest probabilities in domain
  double accuracy, labels;  // the latter: share of unseen that gets a label, keeping 95 %
};

inline evaluate::ModelResult example_model(const ModelShape& shape) {
  evaluate::ModelResult model{.name = shape.name,
                              .loss = loss::parse_loss(shape.loss),
                              .activation = shape.activation,
                              .background = shape.name.find('+') != std::string::npos,
                              .in_domain = {},
                              .unseen = evaluate::UnseenResult{},
                              .scores = {},
                              .calibration = {},
                              .in_domain_max = distribution(565, shape.floor, shape.crowd),
                              .unseen_max = {}};
  // The unseen ones so that the wanted share of them lies above the threshold.
  const double crowd = shape.crowd * std::log(0.95) / std::log(shape.labels);
  model.unseen_max = distribution(345, shape.floor, crowd);

  evaluate::InDomain& in = model.in_domain;
  const double a = shape.accuracy;
  in.accuracy = {a, a - 0.016, a + 0.012};
  in.macro_f1 = {a - 0.03, a - 0.055, a - 0.007};
  in.log_loss = 0.0871 + shape.floor / 100;
  in.brier = 0.0512 + shape.floor / 200;
  in.ece = 0.0123;
  in.map = 0.9871;
  in.max_probability = {0.5123, 0.9712, 0.9987, 0.999999};
  const bool softmax = shape.activation == loss::Activation::kSoftmax;
  in.sum_of_probabilities =
      softmax ? evaluate::Summary{1, 1, 1, 1} : evaluate::Summary{0.812, 1.002, 1, 1.213};

  evaluate::UnseenResult& unseen = *model.unseen;
  const auto& values = model.unseen_max;
  unseen.max_probability = {values.front(), 0.7, values[values.size() / 2], values.back()};
  unseen.sum_of_probabilities =
      softmax ? evaluate::Summary{1, 1, 1, 1} : evaluate::Summary{0.001, 0.41, 0.32, 1.31};
  const double p = shape.labels;
  const bool outlet = shape.floor == 0;  // another answer than a class is possible
  unseen.at_argmax =
      outlet ? evaluate::Measured{p + 0.2, p + 0.15, p + 0.25} : evaluate::Measured{1, 1, 1};
  unseen.at_05 = outlet ? evaluate::Measured{p + 0.12, p + 0.07, p + 0.16}
                        : evaluate::Measured{0.97, 0.95, 0.98};
  unseen.at_09 = {p - 0.03, p - 0.06, p};
  unseen.keeping_95 = {p, p - 0.031, p + 0.048};
  unseen.threshold = 1 - (1 - shape.floor) * std::pow(0.95, shape.crowd);
  unseen.auroc = {0.9 + (0.5 - p) / 6, 0.88 + (0.5 - p) / 6, 0.92 + (0.5 - p) / 6};
  unseen.fpr95 = {p + 0.013, p - 0.022, p + 0.057};
  return model;
}

inline evaluate::Results example_comparison() {
  evaluate::Results c;
  c.data.name = "build/demo/pictures";
  c.data.pictures = 565;
  c.data.classes = {{"buildings", 68}, {"flags", 497}};
  c.data.labels_per_picture = {{1, 565}};
  c.data.duplicates = 12;
  c.data.skipped = {{"signs_and_symbols/stop_sign_1.png", "623 megapixels, over the limit of 250"},
                    {"buildings/broken.jpg", "ends in the middle of the picture"}};
  c.data.unseen = 345;
  c.data.background = 1204;
  c.protocol = evaluate::Protocol{.folds = 5,
                                  .seeds = {1},
                                  .backbone = "efficientnet-lite0",
                                  .size = 224,
                                  .precision = backbone::Precision::kBf16};
  c.models = {example_model(
                  {"classes", "cross_entropy", loss::Activation::kSoftmax, 0.5, 24, 0.968, 0.412}),
              example_model({"labels", "bce_with_logits", loss::Activation::kSigmoid, 0.45, 22,
                             0.968, 0.423}),
              example_model({"classes+none", "cross_entropy", loss::Activation::kSoftmax, 0, 16,
                             0.966, 0.113}),
              example_model({"labels+background", "bce_with_logits", loss::Activation::kSigmoid, 0,
                             18, 0.967, 0.101})};
  c.seconds.features = 14.21;
  c.seconds.heads = 1.07;
  c.seconds.total = 15.9;
  return c;
}

/// The same with scores, calibration, a recommendation, sets, likely label
/// errors.
inline evaluate::Results trusted_comparison() {
  evaluate::Results c = example_comparison();
  const std::vector<std::pair<ood::ScoreKind, double>> scores{
      {ood::ScoreKind::kMaxProbability, 0}, {ood::ScoreKind::kEnergy, 0.01},
      {ood::ScoreKind::kMahalanobis, 0.21}, {ood::ScoreKind::kVim, 0.06},
      {ood::ScoreKind::kKnn, -0.02},        {ood::ScoreKind::kBackground, -0.04}};
  for (evaluate::ModelResult& model : c.models) {
    const double labelled = model.unseen->keeping_95.value;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double p = labelled + scores[i].second;
      evaluate::ScoreResult score;
      score.kind = scores[i].first;
      score.threshold = score.kind == ood::ScoreKind::kMaxProbability ? model.unseen->threshold
                        : score.kind == ood::ScoreKind::kEnergy       ? 3.4567
                                                                : -12.341 + static_cast<double>(i);
      score.estimate = {p - 0.015, p - 0.04, p + 0.02};
      score.labelled = {p, p - 0.031, p + 0.048};
      score.auroc = {0.97 - p / 4, 0.95 - p / 4, 0.98 - p / 4};
      score.fpr95 = {p + 0.013, p - 0.022, p + 0.057};
      model.scores.push_back(score);
    }
    evaluate::CalibrationResult calibration;
    calibration.methods = {
        {metrics::CalibrationMethod::kNone, 0.2061, {0.0971, 0.0812, 0.1134}},
        {metrics::CalibrationMethod::kTemperature, 0.0934, {0.0213, 0.0151, 0.0312}},
        {metrics::CalibrationMethod::kIsotonic, 0.0989, {0.0175, 0.0123, 0.0301}}};
    calibration.chosen = metrics::CalibrationMethod::kTemperature;
    for (int b = 0; b < 15; ++b) {
      const double p = (b + 0.5) / 15;
      calibration.before.push_back({b < 4 ? 0.0 : 3.0 * b * b, p, std::sqrt(p)});
      calibration.after.push_back({b < 4 ? 0.0 : 3.0 * b * b, p, 0.98 * p});
    }
    model.calibration = calibration;
  }
  c.recommended = evaluate::Recommendation{.model = 3,
                                           .score = ood::ScoreKind::kBackground,
                                           .aim = {},
                                           .threshold = {-7.341, -7.9, -6.81},
                                           .reachable = true,
                                           .kept = {0.952, 0.931, 0.968},
                                           .precision = {0.981, 0.972, 0.988},
                                           .answered = {0.939, 0.918, 0.957},
                                           .estimate = evaluate::Measured{0.0464, 0.0213, 0.0812},
                                           .related = evaluate::Measured{0.314, 0.067, 0.742},
                                           .unseen = evaluate::Measured{0.0612, 0.0301, 0.1094}};
  c.recommended->classes = {{.recall = {0.983, 0.971, 0.991},
                             .precision = evaluate::Measured{0.979, 0.968, 0.99},
                             .given = {0.942, 0.921, 0.961},
                             .kept = {0.951, 0.93, 0.97},
                             .unseen = evaluate::Measured{0.0483, 0.0217, 0.0871},
                             .mistaken_for = 1,
                             .mistaken = 0.017},
                            {.recall = {0.853, 0.764, 0.927},
                             .precision = evaluate::Measured{0.881, 0.801, 0.953},
                             .given = {0.721, 0.612, 0.824},
                             .kept = {0.85, 0.77, 0.92},
                             .unseen = evaluate::Measured{0.0129, 0.0031, 0.0287},
                             .mistaken_for = 0,
                             .mistaken = 0.147}};
  c.differences = {
      {0, {-0.001, -0.012, 0.009}, 0.81, evaluate::Measured{-0.35, -0.41, -0.29}, false, true},
      {1, {-0.001, -0.011, 0.01}, 0.9, evaluate::Measured{-0.36, -0.42, -0.3}, false, true},
      {2, {0.021, 0.004, 0.038}, 0.013, evaluate::Measured{-0.05, -0.1, 0.004}, true, false}};
  c.prediction_sets = evaluate::PredictionSets{
      .alpha = 0.05,
      .coverage = {0.957, 0.941, 0.971},
      .in_domain = {{0.031, 0.02, 0.05}, {0.902, 0.88, 0.92}, {0.067, 0.05, 0.09}, 1.04},
      .background =
          evaluate::PredictionSets::Sizes{
              {0.93, 0.91, 0.95}, {0.06, 0.04, 0.08}, {0.01, 0, 0.02}, 0.08},
      .unseen =
          evaluate::PredictionSets::Sizes{
              {0.851, 0.81, 0.89}, {0.12, 0.09, 0.16}, {0.029, 0.01, 0.05}, 0.18},
      .without_guarantee = {"weather vanes"}};
  c.label_errors = {{"flags/white_house.svg", "flags", "buildings", 0.0123, 0.981},
                    {"buildings/plain.svg", "buildings", "", 0.0412, 0.9588}};
  c.data.background_source = {
      .own = 204,
      .built_in = 1000,
      .bank = "built-in",
      .left_out = {{"signs/flags", 120, "flags"}, {"houses", 31, "buildings"}},
      .left_out_for_balance = 77};
  return c;
}

/// The same with a test set, on which all are worse by `worse`.
inline evaluate::Results tested_comparison(double worse) {
  evaluate::Results c = trusted_comparison();
  c.data.test = evaluate::DataSummary::TestSet{"flags_test", 120, {}};
  c.data.test->counts.assign(c.data.classes.size(), 60);
  for (evaluate::ModelResult& model : c.models) {
    model.test = model.in_domain;
    for (double evaluate::Measured::*one :
         {&evaluate::Measured::value, &evaluate::Measured::low, &evaluate::Measured::high}) {
      model.test->accuracy.*one -= worse;
    }
  }
  c.recommended->test = evaluate::Recommendation::OnTest{.kept = {0.933, 0.9, 0.96},
                                                         .precision = {0.988, 0.97, 0.995},
                                                         .answered = {0.917, 0.88, 0.95},
                                                         .classes = c.recommended->classes};
  return c;
}

/// Two label models that were judged label by label: `labels` labels, one with a very long name,
/// one with few pictures, and one that no picture carries.
inline evaluate::Results many_label_comparison(int labels = 40) {
  evaluate::Results c = example_comparison();
  c.data.problem = data::Problem::kMultiLabel;
  c.models.erase(c.models.begin() + 2);  // classes+none
  c.models.erase(c.models.begin());      // classes
  c.untrained = {{"classes", "92 pictures have several labels"}};
  c.data.labels_per_picture = {{0, 40}, {1, 433}, {2, 92}};
  c.data.classes.clear();
  for (int i = 0; i < labels; ++i) {
    c.data.classes.push_back({"label " + std::to_string(i), static_cast<std::size_t>(200 - 4 * i)});
  }
  c.data.classes[0] = {"東京都庁舎_" + std::string(120, 'x'), 61};
  c.data.classes[1].count = 7;
  c.data.classes[2].count = 0;
  for (evaluate::ModelResult& model : c.models) {
    evaluate::LabelResults found;
    found.macro_map = {0.653, 0.64, 0.671};
    found.micro_map = {0.76, 0.746, 0.773};
    found.micro_f1 = {0.682, 0.67, 0.694};
    found.tuned = {{0.643, 0.629, 0.655}, {0.691, 0.68, 0.703}};
    for (int i = 0; i < labels; ++i) {
      const evaluate::ClassCount& own = c.data.classes[static_cast<std::size_t>(i)];
      evaluate::LabelResult label;
      label.name = own.name;
      label.count = own.count;
      const double precision = own.count == 0 ? 0 : 0.2 + 0.7 * (i * 17 % labels) / labels;
      label.average_precision = {precision, precision * 0.8, precision * 1.1};
      label.f1 = precision * 0.7;
      label.tuned = {precision * 0.9,
                     {0.21 + i / 1000.0, 0.125, 0.375},
                     true,
                     {0.7, 0.6, 0.8},
                     {0.8, 0.7, 0.9}};
      label.ece = 0.0071 + i / 10000.0;
      label.reliability.resize(15);
      for (int b = 0; b < 15; b += 1 + i % 2) {
        label.reliability[static_cast<std::size_t>(b)] = {500.0 / (b * b + 1), (b + 0.5) / 15,
                                                          b / 15.0};
      }
      found.each.push_back(label);
    }
    model.in_domain.labels = found;
  }
  return c;
}

}  // namespace oneormany::report
