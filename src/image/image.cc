#include "image/image.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <vips/vips8>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/error.h"
#include "image/resample.h"

namespace oneormany::image {
namespace {

using vips::VImage;
using vips::VOption;

// Rows fetched from libvips at a time: many rows cost memory, few rows cost calls.
constexpr int kStripBytes = 1 << 18;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using GPointer = std::unique_ptr<T, Unref>;

// Raise it whenever the same file gives other pixels: caches go by it.
constexpr int kDecoderVersion = 1;

// Memory goes by the longer side, whatever the area.
constexpr int kLongestSide = 200'000;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why) {
  throw Error(fmt::format("{}: {}", file.string(), why));
}

// libvips keeps some memory for each thread that used it, until told that the thread ends.
void note_thread() {
  struct Leaver {
    ~Leaver() { vips_thread_shutdown(); }
  };
  thread_local const Leaver leaver;
}

// libvips collects its errors, of all threads and in several lines, in one buffer: it can't be
// told whose they are. So the reason is found out here instead.
void check_file(const std::filesystem::path& file) {
  if (access(file.c_str(), R_OK) != 0) fail(file, std::strerror(errno));
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) fail(file, "is a folder, not a picture");
  if (!std::filesystem::is_regular_file(file, error)) fail(file, "isn't a file");
  if (std::filesystem::file_size(file, error) == 0) fail(file, "is empty (0 bytes)");
}

// Opens the header only. Takes ownership of `options` (may be null), as libvips' own calls do.
// Throws vips::VError.
VImage open_image(const std::filesystem::path& file, VOption* options = nullptr) {
  if (!options) options = VImage::option();
  VImage image;
  options->set("out", &image);
  options->set("access", VIPS_ACCESS_SEQUENTIAL);
  // "truncated", not "error" or "warning": whole pictures with an odd chunk are still pictures.
  options->set("fail_on", VIPS_FAIL_ON_TRUNCATED);
  // By preference from a source: in a file's name libvips would take "[...]" at the end for
  // options. Rarer kinds (BMP, say) are read by name only.
  const GPointer<VipsSource> source(vips_source_new_from_file(file.c_str()));
  const char* loader = source ? vips_foreign_find_load_source(source.get()) : nullptr;
  if (loader) {
    g_object_ref(source.get());  // VSource takes it over
    options->set("source", vips::VSource(source.get()));
  } else if ((loader = vips_foreign_find_load(file.c_str()))) {
    options->set("filename", file.c_str());
  } else {
    delete options;
    throw vips::VError();
  }
  VImage::call(loader, options);
  return image;
}

std::string loader_of(const VImage& image) {
  return image.get_typeof("vips-loader") == 0 ? "" : image.get_string("vips-loader");
}

// Drawings have no pixels of their own.
bool is_drawing(const VImage& image) {
  const std::string loader = loader_of(image);
  return loader.starts_with("svgload") || loader.starts_with("pdfload");
}

double megapixels_of(const VImage& image) { return 1e-6 * image.width() * image.height(); }

// Opens `file` such that it has at least size × size pixels, but not many more where the format
// lets us choose: drawings are drawn at the size that is wanted, JPEG is shrunk while loading.
VImage open_near(const std::filesystem::path& file, int size, double max_megapixels) {
  check_file(file);
  VImage image = [&] {
    try {
      return open_image(file);
    } catch (const vips::VError&) {
      vips_error_clear();
      fail(file, "isn't a picture of a kind that can be read, or its beginning is damaged");
    }
  }();
  const std::string loader = loader_of(image);
  // Tables of numbers: to libvips they are pictures, too.
  if (loader.starts_with("csvload") || loader.starts_with("matrixload")) {
    fail(file, "is a text file, not a picture");
  }
  const double across = static_cast<double>(image.width()) / size;
  const double down = static_cast<double>(image.height()) / size;
  if (is_drawing(image)) {
    // The shorter side decides, unless the drawing is so long that it would become huge.
    const double scale = std::min(1 / std::min(across, down), 4 / std::sqrt(across * down));
    return open_image(file, VImage::option()->set("scale", scale));
  }
  const double mp = megapixels_of(image);
  if (mp > max_megapixels) {
    fail(file, fmt::format("is {:.4g} megapixels, more than the limit of {:g}; raise it with "
                           "--max-megapixels",
                           mp, max_megapixels));
  }
  if (std::max(image.width(), image.height()) > kLongestSide) {
    fail(file, fmt::format("is {} x {} pixels: a side is longer than the limit of {}",
                           image.width(), image.height(), kLongestSide));
  }
  if (loader.starts_with("jpegload")) {
    // Plain averaging of blocks: leave at least half of the way to the better filter.
    int shrink = 1;
    while (shrink < 8 && 4 * shrink <= std::min(across, down)) shrink *= 2;
    if (shrink > 1) return open_image(file, VImage::option()->set("shrink", shrink));
  }
  return image;
}

bool has_profile(const VImage& image) { return image.get_typeof(VIPS_META_ICC_NAME) != 0; }

// What the resampler takes as it is.
bool is_plain(const VImage& image) {
  if (image.format() != VIPS_FORMAT_UCHAR || image.bands() > 4) return false;
  const auto kind = image.interpretation();
  if (image.bands() <= 2) return kind == VIPS_INTERPRETATION_B_W && !has_profile(image);
  return kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_RGB;
}

// To sRGB by the picture's own profile, if that is of any use.
VImage apply_profile(const VImage& image) {
  try {
    return image.icc_transform(
        "srgb", VImage::option()->set("embedded", true)->set("intent", VIPS_INTENT_RELATIVE));
  } catch (const vips::VError&) {
    vips_error_clear();
    return image;  // libvips' own ways between colour spaces will do
  }
}

// Any picture as 8-bit sRGB or grey, perhaps with alpha, without a profile: the slow way, all by
// libvips.
VImage make_plain(VImage image) {
  if (image.format() == VIPS_FORMAT_UINT) {
    image = image.cast(VIPS_FORMAT_USHORT, VImage::option()->set("shift", true))
                .copy(VImage::option()->set("interpretation", image.bands() < 3
                                                                  ? VIPS_INTERPRETATION_GREY16
                                                                  : VIPS_INTERPRETATION_RGB16));
  }
  auto kind = image.guess_interpretation();
  const bool is_float = vips_band_format_isfloat(image.format());
  if (is_float && (kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_GREY16)) {
    // Grey floats are linear light from 0 to 1, as RGB floats are.
    const VImage grey = image.extract_band(0);
    image = VImage::bandjoin({grey, grey, grey});
    kind = VIPS_INTERPRETATION_scRGB;
  }
  image = image.copy(VImage::option()->set("interpretation", kind));
  if (image.bands() > 4) {  // beyond colour and alpha, whatever it is
    const int colours = kind == VIPS_INTERPRETATION_CMYK ? 4 : 3;
    image = image.extract_band(0, VImage::option()->set("n", colours));
  }
  if (image.has_alpha() && kind != VIPS_INTERPRETATION_CMYK) {
    const double white = kind == VIPS_INTERPRETATION_scRGB ? 1
                         : kind == VIPS_INTERPRETATION_GREY16 || kind == VIPS_INTERPRETATION_RGB16
                             ? 65535
                             : 255;
    image = image.flatten(VImage::option()->set("background", white)->set("max_alpha", white));
  }
  if (has_profile(image) && !is_float) image = apply_profile(image);
  image = image.colourspace(VIPS_INTERPRETATION_sRGB).cast(VIPS_FORMAT_UCHAR);
  image = image.copy();
  image.remove(VIPS_META_ICC_NAME);
  return image;
}

// Squishes `image` row by row, on this thread, with a few rows in memory.
void squish(const VImage& image, int size, std::span<std::uint8_t> rgb) {
  const int width = image.width(), height = image.height(), bands = image.bands();
  Resampler resampler(width, height, bands, size, rgb);
  const GPointer<VipsRegion> region(vips_region_new(image.get_image()));
  const int rows = std::clamp(kStripBytes / (width * bands), 8, 128);
  for (int top = 0; top < height; top += rows) {
    const VipsRect strip{0, top, width, std::min(rows, height - top)};
    if (vips_region_prepare(region.get(), &strip) != 0) throw vips::VError();
    for (int y = top; y < top + strip.height; ++y) {
      resampler.add_row(VIPS_REGION_ADDR(region.get(), 0, y));
    }
  }
}

// What is left to do for the squished pixels of `image`: turning them upright and applying its
// profile. Cheaper here than on the whole picture, and a square stays a square.
void finish(const VImage& image, int size, std::span<std::uint8_t> rgb) {
  const bool turned =
      image.get_typeof(VIPS_META_ORIENTATION) != 0 && image.get_int(VIPS_META_ORIENTATION) > 1;
  if (!turned && !has_profile(image)) return;
  VImage small = VImage::new_from_memory(rgb.data(), rgb.size(), size, size, 3, VIPS_FORMAT_UCHAR)
                     .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  if (has_profile(image)) {
    std::size_t length = 0;
    const void* profile = image.get_blob(VIPS_META_ICC_NAME, &length);
    small.set(VIPS_META_ICC_NAME, nullptr, const_cast<void*>(profile), length);
    small = apply_profile(small);
  }
  if (turned) {
    small.set(VIPS_META_ORIENTATION, image.get_int(VIPS_META_ORIENTATION));
    small = small.autorot();
  }
  std::size_t length = 0;
  const std::unique_ptr<void, decltype(&g_free)> result(small.write_to_memory(&length), &g_free);
  std::memcpy(rgb.data(), result.get(), std::min(length, rgb.size()));
}

constexpr const char* kDamaged = "is damaged or cut short";

}  // namespace

void start_image_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Warnings about odd files would come between our own lines.
    g_log_set_handler(
        "VIPS", G_LOG_LEVEL_MASK, [](auto...) {}, nullptr);
    if (VIPS_INIT("oneormany") != 0) throw Error("libvips can't be started");
    // Pictures run side by side, so each needs only its own thread, and none comes twice.
    vips_concurrency_set(1);
    vips_cache_set_max(0);
#ifdef __GLIBC__
    // Every picture takes and gives back the same few hundred kilobytes. Left alone, malloc returns
    // them to the system each time, and clearing the pages anew costs as much as resizing.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
  });
}

std::size_t pixel_bytes(const ImageOptions& options) {
  return std::size_t{3} * options.size * options.size;
}

void decode_rgb(const std::filesystem::path& file, const ImageOptions& options,
                std::span<std::uint8_t> rgb) {
  note_thread();
  try {
    VImage image = open_near(file, options.size, options.max_megapixels);
    if (!is_plain(image)) image = make_plain(image);
    squish(image, options.size, rgb);
    finish(image, options.size, rgb);
  } catch (const vips::VError&) {
    vips_error_clear();
    fail(file, kDamaged);
  }
}

std::string decoder_id() {
  return fmt::format("{}, libvips {}", kDecoderVersion, vips_version_string());
}

double megapixels(const std::filesystem::path& file) {
  note_thread();
  try {
    return megapixels_of(open_image(file));
  } catch (const vips::VError&) {
    vips_error_clear();
    return 0;
  }
}

std::string thumbnail_jpeg(const std::filesystem::path& file, int side, double max_megapixels) {
  note_thread();
  try {
    VImage image = open_near(file, side, max_megapixels);
    if (!is_plain(image)) image = make_plain(image);
    VOption* options = VImage::option()->set("height", side)->set("size", VIPS_SIZE_DOWN);
    if (has_profile(image)) options->set("export_profile", "srgb");
    image = image.thumbnail_image(side, options);
    if (image.has_alpha()) image = image.flatten(VImage::option()->set("background", 255));
    VipsBlob* blob = image.jpegsave_buffer(VImage::option()->set("Q", 85)->set("strip", true));
    std::size_t length = 0;
    const auto* bytes = static_cast<const char*>(vips_blob_get(blob, &length));
    std::string jpeg(bytes, length);
    vips_area_unref(VIPS_AREA(blob));
    return jpeg;
  } catch (const vips::VError&) {
    vips_error_clear();
    fail(file, kDamaged);
  }
}

}  // namespace oneormany::image
