#pragma once
// Options that several jobs have.

#include <filesystem>
#include <optional>
#include <vector>

#include "backbone/backbone.h"
#include "metrics/aim.h"
#include "ood/scores.h"

namespace oneormany::app {

/// How pictures become features.
struct FeatureOptions {
  backbone::BackboneOptions backbone;
  double max_megapixels = 250;                     ///< larger pictures are skipped
  std::optional<std::filesystem::path> cache_dir;  ///< none: no cache
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
