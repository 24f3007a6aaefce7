#include "exporting/onnx_model.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "backbone/built_in.h"
#include "backbone/networks.h"
#include "backbone/weights.h"
#include "base/error.h"
#include "exporting/metadata.h"
#include "exporting/model_graph.h"
#include "exporting/network_graph.h"
#include "exporting/own_network.h"
#include "exporting/pixels_graph.h"

namespace oneormany::exporting {
namespace {

using onnx::TensorProto;

/// What protocol buffers can hold.
constexpr std::size_t kMostBytes = std::numeric_limits<std::int32_t>::max();

/// Log-probabilities, or logits of each by itself: what Hugging Face's pipeline turns into these
/// probabilities again, by softmax or by sigmoid.
Value logits_again(Graph& graph, const Value& probabilities, bool by_softmax) {
  constexpr double kLeast = 1e-30, kNearest = 1e-15;
  if (by_softmax) {
    return graph.node("Log", {graph.node("Max", {probabilities, graph.number(kLeast)})});
  }
  const Value p =
      graph.node("Clip", {probabilities, graph.number(kLeast), graph.number(1 - kNearest)});
  return graph.sub(graph.node("Log", {p}), graph.node("Log", {graph.sub(graph.number(1.0), p)}));
}

}  // namespace

bool sums_to_one(const model::Model& model) {
  return model.spec.one_class() && !model.spec.none_class;
}

std::string to_onnx(const model::Model& model, const backbone::Backbone& backbone, Pixels pixels) {
  std::optional<onnx::ModelProto> own;
  if (backbone::is_onnx(backbone.file())) own = read_network(backbone.file());
  Graph graph(own ? opset_of(*own) : kOwnOpset);
  const std::int64_t batch = own ? batch_of(*own) : 0;
  graph.fix_batch(batch);
  Value features;
  if (own) {
    const Value x = add_pixels(graph, pixels, backbone.input(), type_of(*own));
    features = add_own_network(graph, std::move(*own), x, backbone.options().output);
  } else {
    const auto network =
        backbone::build_network(backbone::read_weights(backbone.file()), backbone.size());
    const Value x = add_pixels(graph, pixels, backbone.input());
    graph.part("backbone");
    features = add_network(graph, *network.model, x);
    if (model.input.stages == features::Stages::kLast) {
      features = graph.columns(features, 0, network.last_layer_count);
    }
  }
  const Answers answers = add_model(graph, model, features);

  const auto classes = static_cast<std::int64_t>(model.classes.size());
  const auto give = [&](const Value& value, const std::string& name) {
    graph.output(graph.cast(value, TensorProto::FLOAT), name, TensorProto::FLOAT, {classes});
  };
  graph.part("answers");
  give(answers.probabilities, "probabilities");
  graph.output(graph.cast(graph.flat(answers.score), TensorProto::FLOAT), "score",
               TensorProto::FLOAT, {});
  graph.output(answers.labels, "labels", TensorProto::UINT8, {classes});
  if (pixels == Pixels::kUnit) {
    give(logits_again(graph, answers.probabilities, sums_to_one(model)), "logits");
  }
  for (const auto& [key, value] : metadata_of(model, backbone.licence(), pixels, batch)) {
    graph.metadata(key, value);
  }
  graph.model().set_producer_name("oneormany");
  graph.model().set_producer_version(model.program);
  if (graph.model().ByteSizeLong() > kMostBytes) {
    throw Error("the model and its backbone are larger than an ONNX file can be (2 GB)");
  }
  return graph.model().SerializeAsString();
}

}  // namespace oneormany::exporting
