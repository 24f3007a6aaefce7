#pragma once
// The work behind stream.h and features.h, with any network.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "base/sha256.h"
#include "features/cache.h"
#include "features/features.h"
#include "features/stream.h"
#include "image/image.h"

namespace oneormany::features {

/// What the pipeline needs of a network. Like Backbone::run, run() may be called by several threads
/// at once.
struct Runner {
  int feature_count = 0;  ///< 0: no network, only pixels
  std::function<void(std::span<const std::uint8_t> rgb, std::span<float> features)> run;
};

/// Asked about a file whose content is known, before it is decoded; false: no picture is to be made
/// of it. Like a Sink it is called by several threads at once.
using Wanted = std::function<bool(std::size_t number, const base::Sha256& content)>;

/// stream_features with any network; `cache` and `wanted` may be null.
void run_stream(const NextFile& next, const Runner& runner, const image::ImageOptions& options,
                Cache* cache, const Sink& sink, const StreamOptions& stream,
                const Wanted& wanted = {});

/// extract_features with any network; `cache` may be null.
FeatureSet run_pipeline(const std::vector<std::filesystem::path>& files, const Runner& runner,
                        const image::ImageOptions& options, Cache* cache);

}  // namespace oneormany::features
