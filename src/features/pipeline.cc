#include "features/pipeline.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/stop.h"

namespace oneormany {
namespace {

/// One file content, and all files that have it.
struct Content {
  Sha256 sha256;
  std::vector<std::size_t> files;
  Sha256 pixels{};
  std::string why;  // it is skipped, if not empty
  bool known = false;
};

/// The error without the file's name in front.
std::string reason(const Error& error, const std::filesystem::path& file) {
  const std::string text = error.what(), name = file.string() + ": ";
  return text.starts_with(name) ? text.substr(name.size()) : text;
}

/// Files that can't be read become a content of their own, with why.
std::vector<Content> read_contents(const std::vector<std::filesystem::path>& files) {
  std::vector<Sha256> hashes(files.size());
  std::vector<std::string> whys(files.size());
  Progress progress("files read", files.size());
  parallel_for(files.size(), [&](std::size_t i) {
    throw_if_stopped();
    try {
      hashes[i] = sha256_of_file(files[i]);
    } catch (const Error& error) {
      whys[i] = reason(error, files[i]);
    }
    progress.add();
  });
  std::vector<Content> contents;
  std::map<Sha256, std::size_t> places;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto [place, fresh] = places.try_emplace(hashes[i], contents.size());
    if (!whys[i].empty() || fresh) {
      contents.push_back({.sha256 = hashes[i], .files = {i}, .why = whys[i]});
    } else {
      contents[place->second].files.push_back(i);
    }
  }
  return contents;
}

/// What has to be computed, the largest files first: begun last, one would keep a core busy when
/// the others have ended.
std::vector<std::size_t> work_order(const std::vector<Content>& contents,
                                    const std::vector<std::filesystem::path>& files) {
  std::vector<std::uintmax_t> sizes(contents.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (contents[i].known || !contents[i].why.empty()) continue;
    std::error_code error;
    const auto size = std::filesystem::file_size(files[contents[i].files.front()], error);
    sizes[i] = error ? 0 : size;
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  return order;
}

/// What one worker needs: pictures are decoded into it until it is full, then the network runs.
class Batch {
 public:
  Batch(const Runner& runner, const ImageOptions& options, std::vector<Content>& contents,
        MatrixF& features, Cache* cache)
      : runner_(runner),
        options_(options),
        contents_(contents),
        all_features_(features),
        cache_(cache),
        one_picture_(pixel_bytes(options)),
        rgb_(one_picture_ * runner.batch),
        features_(std::size_t{1} * runner.feature_count * runner.batch) {}

  /// Returns how many pictures are done by this, be it that they are skipped.
  std::size_t add(std::size_t content, const std::filesystem::path& file) {
    const auto rgb = std::span(rgb_).subspan(one_picture_ * waiting_.size(), one_picture_);
    try {
      decode_rgb(file, options_, rgb);
    } catch (const Error& error) {
      contents_[content].why = reason(error, file);
      return 1;
    }
    contents_[content].pixels = sha256(std::as_bytes(rgb));
    waiting_.push_back(content);
    return waiting_.size() == static_cast<std::size_t>(runner_.batch) ? run() : 0;
  }

  std::size_t run() {
    const std::size_t count = waiting_.size();
    if (count == 0) return 0;
    const std::size_t width = runner_.feature_count;
    if (width > 0) {
      runner_.run(std::span(rgb_).first(one_picture_ * count), static_cast<int>(count),
                  std::span(features_).first(width * count));
    }
    for (std::size_t i = 0; i < count; ++i) {
      keep(waiting_[i], std::span(features_).subspan(width * i, width));
    }
    waiting_.clear();
    return count;
  }

 private:
  void keep(std::size_t index, std::span<const float> row) {
    Content& content = contents_[index];
    all_features_.row(static_cast<Index>(content.files.front())) =
        Eigen::Map<const Eigen::RowVectorXf>(row.data(), static_cast<Index>(row.size()));
    content.known = true;
    if (cache_) cache_->add(content.sha256, content.pixels, row);
  }

  const Runner& runner_;
  const ImageOptions& options_;
  std::vector<Content>& contents_;
  MatrixF& all_features_;
  Cache* const cache_;
  const std::size_t one_picture_;
  std::vector<std::uint8_t> rgb_;
  std::vector<float> features_;
  std::vector<std::size_t> waiting_;
};

}  // namespace

FeatureSet run_pipeline(const std::vector<std::filesystem::path>& files, const Runner& runner,
                        const ImageOptions& options, Cache* cache) {
  FeatureSet set;
  set.features = MatrixF::Zero(static_cast<Index>(files.size()), runner.feature_count);
  std::vector<Content> contents = read_contents(files);

  if (cache) {
    std::vector<Sha256> keys;
    for (const Content& content : contents) keys.push_back(content.sha256);
    cache->find(keys, [&](std::size_t i, const Sha256& pixels, std::span<const float> row) {
      Content& content = contents[i];
      if (!content.why.empty()) return;
      content.pixels = pixels;
      content.known = true;
      set.from_cache += content.files.size();
      set.features.row(static_cast<Index>(content.files.front())) =
          Eigen::Map<const Eigen::RowVectorXf>(row.data(), static_cast<Index>(row.size()));
    });
  }

  const std::vector<std::size_t> order = work_order(contents, files);
  const std::size_t workers = std::min<std::size_t>(thread_count(), order.size());
  std::atomic<std::size_t> next{0};
  Progress progress("pictures", order.size());
  parallel_for(workers, [&](std::size_t) {
    try {
      Batch batch(runner, options, contents, set.features, cache);
      for (std::size_t i; (i = next++) < order.size();) {
        throw_if_stopped();
        progress.add(batch.add(order[i], files[contents[order[i]].files.front()]));
      }
      progress.add(batch.run());
    } catch (...) {
      next = order.size();  // the other workers end, too
      throw;
    }
  });

  set.pixels.resize(files.size());
  set.usable.resize(files.size());
  std::vector<const std::string*> whys(files.size());
  for (const Content& content : contents) {
    for (const std::size_t file : content.files) {
      set.pixels[file] = content.pixels;
      set.usable[file] = content.known;
      whys[file] = &content.why;
      set.features.row(static_cast<Index>(file)) =
          set.features.row(static_cast<Index>(content.files.front()));
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!set.usable[i]) set.skipped.push_back({files[i], *whys[i]});
  }
  return set;
}

}  // namespace oneormany
