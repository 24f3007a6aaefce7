#pragma once
// Unseen pictures, once the selection is finished.

#include <vector>

#include "evaluate/model_result.h"
#include "evaluate/predictions.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// The share of the right predictions that UnseenResult::keeping_95 is of.
inline constexpr double kUnseenKept = 0.95;

/// Of one model. The threshold comes from `in_domain` alone: it is the highest one that keeps 95 %
/// of the predictions that are right. labels: of each row of `in_domain`.
UnseenResult evaluate_unseen(const Predictions& in_domain,
                             const std::vector<std::vector<int>>& labels, const Predictions& unseen,
                             const metrics::Resampling& resampling);

/// The scores of model number `index` as the selection has them, with what unseen pictures add:
/// share labelled at the threshold, AUROC and FPR95 of each. by_highest: evaluate_unseen() of the
/// same pictures, which is the first score's.
std::vector<ScoreResult> evaluate_scores(const Selection& selection, std::size_t index,
                                         const ModelPredictions& model, const Predictions& unseen,
                                         const UnseenResult& by_highest,
                                         const std::vector<std::vector<int>>& labels,
                                         const metrics::Resampling& resampling);

/// The share of unseen pictures that get a label at the recommended threshold. score: the
/// recommended one, evaluated. Its interval is of the threshold too where the aim is to keep right
/// predictions; else of the unseen pictures alone.
Measured evaluate_recommended(const Selection& selection, const ScoreResult& score,
                              const Predictions& unseen, const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
