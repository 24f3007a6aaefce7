#pragma once
// The weights that a backbone can be made of: which of them are here.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backbone/known_weights.h"

namespace oneormany::app {

/// A file that is here.
struct WeightsFile {
  std::filesystem::path file;
  std::uintmax_t bytes = 0;
  std::string sha256;  ///< hex, as sha256_of_weights() has it
  const backbone::KnownWeights* known =
      nullptr;  ///< by the file's name; none: weights of people's own
  /// The hash is the one that `known` has.
  bool whole() const;
};

struct WeightsList {
  std::vector<std::filesystem::path> looked;  ///< folders, in this order
  std::vector<WeightsFile> found;             ///< in them, of each known one the first
  std::vector<WeightsFile> given;
  /// A known one is here and isn't what it should be, or that which comes with the program isn't
  /// here.
  bool damaged() const;
};

/// Looks where weights are kept: with the program, in the cache's folder "weights", and where torch
/// puts what it fetches ($TORCH_HOME, or ~/.cache/torch). `files`: others to look at. Throws Error
/// for one of these that can't be read.
WeightsList list_weights(const std::vector<std::filesystem::path>& files);

}  // namespace oneormany::app
