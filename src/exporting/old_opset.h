#pragma once
// Networks of old opsets in the form of the oldest that a graph here can be of.

#include <onnx/onnx_pb.h>

#include <functional>

namespace oneormany::exporting {

/// Calls visit(graph) for a graph and those within its nodes (of If, Loop, Scan).
void each_graph(onnx::GraphProto& graph, const std::function<void(onnx::GraphProto&)>& visit);

/// From an opset of 7 to 12 to kOldestOpset, for inference: each operation whose form has changed
/// since gets its new one, and the answers stay the same. (The ONNX library's converter has to know
/// all shapes, and gives up at the softmax of a vision transformer whose batch is open.) Throws
/// Error with the cure for an older opset, and for what has no new form.
void renew_opset(onnx::ModelProto& network, int opset);

}  // namespace oneormany::exporting
