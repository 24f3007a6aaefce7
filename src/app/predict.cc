#include "app/predict.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <system_error>
#include <utility>

#include "app/count_reason.h"
#include "data/picture_names.h"
#include "features/stream.h"

namespace oneormany::app {
PredictedCounts predict(const LoadedModel& model, const PredictOptions& options,
                        const std::function<void(const PredictedRow&)>& give) {
  const auto start = std::chrono::steady_clock::now();
  PredictedCounts counts;
  counts.of_class.resize(model.model().classes.size());
  data::PictureNames names(options.sources, options.names);
  counts.skipped = names.skipped();
  std::size_t number = 0;
  const auto next = [&]() -> std::optional<std::filesystem::path> {
    while (auto name = names.next()) {
      if (number++ % options.shards != options.shard) continue;
      std::error_code ignored;
      if (!options.done.contains(name->string()) ||
          (options.give_done && std::filesystem::exists(*name, ignored))) {
        return name;
      }
      ++counts.done_before;
    }
    return std::nullopt;
  };
  std::mutex mutex;
  const auto take = [&](const features::Streamed& picture) {
    PredictedRow row{.file = picture.file.string(), .is_page = picture.pages > 1};
    if (picture.why.empty()) {
      MatrixF features(1, static_cast<Index>(picture.features.size()));
      std::copy(picture.features.begin(), picture.features.end(), features.data());
      features::keep_stages(features, model.model().input.stages, *model.backbone);
      row.prediction = std::move(model.predictor->predict(features).front());
    } else {
      row.error = picture.why;
    }
    const std::lock_guard lock(mutex);
    if (options.done.contains(row.file)) {  // a page of a file that was begun, or give_done
      ++counts.done_before;
      row.is_done = true;
      if (options.give_done) give(row);
      return;
    }
    give(row);
    ++counts.pictures;
    if (!row.error.empty()) {
      ++counts.failed;
      count_reason(counts.reasons, row.error);
    } else if (row.prediction.labels.empty()) {
      ++counts.none;
    }
    for (const int label : row.prediction.labels)
      ++counts.of_class[static_cast<std::size_t>(label)];
  };
  std::optional<std::size_t> total = names.total();
  if (total && options.done.size() <= *total) {
    *total = (*total - options.done.size() + options.shards - 1 - options.shard) / options.shards;
  }
  features::stream_features(next, *model.backbone, model.reading(options.limits), options.cache_dir,
                            take, {.every_page = true, .total = total});
  counts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return counts;
}

}  // namespace oneormany::app
