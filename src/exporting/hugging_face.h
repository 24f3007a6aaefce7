#pragma once
// A model as a folder for the Hugging Face hub.

#include <string>
#include <utility>
#include <vector>

#include "backbone/backbone.h"
#include "model/model.h"

namespace oneormany::exporting {

/// Names and contents: model.onnx (Pixels::kUnit, with `logits` for transformers), config.json,
/// preprocessor_config.json, and README.md, which is the card. docs/export.md says how they are
/// used. Throws Error as to_onnx() does.
std::vector<std::pair<std::string, std::string>> hugging_face_files(
    const model::Model& model, const backbone::Backbone& backbone, const std::string& card);

}  // namespace oneormany::exporting
