#pragma once
// Which backbones there are.

#include <string>

#include "app/weights.h"
#include "report/document.h"

namespace oneormany::report {

std::string weights_text(const app::WeightsList& list, const Look& look);

/// {"format": "oneormany-weights-1", "looked": [...], "weights": [...], "given": [...]}
std::string weights_json(const app::WeightsList& list);

}  // namespace oneormany::report
