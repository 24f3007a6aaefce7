#pragma once
// How far a model can be trusted, beyond its measures: other scores, calibration, sets with a
// promise, what differs beyond chance, labels that look wrong.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/select.h"
#include "evaluate/results.h"

namespace oneormany::evaluate {

/// The findings of choose() on arm number `index` with what unseen pictures add: share labelled at
/// the threshold, AUROC and FPR95 of each score. by_highest: what judge_unseen() found of the same
/// pictures, which are the first score's.
std::vector<ScoreResult> evaluate_scores(const Selection& selection, std::size_t index,
                                       const ModelPredictions& model, const Predictions& unseen,
                                       const UnseenResult& by_highest,
                                       const std::vector<std::vector<int>>& labels,
                                       std::uint64_t seed);

/// Calibrations out of fold, before and after. folds: for each deal the fold of each picture.
CalibrationResult evaluate_calibration(const ModelPredictions& model,
                                     const std::vector<std::vector<int>>& labels,
                                     const std::vector<std::vector<int>>& folds,
                                     std::uint64_t seed);

/// Each arm against the recommended one. `unseen`: what each arm says to unseen pictures, or null.
std::vector<ModelDifference> compare_models(const Selection& selection,
                                             const std::vector<ModelPredictions>& models,
                                             const std::vector<Predictions>* unseen,
                                             const std::vector<std::vector<int>>& labels,
                                             bool multi_label, std::uint64_t seed);

/// Of the recommended arm; folds: of the first deal, which alone is judged in domain.
PredictionSets evaluate_sets(const Selection& selection, const ModelPredictions& model, const Predictions* unseen,
                            const std::vector<std::vector<int>>& labels,
                            const std::vector<int>& folds, const std::vector<ClassCount>& classes,
                            double alpha, std::uint64_t seed);

/// The share of unseen pictures that get a label at the recommended threshold. score: the
/// recommended one, judged. Its interval is of the threshold too where the aim is to keep right
/// answers; else of the unseen pictures alone.
Measured evaluate_recommended(const Selection& selection, const ScoreResult& score, const Predictions& unseen,
                           std::uint64_t seed);

/// Pictures whose label the arm contradicts most, out of fold (mean over deals). files: of the
/// pictures, as many as labels / deals. With many labels each label is a question of its own; of a
/// picture the worst one.
std::vector<LabelError> find_label_errors(const ModelPredictions& model, const std::vector<std::vector<int>>& labels,
                                   const std::vector<std::filesystem::path>& files,
                                   const std::vector<ClassCount>& classes, bool multi_label,
                                   std::size_t most);

}  // namespace oneormany::evaluate
