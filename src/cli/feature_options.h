#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "backbone/backbone.h"
#include "features/features.h"

namespace oneormany::cli {

/// How pictures become features: the same on the command line wherever they do.
struct FeatureOptions {
  std::string name = backbone::BackboneOptions{}.name;
  int size = backbone::BackboneOptions{}.size;
  std::string precision = "f32";
  double max_megapixels = 250;
  std::string cache = features::default_cache_dir().string();
  bool no_cache = false;

  backbone::BackboneOptions backbone() const;
  std::optional<std::filesystem::path> cache_dir() const;
};

void add_feature_options(CLI::App& command, FeatureOptions& options);

}  // namespace oneormany::cli
