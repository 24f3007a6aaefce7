#pragma once
// The main job: pictures in, results out.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "backbone/backbone.h"
#include "data/data.h"
#include "evaluate/results.h"
#include "features/features.h"
#include "metrics/aim.h"
#include "ood/scores.h"
#include "train/background.h"
#include "train/model_spec.h"

namespace oneormany::app {

struct CompareOptions {
  std::filesystem::path data;
  data::DataOptions data_options;
  std::vector<std::filesystem::path> unseen;  ///< folders; none: not evaluated
  /// Folders of the user's own; what is to learn from is these and the bank's rows. Where there are
  /// neither, there are no models with background.
  std::vector<std::filesystem::path> background;
  train::BankOptions bank;
  int folds = 5;                         ///< at least 3
  std::vector<std::uint64_t> seeds{1};   ///< each assigns the folds anew
  std::vector<loss::LossChoice> losses;  ///< none: the two standard ones
  std::vector<head::HeadKind>
      heads;  ///< none: linear, and of the standard losses with background rbf too
  std::vector<ood::ScoreKind> scores;  ///< beside the highest probability; none: default_scores()
  metrics::Aim aim;                    ///< what the recommended threshold is for
  metrics::Aim label_aim{.kind =
                             metrics::Aim::Kind::kF1};  ///< what each label's own threshold is for
  double alpha = 0.05;                                  ///< of the prediction sets
  backbone::BackboneOptions backbone;
  features::Stages stages =
      features::Stages::kAll;  ///< of the backbone and of the bank, which holds all
  double max_megapixels = 250;
  std::optional<std::filesystem::path> cache_dir;  ///< none: no cache
  bool strict = false;                             ///< a file that can't be used is an error
  std::size_t gallery = 24;                        ///< how many false accepts to keep
};

/// Those of the logits alone, which cost nothing.
std::vector<ood::ScoreKind> default_scores();

/// Runs the whole comparison. Throws Error for anything that the user can mend, Interrupted on
/// Ctrl-C. The same options, pictures and seeds give the same results, but for the seconds.
evaluate::Results compare(const CompareOptions& options);

}  // namespace oneormany::app
