#pragma once
// Which differences between models are statistically significant.

#include <vector>

#include "data/data.h"
#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// Each model against the recommended one, on the same pictures. labels: of each row of `own`;
/// unseen: of each model, or none.
std::vector<ModelDifference> compare_models(const Selection& selection,
                                            const std::vector<ModelPredictions>& models,
                                            const std::vector<Predictions>& unseen,
                                            const std::vector<std::vector<int>>& labels,
                                            data::Problem problem,
                                            const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
