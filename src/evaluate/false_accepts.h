#pragma once
// The unseen pictures that a user should look at.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluate/select.h"
#include "evaluate/results.h"

namespace oneormany::evaluate {

/// Unseen pictures that some arm labels: first those that the recommended arm labels, of these
/// first the ones that it is surest about; of exact copies the first. The heads of an arm answer
/// together, by their means. judged: the arms, with their `unseen`; to_unseen: what each says, head
/// after head; files: of the pictures, as many as rows / heads.
std::vector<FalseAccept> find_false_accepts(const Selection& selection, const std::vector<ModelResult>& evaluated,
                                   const std::vector<Predictions>& to_unseen,
                                   const std::vector<std::filesystem::path>& files,
                                   const std::vector<std::string>& classes, std::size_t most);

}  // namespace oneormany::evaluate
