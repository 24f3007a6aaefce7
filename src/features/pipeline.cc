#include "features/pipeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/job.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/stop.h"
#include "image/format.h"

namespace oneormany::features {
namespace {

/// The error without the file's name in front.
std::string reason(const Error& error, const std::filesystem::path& file) {
  const std::string text = error.what(), name = file.string() + ": ";
  return text.starts_with(name) ? text.substr(name.size()) : text;
}

/// Decodes the very bytes that `content` is of. Throws like decode_rgb.
image::PictureFacts decode(const std::shared_ptr<const image::InputFile>& file,
                           const base::Sha256& content, const image::ImageOptions& options,
                           std::span<std::uint8_t> rgb) {
  const image::PictureFacts facts = image::decode_rgb(file, options, rgb);
  if (!file->held() && file->sha256() != content) {
    throw Error(fmt::format("{}: changed while it was read: run it again", file->path().string()));
  }
  return facts;
}

/// The source's files, numbered; by one thread at a time.
class Source {
 public:
  explicit Source(const NextFile& next) : next_(next) {}

  struct File {
    std::size_t number;
    std::filesystem::path path;
  };
  std::optional<File> next() {
    const std::lock_guard lock(mutex_);
    base::throw_if_stopped();
    if (ended_) return std::nullopt;
    std::optional<std::filesystem::path> file = next_();
    if (!file) {
      ended_ = true;
      return std::nullopt;
    }
    return File{number_++, *std::move(file)};
  }

 private:
  const NextFile& next_;
  std::mutex mutex_;
  std::size_t number_ = 0;
  bool ended_ = false;
};

/// What the threads of a pass share.
struct Pass {
  Source source;
  const Runner& runner;
  const image::ImageOptions& options;
  Cache* cache;
  const Sink& sink;
  const Wanted& wanted;
  base::Progress progress;
};

/// One thread's part of a pass, with its memory.
class Worker {
 public:
  explicit Worker(Pass& pass)
      : pass_(pass),
        rgb_(image::pixel_bytes(pass.options)),
        row_(static_cast<std::size_t>(pass.runner.feature_count)) {}

  void run() {
    while (std::optional<Source::File> file = pass_.source.next()) {
      Streamed made{.number = file->number, .file = std::move(file->path)};
      if (make(made)) pass_.sink(made);
      pass_.progress.add();
    }
  }

 private:
  /// False: it isn't wanted.
  bool make(Streamed& made) {
    base::Sha256 content{};
    try {
      const auto file = std::make_shared<const image::InputFile>(made.file);
      // What can't be read for its name's sake may well be under another: it is no copy.
      image::format_of(*file);
      content = file->sha256();
      if (pass_.wanted && !pass_.wanted(made.number, content)) return false;
      if (pass_.cache) {
        if (const auto known = pass_.cache->find(content, row_)) {
          made.pixels = *known;
          made.features = row_;
          made.cached = true;
          return true;
        }
      }
      made.pixels.facts = decode(file, content, pass_.options, rgb_);
    } catch (const Error& error) {
      made.why = reason(error, made.file);
      return true;
    }
    made.pixels.hash = base::sha256(std::as_bytes(std::span(rgb_)));
    if (!row_.empty()) pass_.runner.run(rgb_, row_);
    made.features = row_;
    if (pass_.cache) pass_.cache->add(content, made.pixels, made.features);
    return true;
  }

  Pass& pass_;
  std::vector<std::uint8_t> rgb_;
  std::vector<float> row_;
};

/// The largest files first: begun last, one would keep a core busy when the others have ended.
std::vector<std::size_t> work_order(const std::vector<std::filesystem::path>& files) {
  std::vector<std::uintmax_t> sizes;
  for (const auto& file : files) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    sizes.push_back(error ? 0 : size);
  }
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  return order;
}

/// Which file stands for all that have the same content. Thread-safe.
class Contents {
 public:
  /// `file`, if no other with this content came before.
  std::size_t first_with(const base::Sha256& content, std::size_t file) {
    const std::lock_guard lock(mutex_);
    return first_.try_emplace(content, file).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<base::Sha256, std::size_t> first_;
};

/// What is found out about a file.
struct Finding {
  std::size_t like = 0;  ///< the file with the same content that all else is found out of
  Pixels pixels{};
  std::string why;  ///< it is skipped, if not empty
  bool cached = false;
};

}  // namespace

void run_stream(const NextFile& next, const Runner& runner, const image::ImageOptions& options,
                Cache* cache, const Sink& sink, const StreamOptions& stream, const Wanted& wanted) {
  // A job of its own: what ends one thread stops the others, be they decoding or waiting for a
  // file.
  base::Job job(&base::Job::current());
  const base::RunAs as(job);
  Pass pass{Source(next), runner, options, cache, sink, wanted, {"pictures", stream.total}};
  std::mutex mutex;
  std::exception_ptr first;
  // Each thread reads and decodes a picture and runs the network on it, so all overlap on all
  // cores, and memory is one file and one picture's pixels a thread.
  base::parallel_for(static_cast<std::size_t>(base::thread_count()), [&](std::size_t) {
    try {
      Worker(pass).run();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
      job.stop();
    }
  });
  if (first) std::rethrow_exception(first);
}

FeatureSet run_pipeline(const std::vector<std::filesystem::path>& files, const Runner& runner,
                        const image::ImageOptions& options, Cache* cache) {
  const std::size_t n = files.size();
  FeatureSet set;
  set.features = MatrixF::Zero(static_cast<Index>(n), runner.feature_count);
  std::vector<Finding> findings(n);
  Contents contents;
  const std::vector<std::size_t> order = work_order(files);
  const auto next = [&, step = std::size_t{0}]() mutable -> std::optional<std::filesystem::path> {
    if (step == n) return std::nullopt;
    return files[order[step++]];
  };
  const auto wanted = [&](std::size_t step, const base::Sha256& content) {
    Finding& finding = findings[order[step]];
    finding.like = contents.first_with(content, order[step]);
    return finding.like == order[step];
  };
  const auto sink = [&](const Streamed& made) {
    const std::size_t i = order[made.number];
    findings[i] = {i, made.pixels, made.why, made.cached};
    std::copy(made.features.begin(), made.features.end(),
              set.features.data() + i * made.features.size());
  };
  run_stream(next, runner, options, cache, sink, {.total = n}, wanted);

  set.pixels.resize(n);
  set.facts.resize(n);
  set.usable.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t like = findings[i].like;
    const Finding& finding = findings[like];
    set.usable[i] = finding.why.empty();
    if (!set.usable[i]) {
      set.skipped.push_back({files[i], finding.why});
      continue;
    }
    set.pixels[i] = finding.pixels.hash;
    set.facts[i] = finding.pixels.facts;
    set.from_cache += finding.cached;
    if (like != i) {
      set.features.row(static_cast<Index>(i)) = set.features.row(static_cast<Index>(like));
    }
  }
  return set;
}

}  // namespace oneormany::features
