#pragma once
// The main job: pictures in, results out; or features of pictures.

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

/// Features of the user's own network, a row for each picture, and what is right about them.
struct FeatureFiles {
  std::string features;  ///< of the pictures of the classes
  std::string targets;   ///< see data::read_targets and find_classes
  /// Of others, with the same columns.
  std::optional<std::string> background, unlabelled, unseen;
  std::vector<std::string> names;     ///< of the classes; none: from the targets
  std::optional<std::string> groups;  ///< see data::read_groups
};

struct CompareOptions {
  std::vector<std::filesystem::path> data;  ///< read as one (data::read_data)
  /// In place of `data`, and of all below that says which pictures there are and how they are read.
  /// There is no bank then. Of `data_options` the label column and delimiter are of the targets.
  std::optional<FeatureFiles> given{};
  data::DataOptions data_options;
  /// Labelled pictures to judge on, that nothing is trained on or chosen by: a folder or table of
  /// their own, read like `data`, or a split of `data`, which is then trained on
  /// `data_options.split`, or train if there is none. At most one of the two.
  std::optional<std::filesystem::path> test{};
  std::optional<std::string> test_split{};
  std::vector<std::filesystem::path> unseen;  ///< see data::list_pictures; none: not evaluated
  /// Likewise, of the user's own; what is to learn from is these and the bank's rows. Where there
  /// are neither, there are no models with background.
  std::vector<std::filesystem::path> background;
  train::BankOptions bank;
  /// Likewise: unsorted pictures from where the classes' are from, some of which may be of the
  /// classes.
  std::vector<std::filesystem::path> unlabelled{};
  /// How many of the unlabelled pictures to ask the user about (app/ask.h); 0: none.
  std::size_t ask = 0;
  /// What the user said of such pictures: a table of app/ask.h.
  std::optional<std::filesystem::path> answers{};
  int folds = 5;                         ///< at least 3
  std::vector<std::uint64_t> seeds{1};   ///< each assigns the folds anew
  std::vector<loss::LossChoice> losses;  ///< none: the two standard ones
  /// None: linear, and of the standard losses with background rbf too.
  std::vector<head::HeadKind> heads;
  std::optional<std::string> model{};  ///< to use, by its name; none: the comparison chooses
  ScoringOptions scoring;              ///< no scores: default_scores()
  FeatureOptions features;
  features::Stages stages = features::Stages::kAll;  ///< the bank holds all
  bool strict = false;                               ///< a file that can't be used is an error
};

/// Those of the logits, which cost nothing, and the nearness that both gates need.
std::vector<ood::ScoreKind> default_scores();

/// Runs the whole comparison. Throws Error for anything that the user can mend, Interrupted on
/// Ctrl-C. The same options, pictures and seeds give the same results, but for the seconds; so do
/// the pictures' features in their place.
evaluate::Results compare(const CompareOptions& options);

}  // namespace oneormany::app
