#pragma once
// A model on pictures, one after the other, however many there are.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/load_model.h"
#include "data/data.h"
#include "image/image.h"
#include "model/predictor.h"

namespace oneormany::app {

struct PredictOptions {
  std::vector<std::filesystem::path> sources;  ///< see data::PictureNames
  data::DataOptions names{};                   ///< of the tables among them
  image::ImageOptions limits{};                ///< of pictures: megapixels, seconds
  std::optional<std::filesystem::path> cache_dir{};
  /// Every n-th picture, from the k-th (0 ≤ k < n): a part of the work.
  std::size_t shard = 0, shards = 1;
  std::unordered_set<std::string> done{};  ///< names of rows that there are
  bool give_done = false;                  ///< of these, too, the pictures that are still there
};

/// What is said of a picture.
struct PredictedRow {
  std::string file;      ///< as the source names it; of files with several pages FILE#page=2
  bool is_page = false;  ///< of such a file
  bool is_done = false;  ///< its name is in PredictOptions::done
  model::Prediction prediction{};
  std::string error{};  ///< it couldn't be read: why; `prediction` is empty
};

struct PredictedCounts {
  std::size_t pictures = 0, none = 0, failed = 0, done_before = 0;
  std::vector<std::size_t> of_class;           ///< pictures that got it
  std::map<std::string, std::size_t> reasons;  ///< of those that failed
  std::size_t skipped = 0;                     ///< files of folders that can't be pictures
  std::vector<data::Skip> unread;              ///< of folders what can't be looked at
  double seconds = 0;
};

/// Calls `give` once for each picture, as soon as it is done, by one thread at a time. What `give`
/// throws ends the work. Throws Error for sources that aren't there; Interrupted on Ctrl-C.
PredictedCounts predict(const LoadedModel& model, const PredictOptions& options,
                        const std::function<void(const PredictedRow&)>& give);

}  // namespace oneormany::app
