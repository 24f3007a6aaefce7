#pragma once
// A model on labelled pictures that it was not trained on.

#include <filesystem>
#include <optional>
#include <vector>

#include "app/load_model.h"
#include "data/data.h"
#include "evaluate/results.h"
#include "image/image.h"

namespace oneormany::app {

struct EvaluateOptions {
  LoadOptions model;
  std::vector<std::filesystem::path> data;  ///< see data::read_data
  data::DataOptions data_options;
  std::vector<std::filesystem::path> unseen;  ///< see data::list_pictures
  image::ImageOptions limits;
  std::optional<std::filesystem::path> cache_dir;
  bool strict = false;
};

/// Nothing is chosen: the model's own thresholds are measured. Pictures that it was trained on are
/// left out. Throws Error for anything that the user can mend, Interrupted on Ctrl-C.
evaluate::Results evaluate(const EvaluateOptions& options);

}  // namespace oneormany::app
