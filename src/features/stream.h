#pragma once
// Pictures to features as they come, however many: nothing is kept of those that are done.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "backbone/backbone.h"
#include "features/cache.h"
#include "image/image.h"

namespace oneormany::features {

/// A picture that is done. What it points to is the sink's while it is called.
struct Streamed {
  std::size_t number = 0;  ///< of its file, in the order of the source, from 0
  /// As the source names it; where a file's pages are several, the page's name (base/page_name.h).
  std::filesystem::path file;
  unsigned page = 1, pages = 1;  ///< the file's `page`th picture of `pages` that are made of it
  /// feature_count() of them, all finite; none if there is a `why`.
  std::span<const float> features{};
  Pixels pixels{};
  std::string why{};    ///< it can't be used: one line without the file's name
  bool cached = false;  ///< the cache had it
};

/// The next file; none: there are no more. It is called by one thread at a time, may take its time
/// (a pipe), and then asks throw_if_stopped() now and then.
using NextFile = std::function<std::optional<std::filesystem::path>()>;

/// Takes a picture. It is called by the threads that made them, by several at once and in the order
/// in which they are done; InOrder (in_order.h) makes it the source's.
using Sink = std::function<void(const Streamed&)>;

struct StreamOptions {
  /// Each page of a TIFF or PDF is a picture; else the first is, or the one that the source names.
  bool every_page = false;
  std::optional<std::size_t> total{};  ///< of files, where that is known: to tell the time left
  /// Called by a thread that would have to wait for another one, which asks for the next file or
  /// opens one: a sink that gathers pictures hands on what it has.
  std::function<void()> waiting{};
};

/// Hands each picture of the source to the sink, once, as soon as it is done. Each file is read
/// once (unless it is too large for InputFile to hold), decoded once and run through the network
/// once, or found in the cache (see extract_features). All threads of parallel_for do all of this
/// side by side. Memory doesn't grow with the number of pictures.
///
/// Whatever is wrong with a picture, or with its features, is told to the sink and ends nothing.
/// What the source or the sink throws ends the pass: no picture is begun after that, and it is
/// thrown again here, once all threads have ended. So does an Error of a network that can't be run.
/// Throws Interrupted if the job is stopped. Requires start_image_library().
void stream_features(const NextFile& next, const backbone::Backbone& backbone,
                     const image::ImageOptions& options,
                     const std::optional<std::filesystem::path>& cache_dir, const Sink& sink,
                     const StreamOptions& stream = {});

}  // namespace oneormany::features
