#pragma once
// Small models of every kind: weights are random numbers, not zeros and ones, so that a mistaken
// shape or order shows.

#include <algorithm>
#include <random>

#include "base/sha256.h"
#include "model/model.h"

namespace oneormany::model {

inline constexpr Index kFeatures = 12;

inline Matrix random_matrix(Index rows, Index columns, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> bell;
  Matrix matrix(rows, columns);
  for (double& x : matrix.reshaped<Eigen::RowMajor>()) x = bell(engine);
  return matrix;
}

inline MatrixF random_features(Index rows, unsigned seed) {
  return random_matrix(rows, kFeatures, seed).cwiseAbs().cast<float>();
}

inline head::Head a_head(head::HeadKind kind, Index columns) {
  if (kind == head::HeadKind::kMlp) {
    return head::MlpHead{random_matrix(5, kFeatures, 1).cast<float>(),
                         random_matrix(1, 5, 2).cast<float>().row(0),
                         random_matrix(columns, 5, 3).cast<float>(),
                         random_matrix(1, columns, 4).cast<float>().row(0)};
  }
  if (kind == head::HeadKind::kRbf) {
    auto map = std::make_shared<head::KernelHead::Map>();
    map->landmarks = random_matrix(6, kFeatures, 5).cast<float>();
    map->centre = random_matrix(1, kFeatures, 6).cast<float>().row(0);
    map->gamma = 0.3;
    return head::KernelHead{map, random_matrix(columns, 6, 7), random_matrix(columns, 1, 8).col(0)};
  }
  return head::LinearHead{random_matrix(columns, kFeatures, 9),
                          random_matrix(columns, 1, 10).col(0)};
}

struct Kind {
  const char* loss = "cross_entropy";
  head::HeadKind head = head::HeadKind::kLinear;
  bool background = false;
  ood::ScoreKind score = ood::ScoreKind::kMaxProbability;
  metrics::CalibrationMethod calibration = metrics::CalibrationMethod::kNone;
  data::Problem problem = data::Problem::kOneClass;
};

/// Three classes.
inline Model a_model(const Kind& kind = {}) {
  Model model;
  model.program = "0.1.0";
  model.classes = {"Gebäude", "coat, of arms", "flag|s"};
  model.problem = kind.problem;
  model.spec = train::models_of(loss::parse_loss(kind.loss), kind.head, true)[kind.background];
  const Index columns = 3 + model.spec.none_class;
  model.head = a_head(kind.head, columns);
  model.input = {.backbone = {},
                 .name = "efficientnet-lite0",
                 .weights_sha256 = std::string(64, 'a'),
                 .setup = "a network; decoder 1, size 224",
                 .features = static_cast<int>(kFeatures)};
  model.input.backbone.size = 224;
  model.input.backbone.mean = {0.485F, 0.456F, 0.406F};
  model.input.backbone.std = {0.229F, 0.224F, 0.225F};
  const Matrix logits = random_matrix(90, columns, 11);
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 90; ++i) labels.push_back({i % 3});
  model.calibration = metrics::fit_calibration(kind.calibration, model.spec.activation(), logits,
                                               loss::one_hot(labels, columns));
  model.rule = {.score = kind.score, .aim = metrics::parse_aim("keep=0.9"), .thresholds = {0.25}};
  if (kind.problem == data::Problem::kMultiLabel) model.rule.label_thresholds = {0.4, 0.5, 0.6};
  if (ood::needs_features(kind.score)) {
    model.score_rows.features = random_features(20, 12);
    for (int i = 0; i < 20; ++i) model.score_rows.labels.push_back({i % 3});
    if (kind.problem == data::Problem::kMultiLabel) model.score_rows.labels[1] = {0, 2};
    if (ood::needs_background(kind.score)) model.score_rows.background = random_features(15, 13);
  }
  if (kind.score == ood::ScoreKind::kBothGates) {
    for (int i = 0; i < 20; ++i) {
      model.rule.probabilities.push_back(0.3 + 0.03 * i);
      model.rule.nearnesses.push_back(-1 + 0.04 * i);
    }
  }
  model.promise = {{0.97, 0.95, 0.99}, {0.95, 0.93, 0.97}, {0.99, 0.98, 1}, {0.93, 0.9, 0.96}};
  model.promise.unrelated = {0.03, 0.01, 0.12};
  model.promise.test = {120, {0.9, 0.8, 1}, {0.94, 0.9, 0.97}, {0.98, 0.9, 1}, {0.9, 0.8, 0.95}};
  model.training = {.data = "birds/",
                    .pictures = 90,
                    .counts = {30, 30, 30},
                    .own_background = 4,
                    .built_in_background = 300,
                    .folds = 5,
                    .seeds = {1, 18446744073709551615u},
                    .penalty = 0.03,
                    .pixels = {base::sha256({}), base::Sha256{1, 2, 255}}};
  SelfTest test;
  for (int i = 0; i < SelfTest::kSide * SelfTest::kSide * 3; ++i) {
    test.rgb.push_back(static_cast<std::uint8_t>(i * 7));
  }
  test.logits = random_matrix(columns, 1, 14).col(0);
  model.self_tests = {test};
  return model;
}

inline std::vector<Kind> all_kinds() {
  using Score = ood::ScoreKind;
  using Method = metrics::CalibrationMethod;
  using Head = head::HeadKind;
  return {{},
          {.loss = "bce_with_logits",
           .head = Head::kRbf,
           .background = true,
           .score = Score::kBothGates,
           .calibration = Method::kPlatt},
          {.background = true, .score = Score::kKnn, .calibration = Method::kTemperature},
          {.head = Head::kMlp, .score = Score::kEnergy, .calibration = Method::kVector},
          {.loss = "sigmoid_focal:gamma=1", .calibration = Method::kIsotonic},
          {.loss = "bce_with_logits", .background = true, .score = Score::kBackground},
          {.loss = "bce_with_logits",
           .score = Score::kMahalanobis,
           .problem = data::Problem::kMultiLabel},
          {.score = Score::kVim},
          {.score = Score::kReact}};
}

}  // namespace oneormany::model
