#pragma once
// The work behind features.h, with any network.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "features/cache.h"
#include "features/features.h"
#include "image/image.h"

namespace oneormany::features {

/// What the pipeline needs of a network. Like Backbone::run, run() may be called by several threads
/// at once.
struct Runner {
  int feature_count = 0;  ///< 0: no network, only pixels
  std::function<void(std::span<const std::uint8_t> rgb, std::span<float> features)> run;
};

/// extract_features with any network; `cache` may be null.
FeatureSet run_pipeline(const std::vector<std::filesystem::path>& files, const Runner& runner,
                        const image::ImageOptions& options, Cache* cache);

}  // namespace oneormany::features
