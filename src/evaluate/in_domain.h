#pragma once
// A model on pictures of the classes: out of fold, or of a test set.

#include <vector>

#include "data/data.h"
#include "evaluate/model_result.h"
#include "evaluate/predictions.h"

namespace oneormany::evaluate {

/// The least, mean, median and largest of some values. Requires values not empty.
Summary summary_of(std::vector<double> values);

/// Of each row the sum of its probabilities.
std::vector<double> sums_of(const Matrix& probabilities);

/// All but InDomain::labels. labels: of each row of the predictions, which are the model's.
InDomain evaluate_in_domain(const train::ModelSpec& spec, const Predictions& predictions,
                            data::Problem problem, const std::vector<std::vector<int>>& labels,
                            const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
