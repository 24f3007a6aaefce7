#pragma once
// The unseen pictures that a user should look at.

#include <cstddef>
#include <filesystem>
#include <vector>

#include "evaluate/data_summary.h"
#include "evaluate/model_result.h"
#include "evaluate/recommendation.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// Unseen pictures that some model labels: first those that the recommended model labels, of these
/// first the ones that it is surest about; of exact copies the first. The heads of a model predict
/// together, by their means. results: of the models, with their `unseen`; unseen: what each
/// predicts, head after head; files: of the pictures, as many as rows / heads.
std::vector<FalseAccept> find_false_accepts(const Selection& selection,
                                            const std::vector<ModelResult>& results,
                                            const std::vector<Predictions>& unseen,
                                            const std::vector<std::filesystem::path>& files,
                                            const std::vector<ClassCount>& classes,
                                            std::size_t most);

}  // namespace oneormany::evaluate
