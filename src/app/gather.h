#pragma once
// What compare was given, read: pictures, or features in their place; nothing left out yet but what
// can't be used.

#include <string>
#include <vector>

#include "app/compare.h"
#include "app/material.h"
#include "data/data.h"
#include "evaluate/data_summary.h"
#include "train/background.h"

namespace oneormany::app {

/// How messages speak of what was given: pictures, or features of them.
struct Wording {
  const char* same = "the same pixels are";
  std::string background, unlabelled, unseen;  ///< the first that was given
};

/// Every picture that can be used.
struct Gathered {
  data::DataSet data;       ///< its pictures are those of `own`
  data::DataSet test_data;  ///< of `test` those that can be read, and others
  Pictures own, background, unlabelled, test, unseen;
  std::vector<int> groups;  ///< of `own`, what belongs together beside copies; or none
  bool named = true;        ///< false: the classes are numbers
  Wording wording;
  train::FoundBank bank;
  std::string backbone;
  int size = backbone::kUsualSize;  ///< pixels that the network sees along each side
  evaluate::DataSummary summary;    ///< so far what was left out, and notes
};

/// Reads the pictures and turns them into features, or reads the features. Throws Error for
/// anything that the user can mend, Interrupted on Ctrl-C.
Gathered gather(const CompareOptions& options);

}  // namespace oneormany::app
