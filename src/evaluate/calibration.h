#pragma once
// Whether probabilities mean what they say, and whether calibration helps.

#include <vector>

#include "evaluate/model_result.h"
#include "evaluate/predictions.h"

namespace oneormany::evaluate {

/// The calibration methods out of fold, and the one to use. labels: of each row of model.own;
/// folds: of each repeat the fold of each picture. Throws Interrupted on Ctrl-C.
CalibrationResult evaluate_calibration(const ModelPredictions& model,
                                       const std::vector<std::vector<int>>& labels,
                                       const std::vector<std::vector<int>>& folds,
                                       const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
