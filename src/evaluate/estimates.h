#pragma once
// What to expect of pictures of none of the classes, by each score of a model.

#include <vector>

#include "evaluate/model_result.h"
#include "evaluate/predictions.h"
#include "evaluate/related.h"
#include "evaluate/replicates.h"
#include "metrics/aim.h"

namespace oneormany::evaluate {

/// A score with its threshold and its estimates.
struct ScoreEstimate {
  ScoreResult result;
  std::vector<double> of_unrelated, of_related;  // replicates; empty: no estimate
};

/// Of each score the share of the held-out background that gets a label from heads that did not
/// learn it; unlabelled: of the user's unsorted pictures in it, or else of all others. Empty where
/// there is none. Of clusters the interval holds other kinds of pictures too (metrics/kinds.h):
/// where all of them agree, those to come need not. labels: of each row of held_out.own.
std::vector<ShareEstimate> expect_background(const ModelPredictions::HeldOutClusters& held_out,
                                             bool unlabelled,
                                             const std::vector<std::vector<int>>& labels,
                                             const metrics::Keep& keep,
                                             const metrics::Resampling& resampling);

/// Of each score, what becomes of related pictures; empty where nothing tells. The user's unsorted
/// pictures, where they are enough (DataSummary::Unlabelled), tell more than hidden classes: they
/// are what will come.
std::vector<ShareEstimate> estimate_related(const ModelPredictions& model,
                                            const std::vector<std::vector<int>>& labels,
                                            const metrics::Keep& keep,
                                            const metrics::Resampling& resampling);

/// Both, of each score of the model. labels: of each row of model.own.
std::vector<ScoreEstimate> estimate_scores(const ModelPredictions& model,
                                           const std::vector<std::vector<int>>& labels,
                                           const metrics::Keep& keep,
                                           const metrics::Resampling& resampling);

/// What is chosen by, of all replicates too: the less the better.
struct Loss {
  double value = 0;
  std::vector<double> replicates;
};

/// The mean of both estimates, or the one that there is. related: some model has an estimate of
/// related pictures; one that hasn't labels all.
Loss expected_of(const ScoreEstimate& one, bool related, int replicates);

/// Is a significantly more than b?
bool is_more(const Loss& a, const Loss& b);

}  // namespace oneormany::evaluate
