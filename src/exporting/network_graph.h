#pragma once
// The backbone as a part of an ONNX graph.

#include <openvino/core/model.hpp>

#include "exporting/graph.h"

namespace oneormany::exporting {

/// A network that was built here (backbone/networks.h). pixels: f32 [N,3,size,size], normalised.
/// Gives its features, f32 [N,features].
Value add_network(Graph& graph, const ov::Model& network, const Value& pixels);

}  // namespace oneormany::exporting
