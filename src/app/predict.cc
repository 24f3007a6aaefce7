#include "app/predict.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "app/count_reason.h"
#include "data/picture_names.h"
#include "features/stream.h"

namespace oneormany::app {
namespace {

/// Pictures that are done by the network, and wait for what the model says of them. A head or a
/// score that compares them with what it has learned from reads all of that for a block, not for
/// each picture. Safe to use from several threads.
class Blocks {
 public:
  using Finished = std::function<void(PredictedRow&)>;

  /// Calls `finished` with each row, by one thread at a time.
  Blocks(const LoadedModel& model, Finished finished)
      : model_(model), finished_(std::move(finished)) {}

  /// features: as the backbone gives them; none of a row with an error.
  void add(PredictedRow row, std::span<const float> features) {
    Block full;
    {
      const std::lock_guard lock(mutex_);
      if (row.error.empty()) block_.known.push_back(block_.rows.size());
      block_.rows.push_back(std::move(row));
      block_.features.insert(block_.features.end(), features.begin(), features.end());
      // The first row, and those of pictures that take long, come at once.
      const auto now = Clock::now();
      if (block_.rows.size() < kMost && now - last_ < kPatience) return;
      last_ = now;
      full = std::exchange(block_, {});
    }
    finish(full);
  }

  /// Finishes what there is.
  void flush() {
    Block rest;
    {
      const std::lock_guard lock(mutex_);
      rest = std::exchange(block_, {});
    }
    finish(rest);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMost = 16;
  static constexpr std::chrono::milliseconds kPatience{200};

  struct Block {
    std::vector<PredictedRow> rows;
    std::vector<std::size_t> known;  ///< those of them that have features
    std::vector<float> features;
  };

  void finish(Block& block) {
    if (!block.known.empty()) {
      const auto n = static_cast<Index>(block.known.size());
      MatrixF features = Eigen::Map<const MatrixF>(block.features.data(), n,
                                                   static_cast<Index>(block.features.size()) / n);
      features::keep_stages(features, model_.model().input.stages, *model_.backbone);
      std::vector<model::Prediction> said = model_.predictor->predict(features);
      for (std::size_t i = 0; i < said.size(); ++i) {
        block.rows[block.known[i]].prediction = std::move(said[i]);
      }
    }
    const std::lock_guard lock(finishing_);
    for (PredictedRow& row : block.rows) finished_(row);
  }

  const LoadedModel& model_;
  const Finished finished_;
  std::mutex mutex_, finishing_;
  Block block_;
  Clock::time_point last_{};
};

}  // namespace

PredictedCounts predict(const LoadedModel& model, const PredictOptions& options,
                        const std::function<void(const PredictedRow&)>& give) {
  const auto start = std::chrono::steady_clock::now();
  PredictedCounts counts;
  counts.of_class.resize(model.model().classes.size());
  data::PictureNames names(options.sources, options.names);
  counts.skipped = names.skipped();
  counts.unread = names.unread();
  Blocks blocks(model, [&](PredictedRow& row) {
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
  });
  std::size_t number = 0, left_out = 0;
  const auto next = [&]() -> std::optional<std::filesystem::path> {
    for (;;) {
      // Whoever names pictures one by one may wait for a row before the next name.
      if (!names.ready()) blocks.flush();
      auto name = names.next();
      if (!name) return std::nullopt;
      if (number++ % options.shards != options.shard) continue;
      std::error_code ignored;
      if (!options.done.contains(name->string()) ||
          (options.give_done && std::filesystem::exists(*name, ignored))) {
        return name;
      }
      ++left_out;
    }
  };
  const auto take = [&](const features::Streamed& picture) {
    blocks.add({.file = picture.file.string(), .is_page = picture.pages > 1, .error = picture.why},
               picture.features);
  };
  std::optional<std::size_t> total = names.total();
  if (total && options.done.size() <= *total) {
    *total = (*total - options.done.size() + options.shards - 1 - options.shard) / options.shards;
  }
  features::stream_features(
      next, *model.backbone, model.reading(options.limits), options.cache_dir, take,
      {.every_page = true, .total = total, .waiting = [&] { blocks.flush(); }});
  blocks.flush();
  counts.done_before += left_out;
  counts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return counts;
}

}  // namespace oneormany::app
