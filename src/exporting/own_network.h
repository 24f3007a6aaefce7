#pragma once
// A user's own ONNX file as a part of a graph.

#include <filesystem>

#include "exporting/graph.h"

namespace oneormany::exporting {

/// The network in an ONNX file, with the weights that lie in files beside it. Throws Error, one
/// line with the file's name, if it can't be read, is larger than an ONNX file can be with all
/// weights in it (2 GB), or is of an opset before kOldestOpset that renew_opset() can't bring to
/// it.
onnx::ModelProto read_network(const std::filesystem::path& file);

/// Of the default domain.
int opset_of(const onnx::ModelProto& network);

/// How many pictures it takes at once; 0: any number.
std::int64_t batch_of(const onnx::ModelProto& network);

/// The type of its one input.
onnx::TensorProto::DataType type_of(const onnx::ModelProto& network);

/// Adds all its nodes, with a prefix to every name, so that they can't meet those of the graph,
/// which has to be of the same opset. `output`: NAME, NAME:first or NAME:mean, as
/// backbone::BackboneOptions has it. Gives the features, f32 [N,features]. Throws Error, without
/// the file's name, if it doesn't say what shape that output has.
Value add_own_network(Graph& graph, onnx::ModelProto network, const Value& pixels,
                      const std::string& output);

}  // namespace oneormany::exporting
