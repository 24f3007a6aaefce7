#include "features/pipeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <system_error>

#include "base/error.h"
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

}  // namespace

FeatureSet run_pipeline(const std::vector<std::filesystem::path>& files, const Runner& runner,
                        const image::ImageOptions& options, Cache* cache) {
  const std::size_t n = files.size();
  const auto width = static_cast<std::size_t>(runner.feature_count);
  FeatureSet set;
  set.features = MatrixF::Zero(static_cast<Index>(n), runner.feature_count);
  std::vector<Finding> findings(n);
  Contents contents;

  // Reads the file, and looks it up or decodes it. False: there is nothing for the network to do.
  const auto decoded = [&](std::size_t i, base::Sha256& content, std::span<std::uint8_t> rgb) {
    Finding& finding = findings[i];
    finding.like = i;
    try {
      const auto file = std::make_shared<const image::InputFile>(files[i]);
      // What can't be read for its name's sake may well be under another: it is no copy.
      image::format_of(*file);
      content = file->sha256();
      finding.like = contents.first_with(content, i);
      if (finding.like != i) return false;
      if (cache) {
        const auto known = cache->find(content, {set.features.data() + i * width, width});
        if (known) {
          finding.pixels = *known;
          finding.cached = true;
          return false;
        }
      }
      finding.pixels.facts = decode(file, content, options, rgb);
    } catch (const Error& error) {
      finding.why = reason(error, files[i]);
      return false;
    }
    finding.pixels.hash = base::sha256(std::as_bytes(rgb));
    return true;
  };

  const std::vector<std::size_t> order = work_order(files);
  base::Progress progress("pictures", n);
  // Each thread reads and decodes a picture and runs the network on it, so all overlap on all
  // cores, and memory is one file and one picture's pixels a thread.
  base::parallel_for(n, [&](std::size_t step) {
    base::throw_if_stopped();
    const std::size_t i = order[step];
    thread_local std::vector<std::uint8_t> rgb;
    rgb.resize(image::pixel_bytes(options));
    base::Sha256 content;
    if (decoded(i, content, rgb)) {
      const std::span row(set.features.data() + i * width, width);
      if (width > 0) runner.run(rgb, row);
      if (cache) cache->add(content, findings[i].pixels, row);
    }
    progress.add();
  });

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
