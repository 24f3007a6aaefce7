#pragma once
// A model that is ready to be used: its file read, its backbone found, its self-tests passed.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "backbone/backbone.h"
#include "image/image.h"
#include "model/predictor.h"

namespace oneormany::app {

struct LoadOptions {
  std::filesystem::path file;
  std::optional<std::string> backbone{};  ///< where its weights are, if not where they are looked
                                          ///< for (backbone::find_weights)
  std::optional<backbone::Precision> precision{};  ///< none: the model's own
};

struct LoadedModel {
  std::string sha256;  ///< of the file's content
  std::unique_ptr<backbone::Backbone> backbone;
  std::unique_ptr<model::Predictor> predictor;

  const model::Model& model() const { return predictor->model(); }

  /// How the model's pictures are read; limits as in `limits`.
  image::ImageOptions reading(const image::ImageOptions& limits) const;
};

/// Throws Error, one line with the file's name and the cure: as model::read_model() and
/// backbone::Backbone do; if the backbone's weights aren't found or are others than the model's; if
/// a self-test fails.
LoadedModel load_model(const LoadOptions& options);

}  // namespace oneormany::app
