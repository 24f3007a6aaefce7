#include "features/pipeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
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
#include "base/page_name.h"
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

/// By what the cache knows a page. The first has the file's own name: so old caches serve on.
base::Sha256 content_of_page(const base::Sha256& file, unsigned page) {
  if (page == 1) return file;
  const std::string name = fmt::format("{} page {}", base::to_hex(file), page);
  return base::sha256(std::as_bytes(std::span(name)));
}

/// A file that is open.
struct Document {
  std::filesystem::path name;  ///< as the source has it
  std::shared_ptr<const image::InputFile> file;
  base::Sha256 content{};  ///< of the file
  unsigned first = 1;      ///< page that is asked for
  unsigned pages = 1;      ///< how many are, from there on
};

/// What there is to do: the source's files, numbered, and the pages of those that are open.
class Source {
 public:
  Source(const NextFile& next, const StreamOptions& stream) : next_(next), stream_(stream) {}

  struct Task {
    std::size_t number = 0;
    std::filesystem::path name;
    unsigned page = 1;
    std::shared_ptr<const Document> document;  ///< null: a file that isn't open yet
  };

  /// The first that is to be done of what is known; else the source is asked. Waits while another
  /// thread asks it, or opens a file that may have more pages.
  std::optional<Task> next() {
    std::unique_lock lock(mutex_);
    for (bool told = !stream_.waiting;;) {
      base::throw_if_stopped();
      if (!pages_.empty()) return next_page();
      if (!asking_ && !ended_) {
        if (std::optional<Task> task = ask(lock)) return task;
      } else if (ended_ && opening_ == 0) {
        return std::nullopt;
      } else if (!std::exchange(told, true)) {
        lock.unlock();
        stream_.waiting();
        lock.lock();
      } else {
        changed_.wait_for(lock, std::chrono::milliseconds(50));
      }
    }
  }

  /// To be called once for each file that next() gave, where every page is asked for. Of the
  /// document's pages the caller does the first.
  void opened(std::size_t number, std::shared_ptr<const Document> document) {
    if (!stream_.every_page) return;
    const std::lock_guard lock(mutex_);
    --opening_;
    if (document && document->pages > 1) pages_[number] = {1, std::move(document)};
    changed_.notify_all();
  }

 private:
  struct Rest {
    unsigned done = 0;
    std::shared_ptr<const Document> document;
  };

  Task next_page() {
    const auto first = pages_.begin();
    Rest& rest = first->second;
    Task task{first->first, rest.document->name, ++rest.done, rest.document};
    if (rest.done == rest.document->pages) pages_.erase(first);
    return task;
  }

  std::optional<Task> ask(std::unique_lock<std::mutex>& lock) {
    asking_ = true;
    lock.unlock();
    std::optional<std::filesystem::path> file = next_();  // if it throws, that ends the pass
    lock.lock();
    asking_ = false;
    ended_ = !file;
    ended_ ? changed_.notify_all() : changed_.notify_one();
    if (!file) return std::nullopt;
    if (stream_.every_page) ++opening_;
    return Task{.number = number_++, .name = *std::move(file), .document = nullptr};
  }

  const NextFile& next_;
  const StreamOptions& stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t number_ = 0, opening_ = 0;
  bool asking_ = false, ended_ = false;
  std::map<std::size_t, Rest> pages_;  ///< by the files' numbers
};

/// What the threads of a pass share.
struct Pass {
  Source source;
  const Runner& runner;
  const image::ImageOptions& options;
  Cache* cache;
  const Sink& sink;
  const StreamOptions& stream;
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
    while (const std::optional<Source::Task> task = pass_.source.next()) {
      Streamed made{.number = task->number, .file = task->name, .page = task->page};
      if (make(*task, made)) pass_.sink(made);
      // Of files the whole is known, of pages it isn't.
      if (!pass_.stream.total || made.page == made.pages) pass_.progress.add();
    }
  }

 private:
  /// Throws Error.
  std::shared_ptr<const Document> open(const std::filesystem::path& name) const {
    const base::NamedPage named = base::named_page(name);
    auto document = std::make_shared<Document>(
        Document{.name = name,
                 .file = std::make_shared<const image::InputFile>(named.file),
                 .first = named.page});
    // What can't be read for its name's sake may well be under another: it is no copy.
    image::format_of(*document->file);
    document->content = document->file->sha256();
    if (pass_.stream.every_page && !named.said) {
      document->pages = image::count_pages(document->file, pass_.options);
    }
    return document;
  }

  /// Opens a new file, and lets other threads know of its pages.
  std::shared_ptr<const Document> document_of(const Source::Task& task) {
    if (task.document) return task.document;
    std::shared_ptr<const Document> document;
    try {
      document = open(task.name);
    } catch (const Error&) {
      pass_.source.opened(task.number, nullptr);
      throw;
    }
    pass_.source.opened(task.number, document);
    return document;
  }

  /// Decodes the very bytes that the document's content is of. Throws like decode_rgb.
  image::PictureFacts decode(const Document& document, unsigned page) {
    const image::InputFile& file = *document.file;
    const image::PictureFacts facts = image::decode_rgb(document.file, pass_.options, rgb_, page);
    // Hashed again for each of its pages a file of hundreds would be read hundreds of times.
    const bool changed =
        document.pages > 1 ? file.touched() : !file.held() && file.sha256() != document.content;
    if (changed) {
      throw Error(fmt::format("{}: changed while it was read: run it again", file.path().string()));
    }
    return facts;
  }

  /// False: it isn't wanted.
  bool make(const Source::Task& task, Streamed& made) {
    base::Sha256 content{};
    try {
      const auto document = document_of(task);
      made.pages = document->pages;
      if (made.pages > 1) made.file = base::page_name(task.name, made.page);
      const unsigned page = document->first + made.page - 1;
      content = content_of_page(document->content, page);
      if (pass_.wanted && !pass_.wanted(made.number, content)) return false;
      if (pass_.cache) {
        if (const auto known = pass_.cache->find(content, row_)) {
          made.pixels = *known;
          made.features = row_;
          made.cached = true;
          return true;
        }
      }
      made.pixels.facts = decode(*document, page);
    } catch (const Error& error) {
      made.why = reason(error, base::named_page(task.name).file);
      return true;
    }
    made.pixels.hash = base::sha256(std::as_bytes(std::span(rgb_)));
    try {
      if (!row_.empty()) pass_.runner.run(rgb_, row_);
    } catch (const backbone::NotFinite& error) {
      made.why = error.what();
      return true;
    }
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
  const bool files = stream.every_page && stream.total;
  Pass pass{{next, stream}, runner, options, cache,
            sink,           stream, wanted,  {files ? "files" : "pictures", stream.total}};
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
