#pragma once
// Files to what may be learned from: every picture in its one role.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/compare.h"
#include "base/matrix.h"
#include "base/sha256.h"
#include "data/data.h"
#include "evaluate/data_summary.h"
#include "train/background.h"
#include "train/fold_rows.h"

namespace oneormany::app {

/// Pictures of one role (the classes', background, unseen), without those that can't be read.
struct Pictures {
  std::vector<std::filesystem::path> files;  ///< empty names: rows of a bank
  MatrixF features;
  std::vector<base::Sha256> pixels;
  std::vector<std::string> folders{};  ///< of the background; of other roles none
};

/// Every picture that can be used.
struct Material {
  data::DataSet data;  ///< its pictures are those of `pictures`
  Pictures pictures, background, unseen;
  train::FoundBank bank;
  std::string backbone;           ///< its name
  evaluate::DataSummary summary;  ///< so far what was left out, and notes
};

/// Reads and lists all pictures and turns them into features.
Material gather(const CompareOptions& options);

/// Puts each picture into one role only, and the bank's rows into the background. The classes come
/// first and unseen pictures last, so that these change nothing that is learned.
Material in_roles(Material material, const CompareOptions& options);

/// What may be learned from: all but the unseen pictures; labels that are too rare are left out.
/// Fills the summary. Takes the features out of the material. Throws Error where too little is
/// left.
struct Lesson {
  train::LearningData data;
  Material material;
};
Lesson to_learn(Material material, const CompareOptions& options);

}  // namespace oneormany::app
