#pragma once
// The main job: pictures in, results out.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/options.h"
#include "data/data.h"
#include "evaluate/results.h"
#include "features/features.h"
#include "ood/scores.h"
#include "train/background.h"
#include "train/model_spec.h"

namespace oneormany::app {

struct CompareOptions {
  std::filesystem::path data;
  data::DataOptions data_options;
  /// Labelled pictures to judge on, that nothing is trained on or chosen by: a folder or table of
  /// their own, read like `data`, or a split of `data`, which is then trained on
  /// `data_options.split`, or train if there is none. At most one of the two.
  std::optional<std::filesystem::path> test{};
  std::optional<std::string> test_split{};
  std::vector<std::filesystem::path> unseen;  ///< folders; none: not evaluated
  /// Folders of the user's own; what is to learn from is these and the bank's rows. Where there are
  /// neither, there are no models with background.
  std::vector<std::filesystem::path> background;
  train::BankOptions bank;
  int folds = 5;                         ///< at least 3
  std::vector<std::uint64_t> seeds{1};   ///< each assigns the folds anew
  std::vector<loss::LossChoice> losses;  ///< none: the two standard ones
  /// None: linear, and of the standard losses with background rbf too.
  std::vector<head::HeadKind> heads;
  ScoringOptions scoring;  ///< no scores: default_scores()
  FeatureOptions features;
  features::Stages stages = features::Stages::kAll;  ///< the bank holds all
  bool strict = false;                               ///< a file that can't be used is an error
};

/// Those of the logits alone, which cost nothing.
std::vector<ood::ScoreKind> default_scores();

/// Runs the whole comparison. Throws Error for anything that the user can mend, Interrupted on
/// Ctrl-C. The same options, pictures and seeds give the same results, but for the seconds.
evaluate::Results compare(const CompareOptions& options);

}  // namespace oneormany::app
