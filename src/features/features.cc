#include "features/features.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "features/bank.h"
#include "features/cache.h"
#include "features/pipeline.h"
#include "features/stream.h"

namespace oneormany::features {

std::filesystem::path default_cache_dir() {
  // The XDG base directory specification: a relative path is to be ignored.
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg == '/') {
    return std::filesystem::path(xdg) / "oneormany";
  }
  const char* home = std::getenv("HOME");
  if (!home || !*home) {
    const passwd* user = getpwuid(getuid());
    home = user ? user->pw_dir : "/tmp";
  }
  return std::filesystem::path(home) / ".cache" / "oneormany";
}

namespace {

Runner runner_of(const backbone::Backbone& backbone) {
  return {.feature_count = backbone.feature_count(),
          .run = [&backbone](std::span<const std::uint8_t> rgb, std::span<float> features) {
            backbone.run(rgb, features);
          }};
}

std::unique_ptr<Cache> open_cache(const std::optional<std::filesystem::path>& dir,
                                  const backbone::Backbone& backbone,
                                  const image::ImageOptions& options) {
  if (!dir) return nullptr;
  // The limit is part of it, so that a warm run skips what a cold one would.
  return std::make_unique<Cache>(*dir,
                                 fmt::format("{}, {}", feature_setup(backbone), options.reading()));
}

}  // namespace

void stream_features(const NextFile& next, const backbone::Backbone& backbone,
                     const image::ImageOptions& options,
                     const std::optional<std::filesystem::path>& cache_dir, const Sink& sink,
                     const StreamOptions& stream) {
  const auto cache = open_cache(cache_dir, backbone, options);
  run_stream(next, runner_of(backbone), options, cache.get(), sink, stream);
}

FeatureSet extract_features(const std::vector<std::filesystem::path>& files,
                            const backbone::Backbone& backbone, const image::ImageOptions& options,
                            const std::optional<std::filesystem::path>& cache_dir) {
  const auto cache = open_cache(cache_dir, backbone, options);
  return run_pipeline(files, runner_of(backbone), options, cache.get());
}

void keep_stages(MatrixF& features, Stages stages, const backbone::Backbone& backbone) {
  if (stages == Stages::kAll) return;
  features = MatrixF(features.leftCols(backbone.last_layer_count()));
}

void keep_rows(MatrixF& features, const std::vector<Index>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto to = static_cast<Index>(i);
    if (rows[i] != to) features.row(to) = features.row(rows[i]);
  }
  features.conservativeResize(static_cast<Index>(rows.size()), Eigen::NoChange);
}

FeatureSet decode_only(const std::vector<std::filesystem::path>& files,
                       const image::ImageOptions& options) {
  return run_pipeline(files, Runner{}, options, nullptr);
}

}  // namespace oneormany::features
