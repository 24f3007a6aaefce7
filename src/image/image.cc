#include "image/image.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
#include <vips/vips8>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/error.h"
#include "base/page_name.h"
#include "base/stop.h"
#include "image/format.h"
#include "image/load.h"
#include "image/resample.h"

namespace oneormany::image {
namespace {

using vips::VImage;
using vips::VOption;
using Clock = std::chrono::steady_clock;

// Rows fetched from libvips at a time: many rows cost memory, few rows cost calls.
constexpr int kStripBytes = 1 << 18;

// Raise it whenever the same file gives other pixels: caches go by it.
constexpr int kDecoderVersion = 2;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using GPointer = std::unique_ptr<T, Unref>;

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

/// When a picture has taken too long.
class Deadline {
 public:
  Deadline(std::filesystem::path file, double seconds)
      : file_(std::move(file)), seconds_(seconds) {}

  /// Throws Error when it has, Interrupted on Ctrl-C.
  void check() const {
    base::throw_if_stopped();
    if (std::chrono::duration<double>(Clock::now() - start_).count() > seconds_) {
      fail(file_, fmt::format("takes more than {:g} seconds to decode; raise it with --max-seconds",
                              seconds_));
    }
  }

 private:
  std::filesystem::path file_;
  double seconds_;
  Clock::time_point start_ = Clock::now();
};

std::atomic<bool> left_behind = false;

// These decode in one call that can't be stopped; the others row by row.
bool in_one_call(Format format) {
  switch (format) {
    case Format::kSvg:
    case Format::kPdf:
    case Format::kHeif:
    case Format::kJpeg2000:
    case Format::kJpegXl:
    case Format::kExr:
    case Format::kPsd:
    case Format::kTga:
      return true;
    default:
      return false;
  }
}

/// Runs `work` on a thread of its own. If that is late, or Ctrl-C comes, it is left behind: so what
/// it uses must be its own.
template <typename Work>
auto run_beside(const Deadline& deadline, Work work) {
  std::packaged_task<decltype(work())()> task(std::move(work));
  auto result = task.get_future();
  std::thread thread(std::move(task));
  try {
    while (result.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
      deadline.check();
    }
  } catch (...) {
    left_behind = true;
    thread.detach();
    throw;
  }
  thread.join();
  return result.get();
}

// Squishes `image` row by row, on this thread, with a few rows in memory.
void squish(const VImage& image, int size, const Deadline& deadline, std::span<std::uint8_t> rgb) {
  const int width = image.width(), height = image.height(), bands = image.bands();
  Resampler resampler(width, height, bands, size, rgb);
  const GPointer<VipsRegion> region(vips_region_new(image.get_image()));
  const int rows = std::clamp(kStripBytes / (width * bands), 8, 128);
  for (int top = 0; top < height; top += rows) {
    deadline.check();
    const VipsRect strip{0, top, width, std::min(rows, height - top)};
    if (vips_region_prepare(region.get(), &strip) != 0) throw vips::VError();
    for (int y = top; y < top + strip.height; ++y) {
      resampler.add_row(VIPS_REGION_ADDR(region.get(), 0, y));
    }
  }
}

// What is left to do for the squished pixels: turning them upright and applying the profile.
// Cheaper here than on the whole picture, and a square stays a square.
void finish(const Loaded& loaded, int size, std::span<std::uint8_t> rgb) {
  const VImage& image = loaded.image;
  const bool turned =
      image.get_typeof(VIPS_META_ORIENTATION) != 0 && image.get_int(VIPS_META_ORIENTATION) > 1;
  if (!turned && !loaded.has_profile) return;
  VImage small = VImage::new_from_memory(rgb.data(), rgb.size(), size, size, 3, VIPS_FORMAT_UCHAR)
                     .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  if (loaded.has_profile) {
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

/// What libvips does not tell: it collects its errors, of all threads and in several lines, in one
/// buffer. So it is said plainly.
template <typename Work>
auto without_vips_errors(const std::filesystem::path& file, Format format, Work work) {
  try {
    return work();
  } catch (const vips::VError&) {
    vips_error_clear();
    // Any markup is taken for a drawing until librsvg has looked at it.
    fail(file, format == Format::kSvg ? "isn't a picture of a kind that can be read, or is damaged"
                                      : kDamaged);
  }
}

/// Nearly all: but for a hundredth of the pixels.
constexpr std::size_t nearly(std::size_t pixels) { return pixels - pixels / 100; }

void note_pixels(std::span<const std::uint8_t> rgb, PictureFacts& facts) {
  constexpr int kOne = 1, kGrey = 2, kBlack = 24, kWhite = 240;  // of 255
  std::array<int, 3> low{255, 255, 255}, high{0, 0, 0};
  std::size_t black = 0, white = 0, coloured = 0;
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    const int r = rgb[i], g = rgb[i + 1], b = rgb[i + 2];
    const int least = std::min({r, g, b}), most = std::max({r, g, b});
    black += most <= kBlack;
    white += least >= kWhite;
    coloured += most - least > kGrey;
    for (std::size_t c = 0; c < 3; ++c) {
      low[c] = std::min(low[c], static_cast<int>(rgb[i + c]));
      high[c] = std::max(high[c], static_cast<int>(rgb[i + c]));
    }
  }
  const std::size_t pixels = rgb.size() / 3;
  facts.one_colour =
      high[0] - low[0] <= kOne && high[1] - low[1] <= kOne && high[2] - low[2] <= kOne;
  facts.black = black >= nearly(pixels);
  facts.white = white >= nearly(pixels);
  facts.grey = coloured == 0;
}

PictureFacts decode(const InputFile& file, Format format, const ImageOptions& options,
                    unsigned page, const Deadline& deadline, std::span<std::uint8_t> rgb) {
  note_thread();
  return without_vips_errors(file.path(), format, [&] {
    Loaded loaded = load(file, format, options.size, options, page);
    squish(loaded.image, options.size, deadline, rgb);
    finish(loaded, options.size, rgb);
    note_pixels(rgb, loaded.facts);
    return loaded.facts;
  });
}

}  // namespace

std::string ImageOptions::reading() const {
  std::string text = fmt::format("at most {:g} megapixels", max_megapixels);
  if (white) text += fmt::format(", white {:g}", *white);
  if (bands) text += fmt::format(", bands {}", fmt::join(*bands, ","));
  return text;
}

std::array<int, 3> parse_bands(const std::string& text) {
  std::array<int, 3> bands{};
  char rest = 0;
  const int found =
      std::sscanf(text.c_str(), "%5d,%5d,%5d%c", &bands[0], &bands[1], &bands[2], &rest);
  if (found != 3 || std::any_of(bands.begin(), bands.end(), [](int band) { return band < 1; })) {
    throw UsageError(
        fmt::format("--bands {}: takes three numbers from 1, of red, green and blue: 4,3,2", text));
  }
  return bands;
}

void start_image_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Warnings about odd files would come between our own lines.
    g_log_set_default_handler([](auto...) {}, nullptr);
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

bool decoder_left_behind() { return left_behind; }

std::size_t pixel_bytes(const ImageOptions& options) {
  return std::size_t{3} * options.size * options.size;
}

unsigned count_pages(const std::shared_ptr<const InputFile>& file, const ImageOptions& options) {
  const Format format = format_of(*file);
  if (!has_pages(format)) return 1;
  const auto count = [file, format] {
    note_thread();
    return without_vips_errors(file->path(), format, [&] { return count_pages(*file, format); });
  };
  return in_one_call(format) ? run_beside(Deadline(file->path(), options.max_seconds), count)
                             : count();
}

PictureFacts decode_rgb(const std::shared_ptr<const InputFile>& file, const ImageOptions& options,
                        std::span<std::uint8_t> rgb, unsigned page) {
  const Format format = format_of(*file);
  const Deadline deadline(file->path(), options.max_seconds);
  if (!in_one_call(format)) return decode(*file, format, options, page, deadline, rgb);
  const auto [facts, pixels] = run_beside(deadline, [file, format, options, page, deadline] {
    std::vector<std::uint8_t> own(pixel_bytes(options));
    const PictureFacts found = decode(*file, format, options, page, deadline, own);
    return std::pair(found, std::move(own));
  });
  std::copy(pixels.begin(), pixels.end(), rgb.begin());
  return facts;
}

std::string decoder_id() {
  return fmt::format("{}, libvips {}", kDecoderVersion, vips_version_string());
}

std::string thumbnail_jpeg(const std::filesystem::path& name, int side,
                           const ImageOptions& options) {
  const base::NamedPage named = base::named_page(name);
  const auto file = std::make_shared<const InputFile>(named.file);
  const Format format = format_of(*file);
  const auto work = [file, format, side, options, page = named.page] {
    note_thread();
    return without_vips_errors(file->path(), format, [&] {
      VImage image = load(*file, format, side, options, page).image;
      VOption* size = VImage::option()->set("height", side)->set("size", VIPS_SIZE_DOWN);
      if (image.get_typeof(VIPS_META_ICC_NAME) != 0) size->set("export_profile", "srgb");
      image = image.thumbnail_image(side, size);
      if (image.has_alpha()) image = image.flatten(VImage::option()->set("background", 255));
      VipsBlob* blob = image.jpegsave_buffer(VImage::option()->set("Q", 85)->set("strip", true));
      std::size_t length = 0;
      const auto* bytes = static_cast<const char*>(vips_blob_get(blob, &length));
      std::string jpeg(bytes, length);
      vips_area_unref(VIPS_AREA(blob));
      return jpeg;
    });
  };
  return in_one_call(format) ? run_beside(Deadline(named.file, options.max_seconds), work) : work();
}

}  // namespace oneormany::image
