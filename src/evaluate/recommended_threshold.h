#pragma once
// The threshold that serves an aim, what it will do, and how badly the aim is served.

#include <vector>

#include "evaluate/estimates.h"
#include "evaluate/keeping.h"
#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"
#include "metrics/aim.h"

namespace oneormany::evaluate {

/// With the threshold of one of the model's scores, or those of each class, and what they will do;
/// what is known only of unseen pictures and of the classes by themselves is left empty. result: of
/// that score. labels: of each row of model.own.
Recommendation with_threshold(const ModelPredictions& model, std::size_t score,
                              const ScoreResult& result, const metrics::Aim& aim,
                              const std::vector<std::vector<int>>& labels,
                              const metrics::Resampling& resampling);

/// The same of thresholds that were chosen elsewhere, on the model's pictures alone; nothing is
/// estimated.
Recommendation with_given_thresholds(const ModelPredictions& model, std::size_t score,
                                     const Thresholds& thresholds, const metrics::Aim& aim,
                                     const std::vector<std::vector<int>>& labels,
                                     const metrics::Resampling& resampling);

/// metrics::aim_loss() on the pictures of the classes and the background, by heads that never met
/// this.
Loss loss_of_aim(const ModelPredictions& model, std::size_t score, const metrics::Aim& aim,
                 const std::vector<std::vector<int>>& labels,
                 const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
