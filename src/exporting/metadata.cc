#include "exporting/metadata.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "model/model_file.h"

namespace oneormany::exporting {
namespace {

using Json = nlohmann::ordered_json;

std::string names_of(const std::vector<std::string>& classes) {
  std::string names;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    names += fmt::format("{}{}: {}", c == 0 ? "" : ", ", c, python_text(classes[c]));
  }
  return "{" + names + "}";
}

Json input_of(const model::Model& model, Pixels pixels) {
  const int size = model.input.backbone.size;
  const bool bytes = pixels == Pixels::kBytes;
  return {{"name", bytes ? "pixels" : "pixel_values"},
          {"type", bytes ? "uint8" : "float32"},
          {"layout", bytes ? "NHWC" : "NCHW"},
          {"range", bytes ? Json{0, 255} : Json{0, 1}},
          {"colours", "RGB, transparent parts on white"},
          {"size", size},
          {"resize", "both sides to this size, bicubic with antialiasing; no crop"}};
}

}  // namespace

std::string python_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : base::printable(text)) {
    if (c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::vector<std::pair<std::string, std::string>> metadata_of(const model::Model& model,
                                                             const std::string& licence,
                                                             Pixels pixels, std::int64_t batch) {
  const int size = model.input.backbone.size;
  const std::int64_t pictures = batch > 0 ? batch : 1;
  std::vector<std::pair<std::string, std::string>> all{
      {"description", fmt::format("oneormany {} on {}", model.spec.name, model.input.name)},
      {"author", "oneormany"},
      {"version", model.program},
      {"task", "classify"},
      {"stride", "1"},
      {"batch", std::to_string(pictures)},
      {"imgsz", fmt::format("[{0}, {0}]", size)},
      {"channels", "3"},
      {"names", names_of(model.classes)},
      {"args", fmt::format("{{'batch': {}, 'dynamic': {}, 'half': False}}", pictures,
                           batch > 0 ? "False" : "True")},
      {"oneormany.format", "oneormany-onnx-1"},
      {"oneormany.input", input_of(model, pixels).dump()},
      {"oneormany.model", model::json_text(model)},
  };
  if (!licence.empty()) {
    all.emplace_back("license", licence);
    all.emplace_back("model_license", licence);  // ONNX's own name for it
  }
  return all;
}

}  // namespace oneormany::exporting
