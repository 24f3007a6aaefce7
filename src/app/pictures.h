#pragma once
// Pictures as features, and which of them are left out.

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/sha256.h"
#include "evaluate/data_summary.h"

namespace oneormany::app {

/// Pictures of one role (the classes', background, unseen), without those that can't be read.
struct Pictures {
  std::vector<std::filesystem::path> files;  ///< none where features were given without names
  MatrixF features;                          ///< pictures × features
  std::vector<base::Sha256> pixels;          ///< of given features: their row

  std::size_t count() const { return pixels.size(); }
};

/// Those of these rows.
Pictures keep(const Pictures& from, const std::vector<Index>& rows);

/// Drops the pictures with such pixels; says how many.
std::size_t drop_taken(Pictures& pictures, const std::set<base::Sha256>& taken);

/// Of pictures with the same pixels the first stays; says how many go.
std::size_t drop_repeats(Pictures& pictures);

/// "12 test pictures left out: …"; nothing of none.
void note(evaluate::DataSummary& summary, std::size_t count, const std::string& noun,
          const std::string& what);

/// "birds/ + corrected.csv".
std::string name_of_sources(const std::vector<std::filesystem::path>& sources);

/// "a, b and 3 more".
std::string first_names(const std::vector<std::string>& names);

/// "; the first that can't be used is FILE: WHY"; empty of none.
std::string first_of(const std::vector<data::Skip>& skipped);

}  // namespace oneormany::app
