#pragma once
// Files to what may be learned from: every picture, or row of features, in one role only.

#include <filesystem>
#include <string>
#include <vector>

#include "app/compare.h"
#include "app/pictures.h"
#include "app/test_set.h"
#include "base/matrix.h"
#include "base/sha256.h"
#include "data/data.h"
#include "evaluate/answers.h"
#include "evaluate/data_summary.h"
#include "train/fold_rows.h"

namespace oneormany::app {

/// The unlabelled pictures, parted by what is learned from them.
struct Unlabelled {
  std::vector<std::filesystem::path> background;  ///< files of the background's last rows
  Pictures left_out;                              ///< likely of the classes
  /// What the user said of some; numbers count the background's pictures first, then the others.
  std::vector<evaluate::Answer> answers;
};

struct Material {
  data::DataSet data;  ///< the pictures that are learned from, in the order of learning.labels
  std::vector<std::filesystem::path> files;  ///< of each; or none, as in Pictures
  train::LearningData learning;
  TestSet test;  ///< no pictures: none was given
  Pictures unseen;
  Unlabelled unlabelled;
  std::vector<base::Sha256> pixels;  ///< of all that is learned from
  std::string backbone;              ///< its name; none where features were given
  int size = backbone::kUsualSize;
  /// There is one class only, and hardly a picture without it.
  bool only_background_tells = false;
  evaluate::DataSummary summary;
};

/// Reads all pictures and turns them into features, or reads features that were given. The classes
/// come first, then background, the test set and unseen pictures: one that has another role too is
/// not tested on nor unseen, so that neither changes anything that is learned. Labels that are too
/// rare are left out. Throws Error for anything that the user can mend, also where too little is
/// left; Interrupted on Ctrl-C.
Material read_material(const CompareOptions& options);

}  // namespace oneormany::app
