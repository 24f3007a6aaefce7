#include "exporting/model_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/error_in.h"
#include "tests/exporting/models.h"

namespace oneormany::exporting {
namespace {

using head::HeadKind;
using metrics::CalibrationMethod;
using onnx::TensorProto;
using ood::ScoreKind;

/// From features, no more; f32 and f64 as they are.
std::string graph_of(const model::Model& model, int opset) {
  Graph graph(opset);
  const Value features = graph.input("features", TensorProto::FLOAT, {model.input.features});
  const Answers answers = add_model(graph, model, features);
  const auto classes = static_cast<std::int64_t>(model.classes.size());
  graph.output(answers.probabilities, "probabilities", TensorProto::DOUBLE, {classes});
  graph.output(graph.flat(answers.score), "score", TensorProto::DOUBLE, {});
  graph.output(answers.labels, "labels", TensorProto::UINT8, {classes});
  return graph.model().SerializeAsString();
}

void expect_same_answers(const std::vector<Recipe>& recipes, int opset = kOwnOpset) {
  const MatrixF& features = Pictures::some().features;
  std::vector<model::Model> models;
  std::vector<std::string> graphs;
  for (const Recipe& recipe : recipes) {
    models.push_back(model_of(recipe));
    graphs.push_back(graph_of(models.back(), opset));
  }
  const json got = run_onnx(graphs, npy_of(features));
  ASSERT_EQ(got.size(), recipes.size());
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    const Recipe& r = recipes[i];
    SCOPED_TRACE(fmt::format("{} {}{} {} {}", r.loss, head::name_of(r.head),
                             r.none_class ? " with none" : "", metrics::name_of(r.calibration),
                             ood::name_of(r.score)));
    expect_predictions(got[i]["outputs"], models[i], features);
  }
}

TEST(ModelGraph, EveryHeadUnderBothActivations) {
  std::vector<Recipe> recipes;
  for (const HeadKind head : {HeadKind::kLinear, HeadKind::kRbf, HeadKind::kMlp}) {
    for (const char* loss : {"cross_entropy", "bce_with_logits"}) {
      recipes.push_back({.loss = loss, .head = head});
    }
    recipes.push_back({.head = head, .none_class = true});
  }
  expect_same_answers(recipes);
}

TEST(ModelGraph, EveryCalibration) {
  std::vector<Recipe> recipes;
  for (const CalibrationMethod method : metrics::kCalibrationMethods) {
    recipes.push_back({.calibration = method});
    recipes.push_back({.none_class = true, .calibration = method});
    recipes.push_back({.loss = "bce_with_logits", .calibration = method});
    recipes.push_back({.loss = "bce_with_logits", .calibration = method, .multi_label = true});
  }
  expect_same_answers(recipes);
}

std::vector<ScoreKind> exported_scores() {
  std::vector<ScoreKind> kinds{ScoreKind::kBothGates};
  for (const auto& info : ood::all_scores()) {
    if (can_export(info.kind)) kinds.push_back(info.kind);
  }
  return kinds;
}

TEST(ModelGraph, EveryScoreThatAGraphCanHold) {
  std::vector<Recipe> recipes;
  for (const ScoreKind score : exported_scores()) {
    recipes.push_back({.score = score});
    recipes.push_back({.none_class = true, .score = score});
    recipes.push_back({.loss = "bce_with_logits", .score = score, .each = true});
  }
  EXPECT_EQ(recipes.size(), 24u);
  expect_same_answers(recipes);
}

TEST(ModelGraph, EveryOpsetThatAnEmbeddedFileMayHave) {
  for (const int opset : {13, 15, 18, 21}) {
    SCOPED_TRACE(opset);
    expect_same_answers({{.head = HeadKind::kRbf,
                          .calibration = CalibrationMethod::kPlatt,
                          .score = ScoreKind::kBothGates},
                         {.calibration = CalibrationMethod::kIsotonic, .score = ScoreKind::kEnergy},
                         {.loss = "bce_with_logits", .multi_label = true}},
                        opset);
  }
}

TEST(ModelGraph, AScoreThatIsFittedWhenAModelIsLoadedIsRefused) {
  model::Model model = model_of({.score = ScoreKind::kMahalanobis});
  const std::string message = error_in([&] { graph_of(model, kOwnOpset); });
  EXPECT_THAT(message, testing::HasSubstr("mahalanobis"));
  EXPECT_THAT(message, testing::HasSubstr("--scores max_probability,knn"));
  for (const ScoreKind kind : {ScoreKind::kMahalanobisClass, ScoreKind::kVim, ScoreKind::kReact}) {
    model.rule.score = kind;
    EXPECT_THAT(error_in([&] { graph_of(model, kOwnOpset); }),
                testing::HasSubstr(ood::name_of(kind)));
  }
}

}  // namespace
}  // namespace oneormany::exporting
