#pragma once
// Prediction sets of the recommended model.

#include <vector>

#include "evaluate/data_summary.h"
#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// unseen: what the model predicts for unseen pictures, or null. labels: of each row of model.own;
/// folds: of the first repeat, which alone is measured in domain.
PredictionSets evaluate_sets(const Selection& selection, const ModelPredictions& model,
                             const Predictions* unseen, const std::vector<std::vector<int>>& labels,
                             const std::vector<int>& folds, const std::vector<ClassCount>& classes,
                             double alpha, const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
