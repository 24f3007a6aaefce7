#include "image/tiff_tags.h"

#include <algorithm>
#include <array>
#include <span>

namespace oneormany::image {
namespace {

class Reader {
 public:
  explicit Reader(const InputFile& file) : file_(file) {}

  /// The place of the first directory; 0 if this is no TIFF.
  std::uint64_t start() {
    std::array<std::byte, 8> head{};
    if (file_.read(0, head) != head.size()) return 0;
    if (head[0] != head[1] || (head[0] != std::byte{'I'} && head[0] != std::byte{'M'})) return 0;
    big_endian_ = head[0] == std::byte{'M'};
    const std::uint64_t version = number(2, 2);
    wide_ = version == 43;
    if (version != 42 && !wide_) return 0;
    return wide_ ? number(8, 8) : number(4, 4);
  }

  std::uint64_t number(std::uint64_t at, std::size_t size) {
    std::array<std::byte, 8> bytes{};
    if (file_.read(at, std::span(bytes).first(size)) != size) {
      broken_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | std::to_integer<std::uint64_t>(bytes[big_endian_ ? i : size - 1 - i]);
    }
    return value;
  }

  struct Entry {
    std::uint64_t tag = 0, type = 0, count = 0, at = 0;  ///< at: of the first value
  };

  std::uint64_t entries(std::uint64_t directory) { return number(directory, count_size()); }

  Entry entry(std::uint64_t directory, std::uint64_t i) {
    const std::uint64_t at = directory + count_size() + i * entry_size();
    Entry found{.tag = number(at, 2),
                .type = number(at + 2, 2),
                .count = number(at + 4, place_size()),
                .at = at + 4 + place_size()};
    if (found.count > place_size() / size_of(found.type)) found.at = number(found.at, place_size());
    return found;
  }

  /// The entry's first values, up to `most`.
  std::vector<std::uint32_t> values(const Entry& entry, std::uint64_t most) {
    std::vector<std::uint32_t> found;
    const std::size_t size = size_of(entry.type);
    for (std::uint64_t i = 0; i < std::min(entry.count, most); ++i) {
      found.push_back(
          static_cast<std::uint32_t>(number(entry.at + i * size, std::min<std::size_t>(size, 4))));
    }
    return found;
  }

  std::uint64_t next(std::uint64_t directory) {
    return number(directory + count_size() + entries(directory) * entry_size(), place_size());
  }

  bool broken() const { return broken_; }

 private:
  std::size_t count_size() const { return wide_ ? 8 : 2; }
  std::size_t entry_size() const { return wide_ ? 20 : 12; }
  std::size_t place_size() const { return wide_ ? 8 : 4; }

  static std::size_t size_of(std::uint64_t type) {
    return type == 3 || type == 8 ? 2 : type == 4 || type == 9 ? 4 : 1;  // shorts, longs, bytes
  }

  const InputFile& file_;
  bool big_endian_ = false, wide_ = false, broken_ = false;
};

}  // namespace

std::optional<TiffTags> read_tiff_tags(const InputFile& file, unsigned page) {
  Reader reader(file);
  std::uint64_t directory = reader.start();
  if (directory == 0) return std::nullopt;
  TiffTags tags;
  while (tags.pages < page && tags.pages <= kMostPages) {
    const std::uint64_t next = reader.next(directory);
    if (reader.broken()) return std::nullopt;
    if (next == 0) break;
    directory = next;
    ++tags.pages;
  }
  const std::uint64_t entries = std::min<std::uint64_t>(reader.entries(directory), 4096);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const Reader::Entry entry = reader.entry(directory, i);
    const auto value = [&] {
      const auto all = reader.values(entry, 1);
      return all.empty() ? 0 : all[0];
    };
    switch (entry.tag) {
      case 258:
        tags.bits = value();
        break;
      case 262:
        tags.photometric = value();
        break;
      case 277:
        tags.samples = value();
        break;
      case 332:
        tags.ink_set = value();
        break;
      case 338:
        tags.extra = reader.values(entry, 64);
        break;
      case 339:
        tags.sample_format = value();
        break;
      default:
        break;
    }
  }
  if (reader.broken()) return std::nullopt;
  // A chain that comes back to itself ends at the limit like any other.
  for (std::uint64_t at = reader.next(directory);
       at != 0 && !reader.broken() && tags.pages <= kMostPages; at = reader.next(at)) {
    ++tags.pages;
  }
  return tags;
}

}  // namespace oneormany::image
