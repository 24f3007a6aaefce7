#pragma once
// Pictures to features: decoding and network overlapped on all cores, each picture at most once.

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "backbone/backbone.h"
#include "base/matrix.h"
#include "base/sha256.h"
#include "data/data.h"
#include "image/image.h"

namespace oneormany::features {

/// One row for each file, in the order of the files.
struct FeatureSet {
  MatrixF features;                  ///< files × feature_count; rows of skipped files are zero
  std::vector<base::Sha256> pixels;  ///< hash of the decoded pixels as the network sees them
  std::vector<image::PictureFacts> facts;
  std::vector<bool> usable;         ///< false: skipped
  std::vector<data::Skip> skipped;  ///< the same files, with why, in the order of the files
  std::size_t from_cache = 0;       ///< rows that the cache had
};

/// Where features are kept when the user names no other place: $XDG_CACHE_HOME/oneormany or
/// ~/.cache/oneormany.
std::filesystem::path default_cache_dir();

/// Turns files into features. `cache_dir` holds the SQLite file (created if missing); none: no
/// cache. Rows are found again by the SHA-256 of the file's bytes, Backbone::id() and the image
/// options, so a renamed or copied file is found and a changed one isn't. Several processes may
/// share a cache, and being killed at any moment loses at most the pictures not yet written.
/// A cache that can't be used is reported once on standard error and done without.
/// Unreadable pictures become skips. Throws Interrupted on Ctrl-C (what is done stays cached).
FeatureSet extract_features(const std::vector<std::filesystem::path>& files,
                            const backbone::Backbone& backbone, const image::ImageOptions& options,
                            const std::optional<std::filesystem::path>& cache_dir);

/// Which of a backbone's features to use.
enum class Stages {
  kAll,
  kLast  ///< the last layer's alone
};

/// "all", "last".
constexpr std::string_view name_of(Stages stages) {
  return stages == Stages::kAll ? "all" : "last";
}

/// Drops the columns that aren't chosen. The cache and banks hold all stages, whichever are chosen
/// here, so that the same rows serve both.
void keep_stages(MatrixF& features, Stages stages, const backbone::Backbone& backbone);

/// Drops all other rows, in place: of many pictures the features are too large to be held twice.
/// `rows` ascend.
void keep_rows(MatrixF& features, const std::vector<Index>& rows);

/// Only the decoding: hash of the pixels and skips, no network (features has no columns).
FeatureSet decode_only(const std::vector<std::filesystem::path>& files,
                       const image::ImageOptions& options);

}  // namespace oneormany::features
