#pragma once
// Features of pictures in a file, for other programs.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "data/data.h"
#include "features/features.h"

namespace oneormany::app {

struct FeaturesOptions {
  std::vector<std::filesystem::path> sources;  ///< see data::PictureNames
  data::DataOptions names{};                   ///< of the tables among them
  /// .npy, .safetensors, .csv or .jsonl, by its ending.
  std::filesystem::path out;
  FeatureOptions features{};
  features::Stages stages = features::Stages::kAll;
  bool every_page = false;
  bool strict = false;  ///< a picture that can't be used is an error
  bool force = false;   ///< replace files that are there
};

struct WrittenFeatures {
  std::vector<std::filesystem::path> files;  ///< that were written, the features first
  std::size_t rows = 0, columns = 0;
  std::size_t failed = 0;
  std::map<std::string, std::size_t> reasons;  ///< of these; the rarer ones of very many as one
  std::size_t skipped = 0;                     ///< files of folders that can't be pictures
  std::vector<data::Skip> unread;              ///< of folders what can't be looked at
  std::size_t from_cache = 0;
  double seconds = 0;
};

/// What the files beside .npy and .safetensors are called: FILE and one of these.
inline constexpr std::string_view kNamesEnding = ".names.csv", kFailedEnding = ".failed.csv";

/// Throws UsageError, which says how else to get it, if a file of this name can't be written.
void check_features_name(const std::filesystem::path& out);

/// Writes the features of each picture, in the order in which the sources name them, float32.
///  - .npy: rows × columns, as numpy.save has it; .safetensors: the same as a tensor `features`.
///    FILE.names.csv has the name of each row (`file`), FILE.failed.csv those pictures that have
///    none, with why (`file,error`).
///  - .csv: file, error, f0, f1, …: a row for each picture, without numbers if it failed;
///  - .jsonl: {"file", "features"} or {"file", "error"}; "file_base64" of names that aren't UTF-8.
/// Memory doesn't grow with the number of pictures. All files are the old or the whole new ones.
/// Throws Error, before any work if a file is there already (see `force`), and if no picture can be
/// used; Interrupted on Ctrl-C.
WrittenFeatures write_features(const FeaturesOptions& options);

}  // namespace oneormany::app
