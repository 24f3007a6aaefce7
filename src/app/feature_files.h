#pragma once
// Files of features: what judge's scores and the models of compare learn from.

#include <filesystem>
#include <string>
#include <vector>

#include "app/compare.h"
#include "data/numbers.h"

namespace oneormany::app {

/// Reads a table of features. Throws Error if it is none.
data::NumbersF read_features(const std::string& file);

/// Throws Error unless all are finite and have the columns of `first`, which may be the same table.
void require_features(const data::NumbersF& features, const data::NumbersF& first);

/// The pictures that a column of files names: beside the table, or as they are written; or none.
std::vector<std::filesystem::path> named_files(const data::NumbersInfo& table);

/// What compare learns from in place of pictures.
struct GivenFeatures {
  data::NumbersF own;
  std::vector<std::string> classes;
  bool named = false;                    ///< false: `classes` are numbers
  std::vector<std::vector<int>> labels;  ///< of each row of `own`
  std::vector<int> groups;               ///< likewise; or none
  std::optional<data::NumbersF> background, unlabelled, unseen;
};

/// Reads the files and checks them against each other. Class numbers that no row has are no
/// classes. Throws Error for anything wrong, one line with the file and the cure.
GivenFeatures read_given_features(const FeatureFiles& files, const data::DataOptions& options);

}  // namespace oneormany::app
