#pragma once
// The main job: pictures in, findings out.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "backbone/backbone.h"
#include "compare/arms.h"
#include "compare/background.h"
#include "compare/comparison.h"
#include "data/data.h"
#include "features/features.h"
#include "judge/aim.h"
#include "judge/scores.h"

namespace oneormany {

struct CompareOptions {
  std::filesystem::path data;
  DataOptions data_options;
  std::vector<std::filesystem::path> unseen;  ///< folders; none: not judged
  /// Folders of the user's own; what is to learn from is these and the bank's rows. Where there are
  /// neither, there are no arms with background.
  std::vector<std::filesystem::path> background;
  BankOptions bank;
  int folds = 5;                        ///< at least 3
  std::vector<std::uint64_t> seeds{1};  ///< each deals the folds anew
  std::vector<LossChoice> losses;       ///< none: the two standard ones
  std::vector<HeadKind>
      heads;  ///< none: linear, and of the standard losses with background rbf too
  std::vector<ScoreKind> scores;  ///< beside the highest probability; none: default_scores()
  Aim aim;                        ///< what the recommended threshold is for
  Aim label_aim{.kind = Aim::Kind::kF1};  ///< what each label's own threshold is for
  double risk = 0.05;                     ///< of the conformal sets
  BackboneOptions backbone;
  Stages stages = Stages::kAll;  ///< of the backbone and of the bank, which holds all
  double max_megapixels = 250;
  std::optional<std::filesystem::path> cache_dir;  ///< none: no cache
  bool strict = false;                             ///< a file that can't be used is an error
  std::size_t gallery = 24;                        ///< how many mistakes to keep
};

/// Those of the logits alone, which cost nothing.
std::vector<ScoreKind> default_scores();

/// Runs the whole comparison. Throws Error for anything that the user can mend, Interrupted on
/// Ctrl-C. The same options, pictures and seeds give the same findings, but for the seconds.
Comparison compare(const CompareOptions& options);

}  // namespace oneormany
