#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "backbone/backbone.h"
#include "features/features.h"

namespace oneormany {

/// How pictures become features: the same on the command line wherever they do.
struct FeatureOptions {
  std::string name = BackboneOptions{}.name;
  int size = BackboneOptions{}.size;
  std::string precision = "f32";
  double max_megapixels = 250;
  std::string cache = default_cache_dir().string();
  bool no_cache = false;

  BackboneOptions backbone() const;
  std::optional<std::filesystem::path> cache_dir() const;
};

void add_feature_options(CLI::App& command, FeatureOptions& options);

}  // namespace oneormany
