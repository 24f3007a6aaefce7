#include "app/load_model.h"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "backbone/find_weights.h"
#include "base/error.h"
#include "base/printable.h"
#include "features/features.h"
#include "model/model_file.h"
#include "model/self_test.h"

namespace oneormany::app {

image::ImageOptions LoadedModel::reading(const image::ImageOptions& limits) const {
  image::ImageOptions reading = limits;
  reading.size = backbone->size();
  reading.white = model().input.white;
  reading.bands = model().input.bands;
  return reading;
}

LoadedModel load_model(const LoadOptions& options) {
  model::ReadModel read = model::read_model(options.file);
  const model::Input& input = read.model.input;
  backbone::BackboneOptions backbone = input.backbone;
  const std::array places{options.file.parent_path(), features::default_cache_dir() / "weights"};
  backbone.precision = options.precision.value_or(backbone.precision);
  backbone.name = backbone::find_weights(options.backbone.value_or(input.backbone.name),
                                         input.weights_sha256, places);
  LoadedModel loaded{.sha256 = read.sha256,
                     .backbone = std::make_unique<backbone::Backbone>(backbone),
                     .predictor = std::make_unique<model::Predictor>(std::move(read.model))};
  try {
    model::check_self_tests(*loaded.predictor, *loaded.backbone);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(options.file), error.what()));
  }
  return loaded;
}

}  // namespace oneormany::app
