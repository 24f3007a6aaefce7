#include "exporting/hugging_face.h"

#include <nlohmann/json.hpp>

#include "exporting/onnx_model.h"

namespace oneormany::exporting {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// First in each file, so that our own are told from others'.
Json library_of(const model::Model& model) {
  return {{"name", "oneormany"}, {"version", model.program}};
}

/// problem_type says how transformers turn logits into probabilities: those that don't sum to 1
/// are each a sigmoid's.
std::string config_of(const model::Model& model, const backbone::Backbone& backbone) {
  Json names = Json::object(), numbers = Json::object();
  for (std::size_t c = 0; c < model.classes.size(); ++c) {
    names[std::to_string(c)] = model.classes[c];
    numbers[model.classes[c]] = c;
  }
  return text_of({{"library", library_of(model)},
                  {"model_type", "timm_wrapper"},
                  {"architecture", backbone.name()},
                  {"problem_type", sums_to_one(model) ? "single_label_classification"
                                                      : "multi_label_classification"},
                  {"num_labels", model.classes.size()},
                  {"id2label", std::move(names)},
                  {"label2id", std::move(numbers)},
                  {"image_size", backbone.size()},
                  {"num_channels", 3}});
}

/// Mean and deviation are in the graph.
std::string preprocessor_of(const model::Model& model, const backbone::Backbone& backbone) {
  constexpr int kBicubic = 3;  // of PIL
  return text_of({{"library", library_of(model)},
                  {"image_processor_type", "ViTImageProcessor"},
                  {"do_convert_rgb", true},
                  {"do_resize", true},
                  {"size", {{"height", backbone.size()}, {"width", backbone.size()}}},
                  {"resample", kBicubic},
                  {"do_center_crop", false},
                  {"do_rescale", true},
                  {"rescale_factor", 1 / 255.0},
                  {"do_normalize", false},
                  {"image_mean", {0.0, 0.0, 0.0}},
                  {"image_std", {1.0, 1.0, 1.0}}});
}

}  // namespace

std::vector<std::pair<std::string, std::string>> hugging_face_files(
    const model::Model& model, const backbone::Backbone& backbone, const std::string& card) {
  return {{"model.onnx", to_onnx(model, backbone, Pixels::kUnit)},
          {"config.json", config_of(model, backbone)},
          {"preprocessor_config.json", preprocessor_of(model, backbone)},
          {"README.md", card}};
}

}  // namespace oneormany::exporting
