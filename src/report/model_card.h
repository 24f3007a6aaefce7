#pragma once
// What a model is, from what, and what it promises.

#include <string>

#include "model/model_file.h"
#include "report/document.h"

namespace oneormany::report {

/// When a picture gets a label, by the model's own thresholds; a sentence.
std::string rule_text(const model::Model& model);

/// licence: of the backbone's weights, as SPDX names it; empty: not known.
std::string model_text(const model::ReadModel& read, const std::string& licence, const Look& look);

/// In Markdown, with the head that Hugging Face's hub reads (Mitchell et al. 2019: "Model Cards for
/// Model Reporting"). The licence stands in it as the hub names it.
std::string model_card(const model::ReadModel& read, const std::string& licence);

/// As the file has it, with its SHA-256.
std::string model_json(const model::ReadModel& read);

}  // namespace oneormany::report
