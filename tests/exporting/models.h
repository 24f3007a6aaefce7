#pragma once
// Small models, fitted on real pictures.

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "head/head.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "model/model.h"
#include "model/predictor.h"
#include "tests/exporting/pictures.h"

namespace oneormany::exporting {

/// What a model is, beside its pictures.
struct Recipe {
  std::string loss = "cross_entropy";
  head::HeadKind head = head::HeadKind::kLinear;
  bool none_class = false;
  metrics::CalibrationMethod calibration = metrics::CalibrationMethod::kNone;
  ood::ScoreKind score = ood::ScoreKind::kMaxProbability;
  bool multi_label = false;  ///< a second label for pictures of even number
  bool each = false;         ///< a threshold of its own for each class
};

inline head::Head fit_head(head::HeadKind kind, const MatrixF& features, const Matrix& targets,
                           const loss::Loss& loss) {
  if (kind == head::HeadKind::kLinear) return head::LinearFit(features, targets, loss).fit(0.01);
  if (kind == head::HeadKind::kRbf) return head::KernelFit(features, targets, loss).fit(0.001);
  head::MlpOptions options;
  options.hidden = 24;
  return head::fit_mlp(features, targets, loss, options, 1);
}

/// Between the scores of the pictures, so that no decision is a matter of rounding.
inline double between(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  std::size_t widest = scores.size() / 4;
  for (std::size_t i = widest; i + 1 < scores.size() - scores.size() / 4; ++i) {
    if (scores[i + 1] - scores[i] > scores[widest + 1] - scores[widest]) widest = i;
  }
  return (scores[widest] + scores[widest + 1]) / 2;
}

/// Between each two neighbours, rising.
inline std::vector<double> midpoints(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  for (std::size_t i = 0; i + 1 < scores.size(); ++i) scores[i] = (scores[i] + scores[i + 1]) / 2;
  scores.pop_back();
  return scores;
}

/// Learned from the known pictures; with a class "none" the strangers are in it. Its thresholds
/// part the pictures.
inline model::Model model_of(const Recipe& recipe) {
  const Pictures& pictures = Pictures::some();
  const bool learns_all = recipe.none_class;
  const Index n = learns_all ? pictures.features.rows() : Pictures::kKnown;
  const MatrixF features = pictures.features.topRows(n);
  std::vector<std::vector<int>> labels;
  for (Index i = 0; i < n; ++i) {
    labels.push_back({pictures.category[static_cast<std::size_t>(i)]});
    if (recipe.multi_label && i % 2 == 0) labels.back().push_back(3);
  }
  const int columns = learns_all || recipe.multi_label ? 4 : 3;

  model::Model model;
  model.program = "0.0.0";
  model.classes = {"it's a building", "food \\ \"drink\"", "Pflänzchen"};
  if (recipe.multi_label) model.classes.push_back("even");
  model.problem = recipe.multi_label ? data::Problem::kMultiLabel : data::Problem::kOneClass;
  model.spec.name = "test";
  model.spec.loss = loss::parse_loss(recipe.loss);
  model.spec.head = recipe.head;
  model.spec.none_class = recipe.none_class;
  model.input.backbone = pictures.backbone;
  model.input.name = "efficientnet-lite0";
  model.input.weights_sha256 = std::string(64, '0');
  model.input.features = static_cast<int>(features.cols());
  const Matrix targets = loss::one_hot(labels, columns);
  const auto loss = model.spec.loss.make({static_cast<double>(n), std::vector<double>(4, 12.0)});
  model.head = fit_head(recipe.head, features, targets, *loss);
  // The class "none" is not calibrated: these rows have none of it.
  const MatrixF known = features.topRows(Pictures::kKnown);
  model.calibration = metrics::fit_calibration(recipe.calibration, model.spec.activation(),
                                               head::logits_of(model.head, known),
                                               targets.topRows(Pictures::kKnown));
  model.rule.score = recipe.score;
  const bool gates = recipe.score == ood::ScoreKind::kBothGates;
  if (gates || ood::needs_features(recipe.score)) {
    model.score_rows.features = known;
    labels.resize(Pictures::kKnown);
    model.score_rows.labels = labels;
    model.score_rows.background = pictures.features.bottomRows(Pictures::kStrangers);
  }
  const auto scores_of_all = [&] {
    std::vector<double> scores;
    for (const auto& one : model::Predictor(model).predict(pictures.features)) {
      scores.push_back(one.score);
    }
    return scores;
  };
  model.rule.thresholds = {0};
  if (gates) {
    for (const auto& [kind, values] :
         {std::pair(ood::ScoreKind::kMaxProbability, &model.rule.probabilities),
          std::pair(ood::ScoreKind::kKnn, &model.rule.nearnesses)}) {
      model.rule.score = kind;
      *values = midpoints(scores_of_all());
    }
    model.rule.score = recipe.score;
  }
  const auto some = recipe.each ? static_cast<std::size_t>(model.classes.size()) : 1;
  model.rule.thresholds.assign(some, 0);
  const double threshold = between(scores_of_all());
  for (std::size_t t = 0; t < some; ++t) {
    model.rule.thresholds[t] = threshold - 1e-3 * static_cast<double>(t);
  }
  for (std::size_t c = 0; recipe.multi_label && c < model.classes.size(); ++c) {
    model.rule.label_thresholds.push_back(0.4 + 0.01 * static_cast<double>(c));
  }
  return model;
}

/// Expects of the outputs of a graph what the program says.
inline void expect_predictions(const json& outputs, const model::Model& model,
                               const MatrixF& features, double tolerance = 1e-4) {
  const auto want = model::Predictor(model).predict(features);
  ASSERT_EQ(outputs["score"].size(), want.size());
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    SCOPED_TRACE(fmt::format("picture {}", i));
    EXPECT_NEAR(outputs["score"][i].get<double>(), want[i].score,
                tolerance * std::max(1.0, std::abs(want[i].score)));
    const json &p = outputs["probabilities"][i], &labels = outputs["labels"][i];
    ASSERT_EQ(p.size(), model.classes.size());
    std::vector<int> found;
    for (std::size_t c = 0; c < p.size(); ++c) {
      EXPECT_NEAR(p[c].get<double>(), want[i].probabilities(static_cast<Index>(c)), tolerance);
      if (labels[c] == 1) found.push_back(static_cast<int>(c));
    }
    EXPECT_EQ(found, want[i].labels);
    accepted += !want[i].labels.empty();
  }
  // Else the test would say nothing of the decision.
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, want.size());
}

}  // namespace oneormany::exporting
