#include "image/pixbuf.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace oneormany::image {
namespace {

using Bytes = std::vector<std::byte>;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

std::uint32_t number(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) throw vips::VError();
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

/// One picture of an ICO.
struct Icon {
  std::uint32_t width = 0, height = 0, bits = 0, offset = 0, size = 0;
  std::size_t entry = 0;  ///< where it stands in the directory
};

constexpr std::size_t kIconHeader = 6, kIconEntry = 16;

Icon largest_icon(std::span<const std::byte> bytes) {
  Icon best;
  const std::uint32_t count = number(bytes, 4, 2);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = kIconHeader + i * kIconEntry;
    const auto side = [&](std::size_t where) {
      const std::uint32_t value = number(bytes, where, 1);
      return value == 0 ? 256 : value;
    };
    const Icon icon{.width = side(at),
                    .height = side(at + 1),
                    .bits = number(bytes, at + 6, 2),
                    .offset = number(bytes, at + 12, 4),
                    .size = number(bytes, at + 8, 4),
                    .entry = at};
    if (std::uint64_t{icon.offset} + icon.size > bytes.size()) throw vips::VError();
    if (std::tuple(icon.width * icon.height, icon.bits) >
        std::tuple(best.width * best.height, best.bits)) {
      best = icon;
    }
  }
  if (best.size == 0) throw vips::VError();
  return best;
}

vips::VImage decode(const char* loader_name, std::span<const std::byte> bytes) {
  const std::unique_ptr<GdkPixbufLoader, Unref> loader(
      gdk_pixbuf_loader_new_with_type(loader_name, nullptr));
  if (!loader) throw vips::VError();
  const auto* data = reinterpret_cast<const guchar*>(bytes.data());
  const bool whole = gdk_pixbuf_loader_write(loader.get(), data, bytes.size(), nullptr) != 0;
  const bool closed = gdk_pixbuf_loader_close(loader.get(), nullptr) != 0;
  const GdkPixbuf* picture = gdk_pixbuf_loader_get_pixbuf(loader.get());
  if (!whole || !closed || !picture) throw vips::VError();
  const int width = gdk_pixbuf_get_width(picture), height = gdk_pixbuf_get_height(picture);
  const int bands = gdk_pixbuf_get_n_channels(picture);
  const auto row = static_cast<std::size_t>(width) * static_cast<std::size_t>(bands);
  const auto stride = static_cast<std::size_t>(gdk_pixbuf_get_rowstride(picture));
  const guchar* pixels = gdk_pixbuf_read_pixels(picture);
  Bytes packed(row * static_cast<std::size_t>(height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    std::memcpy(packed.data() + y * row, pixels + y * stride, row);
  }
  VipsImage* image = vips_image_new_from_memory_copy(packed.data(), packed.size(), width, height,
                                                     bands, VIPS_FORMAT_UCHAR);
  if (!image) throw vips::VError();
  return vips::VImage(image).copy(
      vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

Bytes all_bytes(const InputFile& file) {
  Bytes bytes(file.size());
  if (file.read(0, bytes) != bytes.size()) throw vips::VError();
  return bytes;
}

}  // namespace

std::pair<int, int> pixbuf_size(const InputFile& file, Format format) {
  if (format == Format::kIco) {
    const Icon icon = largest_icon(all_bytes(file));
    return {static_cast<int>(icon.width), static_cast<int>(icon.height)};
  }
  std::array<std::byte, 32> start{};
  const auto bytes = std::span<const std::byte>(start).first(file.read(0, start));
  if (format == Format::kTga) {
    return {static_cast<int>(number(bytes, 12, 2)), static_cast<int>(number(bytes, 14, 2))};
  }
  const bool old = number(bytes, 14, 4) == 12;  // of OS/2, with numbers of 16 bits
  const auto side = [&](std::size_t i) {
    const auto value =
        static_cast<std::int32_t>(number(bytes, 18 + (old ? 2 : 4) * i, old ? 2 : 4));
    return value == INT32_MIN ? INT32_MAX : std::abs(value);
  };
  return {side(0), side(1)};
}

vips::VImage read_pixbuf(const InputFile& file, Format format) {
  const Bytes bytes = all_bytes(file);
  if (format != Format::kIco) return decode(format == Format::kBmp ? "bmp" : "tga", bytes);
  const Icon icon = largest_icon(bytes);
  const auto picture = std::span(bytes).subspan(icon.offset, icon.size);
  if (number(picture, 0, 4) == 0x474e5089) return decode("png", picture);
  // The loader may take another one, so it gets an ICO with this one only.
  Bytes alone(bytes.begin(), bytes.begin() + kIconHeader);
  alone[4] = std::byte{1};
  alone[5] = std::byte{0};
  alone.insert(alone.end(), bytes.begin() + static_cast<std::ptrdiff_t>(icon.entry),
               bytes.begin() + static_cast<std::ptrdiff_t>(icon.entry + kIconEntry));
  constexpr std::byte kBehind{kIconHeader + kIconEntry};
  for (std::size_t i = 0; i < 4; ++i) alone[18 + i] = i == 0 ? kBehind : std::byte{0};
  alone.insert(alone.end(), picture.begin(), picture.end());
  return decode("ico", alone);
}

}  // namespace oneormany::image
