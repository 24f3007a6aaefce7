#include "evaluate/holdout.h"

#include <concepts>
#include <type_traits>

#include "evaluate/model_result.h"
#include "evaluate/select.h"
#include "train/cross_validation.h"

// Unseen pictures select nothing: the types keep it so. That this file compiles is the test.

namespace oneormany::evaluate {
namespace {

using Labels = std::vector<std::vector<int>>;
using Scores = std::vector<std::vector<ScoreResult>>;

// A Selection comes from select() alone.
static_assert(!std::is_default_constructible_v<Selection> && !std::is_aggregate_v<Selection>);
static_assert(!std::is_constructible_v<Selection, Scores>);
static_assert(!std::is_constructible_v<Selection, Recommendation>);
static_assert(!std::is_constructible_v<Selection, Scores, Recommendation, std::size_t, Vector>);
static_assert(std::is_same_v<
              std::invoke_result_t<decltype(&select), const std::vector<ModelPredictions>&,
                                   const std::vector<ModelResult>&, const Labels&, SelectOptions>,
              Selection>);

// And nothing held out can be read without one.
template <typename S>
concept OpensWithout = requires(const S& holdout) {
  holdout.open();
};
template <typename S, typename Key>
concept OpensWith = requires(const S& holdout, const Key& key) {
  holdout.open(key);
};
template <typename S>
concept GivesAway = requires(const S& holdout) {
  holdout.value_;
}
|| requires(const S& holdout) { holdout.get(); }
|| requires(const S& holdout) { *holdout; }
|| requires(const S& holdout) { holdout.operator->(); };
template <typename T>
constexpr bool kKeepsShut =
    OpensWith<Holdout<T>, Selection> && !OpensWithout<Holdout<T>> && !GivesAway<Holdout<T>> &&
    !OpensWith<Holdout<T>, Recommendation> &&
    !OpensWith<Holdout<T>, std::vector<ModelPredictions>> && !OpensWith<Holdout<T>, int> &&
    !std::is_convertible_v<Holdout<T>, T> && !std::is_convertible_v<Holdout<T>, const T&> &&
    !std::is_aggregate_v<Holdout<T>>;
static_assert(kKeepsShut<MatrixF>);
static_assert(kKeepsShut<Predictions>);
static_assert(kKeepsShut<train::LearningData>);
static_assert(kKeepsShut<std::vector<Predictions>>);

// What learns or selects has no place for unseen pictures.
template <typename... Arguments>
constexpr bool kSelects = std::is_invocable_v<decltype(&select), Arguments...>;
static_assert(!kSelects<Holdout<std::vector<ModelPredictions>>, std::vector<ModelResult>, Labels,
                        SelectOptions>);
static_assert(!kSelects<std::vector<Predictions>, std::vector<ModelResult>, Labels, SelectOptions>);
static_assert(!kSelects<std::vector<ModelPredictions>, std::vector<ModelResult>, Labels,
                        SelectOptions, std::vector<Predictions>>);
static_assert(!kSelects<std::vector<ModelPredictions>, std::vector<ModelResult>, Labels,
                        SelectOptions, Holdout<MatrixF>>);
template <typename... Arguments>
constexpr bool kLearns = std::is_invocable_v<decltype(&train::fit_models), Arguments...>;
using Callback = std::function<void(double)>;
static_assert(kLearns<std::vector<train::ModelSpec>, train::LearningData,
                      train::CrossValidationOptions, Callback>);
static_assert(!kLearns<std::vector<train::ModelSpec>, Holdout<train::LearningData>,
                       train::CrossValidationOptions, Callback>);
static_assert(
    !kLearns<std::vector<train::ModelSpec>, train::LearningData, Holdout<MatrixF>, Callback>);
static_assert(!kLearns<std::vector<train::ModelSpec>, train::LearningData,
                       train::CrossValidationOptions, Callback, MatrixF>);
static_assert(!kLearns<std::vector<train::ModelSpec>, train::LearningData,
                       train::CrossValidationOptions, Callback, Holdout<MatrixF>>);
static_assert(!std::is_constructible_v<Predictions, Holdout<Predictions>>);
static_assert(!std::is_constructible_v<ModelPredictions, Holdout<Predictions>>);

template <typename T>
concept HasUnseen = requires(const T& of) {
  of.unseen;
};
static_assert(HasUnseen<ModelResult> && !HasUnseen<train::LearningData> &&
              !HasUnseen<ModelPredictions> && !HasUnseen<train::FittedModel> &&
              !HasUnseen<SelectOptions> && !HasUnseen<train::CrossValidationOptions>);

}  // namespace
}  // namespace oneormany::evaluate
