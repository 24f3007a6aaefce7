#pragma once
// A bank of background out of pictures of anything: what `compare` trains "none of these" on.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/options.h"
#include "data/data.h"

namespace oneormany::app {

/// From this cosine of their features on, two pictures are too like each other for one bank.
inline constexpr double kTooLike = 0.9;

struct BackgroundOptions {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path out;  ///< the bank's file
  FeatureOptions features;
  std::size_t pictures = 1500;  ///< at most so many are kept
  std::uint64_t seed = 1;       ///< of the order in which pictures are gone through
  bool strict = false;          ///< a file that can't be used is an error
  bool force = false;           ///< replace a file that is no bank
};

/// What was written, and what became of the other files.
struct MadeBank {
  std::filesystem::path file;
  std::string backbone;  ///< its name
  int size = 0;          ///< pixels that it sees along each side
  std::string note{};    ///< Backbone::note()
  std::size_t pictures = 0, folders = 0;
  std::size_t listed = 0;      ///< files that were looked at
  std::size_t repeats = 0;     ///< the same pixels as one before
  std::size_t too_like = 0;    ///< kTooLike or more to one that was taken
  std::size_t not_needed = 0;  ///< the bank was full
  std::vector<data::Skip> skipped{};
};

/// Goes through the pictures in an order that the seed shuffles and takes each that is not too like
/// one taken before, until there are enough; writes the bank. Throws Error for anything that the
/// user can mend, and before any work if there is a file that is no bank; Interrupted on Ctrl-C.
/// The file is then the old one.
MadeBank make_bank(const BackgroundOptions& options);

}  // namespace oneormany::app
