#pragma once
// A model as one ONNX graph: a picture's pixels in, what is said of it out.

#include <string>

#include "backbone/backbone.h"
#include "exporting/pixels.h"
#include "model/model.h"

namespace oneormany::exporting {

/// The bytes of an ONNX file that runs anywhere with the program's answers: normalisation,
/// backbone, head, calibration, score and thresholds are in it. docs/export.md has its inputs,
/// outputs and metadata. The same model gives the same bytes. backbone: the one the model was
/// trained with. Throws Error, one line: for a score that no graph can hold, a backbone that can't
/// be embedded, or more than 2 GB.
std::string to_onnx(const model::Model& model, const backbone::Backbone& backbone, Pixels pixels);

/// Whether the probabilities of a picture sum to 1.
bool sums_to_one(const model::Model& model);

}  // namespace oneormany::exporting
