#include "features/pipeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/stop.h"

namespace oneormany::features {
namespace {

/// One file content, and all files that have it.
struct Content {
  base::Sha256 sha256;
  std::vector<std::size_t> files;
  Pixels pixels{};
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
  std::vector<base::Sha256> hashes(files.size());
  std::vector<std::string> whys(files.size());
  base::Progress progress("files read", files.size());
  base::parallel_for(files.size(), [&](std::size_t i) {
    base::throw_if_stopped();
    try {
      hashes[i] = base::sha256_of_file(files[i]);
    } catch (const Error& error) {
      whys[i] = reason(error, files[i]);
    }
    progress.add();
  });
  std::vector<Content> contents;
  std::map<base::Sha256, std::size_t> places;
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

/// Decodes the very bytes that `sha256` is of. Throws like decode_rgb.
image::PictureFacts decode(const std::filesystem::path& name, const base::Sha256& sha256,
                           const image::ImageOptions& options, std::span<std::uint8_t> rgb) {
  const auto file = std::make_shared<const image::InputFile>(name);
  const auto require_same = [&] {
    if (file->sha256() != sha256) {
      throw Error(fmt::format("{}: changed while it was read: run it again", name.string()));
    }
  };
  if (file->held()) require_same();
  const image::PictureFacts facts = image::decode_rgb(file, options, rgb);
  if (!file->held()) require_same();
  return facts;
}

}  // namespace

FeatureSet run_pipeline(const std::vector<std::filesystem::path>& files, const Runner& runner,
                        const image::ImageOptions& options, Cache* cache) {
  FeatureSet set;
  set.features = MatrixF::Zero(static_cast<Index>(files.size()), runner.feature_count);
  const auto width = static_cast<std::size_t>(runner.feature_count);
  std::vector<Content> contents = read_contents(files);

  if (cache) {
    std::vector<base::Sha256> keys;
    for (const Content& content : contents) keys.push_back(content.sha256);
    cache->find(keys, [&](std::size_t i, const Pixels& pixels, std::span<const float> row) {
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
  base::Progress progress("pictures", order.size());
  // Each thread decodes a picture and runs the network on it, so both overlap on all cores, and
  // memory is one picture's pixels a thread.
  base::parallel_for(order.size(), [&](std::size_t i) {
    base::throw_if_stopped();
    Content& content = contents[order[i]];
    const std::size_t first = content.files.front();
    thread_local std::vector<std::uint8_t> rgb;
    rgb.resize(image::pixel_bytes(options));
    try {
      content.pixels.facts = decode(files[first], content.sha256, options, rgb);
    } catch (const Error& error) {
      content.why = reason(error, files[first]);
      progress.add();
      return;
    }
    content.pixels.hash = base::sha256(std::as_bytes(std::span(rgb)));
    const std::span row(set.features.data() + first * width, width);
    if (width > 0) runner.run(rgb, row);
    content.known = true;
    if (cache) cache->add(content.sha256, content.pixels, row);
    progress.add();
  });

  set.pixels.resize(files.size());
  set.facts.resize(files.size());
  set.usable.resize(files.size());
  std::vector<const std::string*> whys(files.size());
  for (const Content& content : contents) {
    for (const std::size_t file : content.files) {
      set.pixels[file] = content.pixels.hash;
      set.facts[file] = content.pixels.facts;
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

}  // namespace oneormany::features
