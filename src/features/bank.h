#pragma once
// A bank: features of pictures, kept in a file without the pictures, to be used as background.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "base/matrix.h"
#include "base/sha256.h"

namespace oneormany::features {

struct Bank {
  /// feature_setup() of the features. With another setup the same pictures have other features, so
  /// that a bank is of use to one setup alone.
  std::string setup;
  MatrixF features;                  ///< rows × feature_count
  std::vector<base::Sha256> pixels;  ///< of each row: hash of its pixels, as in FeatureSet
  std::vector<std::string> folders;  ///< of each row: what folder it came from, "animals/birds"
};

/// All that the features of a file depend on: the network, its weights, size, precision, decoder.
std::string feature_setup(const backbone::Backbone& backbone);

/// Reads what write_bank wrote: a safetensors file, in which features are float16 (a relative error
/// of 0.05 % at most), under the SHA-256 of its tensors. Throws Error, one line with the file's
/// name and the cure, if it is damaged or no bank.
Bank read_bank(const std::filesystem::path& file);

/// The file is either the old or the whole new one. Throws Error if a feature is above 65,504, or
/// if the file can't be written.
void write_bank(const std::filesystem::path& file, const Bank& bank);

/// Throws Error if there is a file that isn't empty and no bank (a damaged one is one).
void refuse_foreign_bank(const std::filesystem::path& file);

/// The folder of a picture that was found below one of `folders`, named from there
/// ("animals/birds"); of a picture in one of them its name.
std::string folder_of(const std::filesystem::path& file,
                      const std::vector<std::filesystem::path>& folders);

struct Diverse {
  std::vector<Index> rows;   ///< taken, in the order in which they were
  std::size_t too_like = 0;  ///< left out for being too like one that was taken
};

/// Goes through the rows in an order that the seed shuffles and takes each whose cosine with every
/// row taken before is below `alike`, until it has `most`. Any number of the first rows taken is
/// therefore a fair and diverse sample of its own.
Diverse pick_diverse(const MatrixF& features, double alike, std::size_t most, std::uint64_t seed);

}  // namespace oneormany::features
