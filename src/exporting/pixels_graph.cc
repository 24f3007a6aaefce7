#include "exporting/pixels_graph.h"

namespace oneormany::exporting {

using onnx::TensorProto;

namespace {

/// On the scale to 255.
std::array<float, 3> of_bytes(std::array<float, 3> of_unit) {
  for (float& value : of_unit) value *= 255;
  return of_unit;
}

}  // namespace

Value add_pixels(Graph& graph, Pixels pixels, const backbone::Input& to,
                 TensorProto::DataType type) {
  graph.part("pixels");
  const Graph::Ints kToLast{0, 2, 3, 1}, kToFirst{0, 3, 1, 2};
  Value x;  // f32 [N,3,size,size], 0 to 255
  if (pixels == Pixels::kBytes) {
    const Value bytes = graph.input("pixels", TensorProto::UINT8, {to.size, to.size, 3});
    x = graph.node("Transpose", {graph.cast(bytes, TensorProto::FLOAT)}, {{"perm", kToFirst}});
  } else {
    const Value unit = graph.input("pixel_values", TensorProto::FLOAT, {3, to.size, to.size});
    x = graph.mul(unit, graph.number(255.0f));
  }
  if (to.bytes) {
    x = graph.node("Round", {x});
  } else {
    x = graph.sub(x, graph.floats({1, 3, 1, 1}, of_bytes(to.mean)));
    x = graph.div(x, graph.floats({1, 3, 1, 1}, of_bytes(to.std)));
  }
  if (to.bgr) x = graph.pick(x, std::array{2, 1, 0});
  if (to.layout == backbone::Input::Layout::kNhwc)
    x = graph.node("Transpose", {x}, {{"perm", kToLast}});
  return type == TensorProto::FLOAT ? x : graph.cast(x, type);
}

}  // namespace oneormany::exporting
