#pragma once
// From the pixels that a program feeds to those that the backbone takes.

#include "backbone/backbone.h"
#include "exporting/graph.h"
#include "exporting/pixels.h"

namespace oneormany::exporting {

/// The graph's input, and its way to the backbone's, which is of this type.
Value add_pixels(Graph& graph, Pixels pixels, const backbone::Input& to,
                 onnx::TensorProto::DataType type = onnx::TensorProto::FLOAT);

}  // namespace oneormany::exporting
