#pragma once
// Options that several jobs have.

#include <filesystem>
#include <optional>
#include <vector>

#include "backbone/backbone.h"
#include "image/image.h"
#include "metrics/aim.h"
#include "ood/scores.h"

namespace oneormany::app {

/// How pictures become features.
struct FeatureOptions {
  backbone::BackboneOptions backbone;
  image::ImageOptions reading;                     ///< of picture files; the size is the backbone's
  std::optional<std::filesystem::path> cache_dir;  ///< none: no cache

  /// `size`: Backbone::size(), which may be the file's own.
  image::ImageOptions image(int size) const {
    image::ImageOptions options = reading;
    options.size = size;
    return options;
  }
};

/// What is evaluated, and what thresholds are for.
struct ScoringOptions {
  std::vector<ood::ScoreKind>
      scores;        ///< beside the highest probability; none: the job's own choice
  metrics::Aim aim;  ///< of the recommended threshold
  metrics::Aim label_aim{.kind = metrics::Aim::Kind::kF1};  ///< of each label's own threshold
  double alpha = 0.05;                                      ///< of the prediction sets
};

}  // namespace oneormany::app
