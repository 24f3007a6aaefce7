#pragma once
// Pictures of the classes whose label is likely an error.

#include <cstddef>
#include <filesystem>
#include <vector>

#include "evaluate/data_summary.h"
#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"

namespace oneormany::evaluate {

/// Pictures whose label the model contradicts most, out of fold (mean over repeats). labels: of
/// each row of model.own; files: of the pictures, as many as labels / repeats. Multi-label: each
/// label is a question of its own; of a picture the worst one.
std::vector<LabelError> find_label_errors(const ModelPredictions& model,
                                          const std::vector<std::vector<int>>& labels,
                                          const std::vector<std::filesystem::path>& files,
                                          const DataSummary& data, std::size_t most);

}  // namespace oneormany::evaluate
