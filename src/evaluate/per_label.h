#pragma once
// A model label by label: for pictures with none, one or many labels.

#include <vector>

#include "evaluate/data_summary.h"
#include "evaluate/recommendation.h"
#include "evaluate/select.h"
#include "metrics/aim.h"
#include "metrics/measures.h"

namespace oneormany::evaluate {

/// predictions: out of fold, the pictures in their order, repeat after repeat. labels: of each row.
/// names: of the labels, with how many pictures carry them. folds: of each repeat the fold of each
/// picture; may be empty, and then no thresholds are tuned. aim: what each label's threshold is
/// for. Each fold is measured at thresholds that the other folds of the same repeat chose. Throws
/// Interrupted on Ctrl-C.
LabelResults evaluate_per_label(const Predictions& predictions,
                                const std::vector<std::vector<int>>& labels,
                                const std::vector<ClassCount>& names,
                                const std::vector<std::vector<int>>& folds, const metrics::Aim& aim,
                                const metrics::Resampling& resampling);

/// 1 where a label's probability reaches its threshold. thresholds: one for each column.
metrics::LabelMatrix labels_at(const Matrix& probabilities, const std::vector<double>& thresholds);

/// What giving labels finds. given: 1 where a row gets a label; labels: of each row.
Recommendation::GivenLabels measure_given_labels(const Predictions& predictions,
                                                 const metrics::LabelMatrix& given,
                                                 const std::vector<std::vector<int>>& labels,
                                                 const metrics::Resampling& resampling);

/// Of the recommended model; folds: not empty, as in evaluate_per_label(); aim: of the labels'
/// thresholds.
Recommendation::GivenLabels evaluate_given_labels(const Selection& selection,
                                                  const ModelPredictions& model,
                                                  const std::vector<std::vector<int>>& labels,
                                                  const std::vector<std::vector<int>>& folds,
                                                  const metrics::Aim& aim,
                                                  const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
