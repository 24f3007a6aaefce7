#include "image/load.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "image/pixbuf.h"
#include "image/tiff_tags.h"

namespace oneormany::image {
namespace {

using vips::VImage;
using vips::VOption;

// Memory goes by the longer side, whatever the area.
constexpr int kLongestSide = 200'000;

// What libvips can scale a drawing by.
constexpr double kSmallestScale = 0.001;

constexpr double kTwelveBits = 4095, kSixteenBits = 65535;

[[noreturn]] void refuse(const InputFile& file, const std::string& why) {
  throw Error(fmt::format("{}: {}", file.path().string(), why));
}

const char* loader_of(Format format) {
  switch (format) {
    case Format::kJpeg:
      return "jpegload_source";
    case Format::kPng:
      return "pngload_source";
    case Format::kGif:
      return "gifload_source";
    case Format::kWebp:
      return "webpload_source";
    case Format::kTiff:
      return "tiffload_source";
    case Format::kHeif:
      return "heifload_source";
    case Format::kJpeg2000:
      return "jp2kload_source";
    case Format::kJpegXl:
      return "jxlload_source";
    case Format::kNetpbm:
    case Format::kPfm:
      return "ppmload_source";
    case Format::kRadiance:
      return "radload_source";
    case Format::kSvg:
      return "svgload_source";
    case Format::kPdf:
      return "pdfload_source";
    case Format::kPsd:
      return "magickload_buffer";
    case Format::kExr:
      return "openexrload";
    default:
      return nullptr;  // Bmp, Ico and Tga are not for libvips
  }
}

// Opens the header only. Takes ownership of `options` (may be null), as libvips' own calls do.
// Throws vips::VError.
VImage open_image(const InputFile& file, Format format, unsigned page, VOption* options = nullptr) {
  if (!options) options = VImage::option();
  if (has_pages(format)) options->set("page", static_cast<int>(page - 1));
  VImage image;
  options->set("out", &image);
  options->set("access", VIPS_ACCESS_SEQUENTIAL);
  // "truncated", not "error" or "warning": whole pictures with an odd chunk are still pictures.
  options->set("fail_on", VIPS_FAIL_ON_TRUNCATED);
  // From a source or memory where it can be: with a file's name a loader could find its neighbours.
  const auto bytes = file.bytes();
  if (format == Format::kExr) {
    options->set("filename", file.path().c_str());
  } else if (format == Format::kPsd) {
    VipsBlob* blob = vips_blob_copy(bytes.data(), bytes.size());
    options->set("buffer", blob);  // holds it too
    vips_area_unref(VIPS_AREA(blob));
  } else {
    options->set("source",
                 vips::VSource(file.held() ? vips_source_new_from_memory(bytes.data(), bytes.size())
                                           : vips_source_new_from_file(file.path().c_str())));
  }
  VImage::call(loader_of(format), options);
  return image;
}

bool has_profile(const VImage& image) { return image.get_typeof(VIPS_META_ICC_NAME) != 0; }

VImage as(const VImage& image, VipsInterpretation interpretation) {
  return image.copy(VImage::option()->set("interpretation", interpretation));
}

// What the resampler takes as it is.
bool is_plain(const VImage& image) {
  if (image.format() != VIPS_FORMAT_UCHAR || image.bands() > 4) return false;
  const auto kind = image.interpretation();
  if (image.bands() <= 2) return kind == VIPS_INTERPRETATION_B_W && !has_profile(image);
  return kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_RGB;
}

/// The values from 0 to `white` as 8 or 16 bits; what is beyond is black or white.
VImage scaled(const VImage& image, double white, bool deep) {
  const VipsInterpretation kind = image.bands() < 3
                                      ? deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W
                                  : deep ? VIPS_INTERPRETATION_RGB16
                                         : VIPS_INTERPRETATION_sRGB;
  if (white == (deep ? kSixteenBits : 255) &&
      image.format() == (deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR)) {
    return as(image, kind);
  }
  return as((image * ((deep ? kSixteenBits : 255) / white))
                .rint()
                .cast(deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR),
            kind);
}

/// Linear light from 0 to 1, in grey or colour.
VImage linear(const VImage& image) {
  const VImage colours =
      image.bands() < 3 ? VImage::bandjoin({image[0], image[0], image[0]}) : image;
  return as(colours, VIPS_INTERPRETATION_scRGB);
}

// Any picture as 8-bit sRGB or grey, perhaps with alpha, without a profile: the slow way, all by
// libvips.
VImage make_plain(VImage image) {
  if (image.coding() == VIPS_CODING_LABQ) {
    // From 8 bits libvips makes L of 10 bits such that 255 is 1020, not 1023.
    image = image.LabQ2Lab().linear({1023. / 1020, 1, 1}, {0, 0, 0});
  }
  if (image.coding() == VIPS_CODING_RAD) image = linear(image.rad2float());
  if (image.interpretation() == VIPS_INTERPRETATION_LAB ||
      image.interpretation() == VIPS_INTERPRETATION_LABS) {
    // As ICC and whoever writes such files have it: under D50. libvips' own way takes D65.
    return image.colourspace(VIPS_INTERPRETATION_LAB)
        .icc_export(VImage::option()
                        ->set("output_profile", "srgb")
                        ->set("pcs", VIPS_PCS_LAB)
                        ->set("intent", VIPS_INTENT_RELATIVE))
        .extract_band(0, VImage::option()->set("n", 3));
  }
  const auto kind = image.guess_interpretation();
  image = as(image, kind);
  if (image.has_alpha() && kind != VIPS_INTERPRETATION_CMYK) {
    const double white = kind == VIPS_INTERPRETATION_scRGB ? 1
                         : kind == VIPS_INTERPRETATION_GREY16 || kind == VIPS_INTERPRETATION_RGB16
                             ? kSixteenBits
                             : 255;
    image = image.flatten(VImage::option()->set("background", white)->set("max_alpha", white));
  }
  if (has_profile(image) && !vips_band_format_isfloat(image.format())) image = apply_profile(image);
  image = image.colourspace(VIPS_INTERPRETATION_sRGB).cast(VIPS_FORMAT_UCHAR).copy();
  image.remove(VIPS_META_ICC_NAME);
  return image;
}

/// The smallest and the largest value of the picture's colours.
struct Range {
  double low = 0, high = 0;
  bool finite = true;
};

Range range_of(const VImage& image) {
  const VImage stats = image.stats();  // a row for all bands first: minimum, maximum, sum, …
  return {.low = stats(0, 0)[0], .high = stats(1, 0)[0], .finite = std::isfinite(stats(2, 0)[0])};
}

// --- netpbm ---

/// The largest value that a netpbm file says it may hold (maxval), which libvips leaves to us; 255
/// of bitmaps, which it has made 0 and 255.
int netpbm_white(const InputFile& file) {
  std::string text(std::min<std::uint64_t>(file.size(), 4096), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  if (text[1] == '1' || text[1] == '4') return 255;
  std::size_t at = 2;
  int number = 0;
  for (int i = 0; i < 3; ++i) {  // width, height, maxval
    for (; at < text.size(); ++at) {
      if (text[at] == '#') {
        at = std::min(text.find('\n', at), text.size() - 1);
      } else if (text[at] >= '0' && text[at] <= '9') {
        break;
      }
    }
    const auto [end, error] =
        std::from_chars(text.data() + std::min(at, text.size()), text.data() + text.size(), number);
    if (error != std::errc()) refuse(file, "has a header without a largest value (maxval)");
    at = static_cast<std::size_t>(end - text.data());
  }
  if (number < 1 || number > kSixteenBits) {
    refuse(file,
           fmt::format("has {} for its largest value (maxval): 1 to 65535 are allowed", number));
  }
  return number;
}

// --- TIFF ---

constexpr const char* kConvert = "save it as 8-bit RGB or grey";

[[noreturn]] void refuse_many_pages(const InputFile& file) {
  refuse(file, fmt::format("has more than {} pages: split it", kMostPages));
}

void refuse_odd_tags(const InputFile& file, const TiffTags& tags) {
  if (tags.pages > kMostPages) refuse_many_pages(file);
  if (tags.photometric == TiffTags::kFilter || tags.photometric == TiffTags::kLinearRaw) {
    refuse(file, "is a camera's raw file: save it as PNG, JPEG or TIFF");
  }
  if (tags.sample_format > TiffTags::kFloat && tags.sample_format != 4) {
    refuse(file, fmt::format("holds complex numbers: {}", kConvert));
  }
  const bool floats = tags.sample_format == TiffTags::kFloat;
  const bool usual = floats ? tags.bits == 32
                            : tags.bits == 1 || tags.bits == 2 || tags.bits == 4 ||
                                  tags.bits == 8 || tags.bits == 16 || tags.bits == 32;
  if (!usual) {
    refuse(file, fmt::format("has {}{} bits a sample: {}, or as TIFF of 8 or 16 bits", tags.bits,
                             floats ? " floating-point" : "", kConvert));
  }
  if (tags.photometric == TiffTags::kCmyk && tags.ink_set != 1) {
    refuse(file, fmt::format("has inks that aren't cyan, magenta, yellow and black: {}", kConvert));
  }
}

/// The bands that are colour, and alpha behind them if there is one.
VImage choose_bands(const InputFile& file, const VImage& image, const TiffTags& tags,
                    const ImageOptions& options) {
  const int bands = image.bands();
  const auto band = [&](int i) { return image.extract_band(i); };
  if (options.bands && bands >= 3 && bands == static_cast<int>(tags.samples)) {
    std::vector<VImage> chosen;
    for (const int one : *options.bands) {
      if (one > bands) {
        refuse(file, fmt::format("has {} bands, so --bands {} can't be taken from it", bands,
                                 fmt::join(*options.bands, ",")));
      }
      chosen.push_back(band(one - 1));
    }
    return as(VImage::bandjoin(chosen), VIPS_INTERPRETATION_sRGB);
  }
  // Where libtiff has made RGBA of it, the samples are its own.
  if (bands != static_cast<int>(tags.samples)) return image;
  int colours = 3;
  if (tags.photometric == TiffTags::kBlackIsZero || tags.photometric == TiffTags::kWhiteIsZero) {
    colours = 1;
    if (bands > 2) {
      refuse(file, fmt::format("has {} bands, not red, green and blue: convert it to RGB, or say "
                               "which are (from 1) with --bands R,G,B",
                               bands));
    }
  } else if (tags.photometric == TiffTags::kCmyk) {
    colours = 4;
  } else if (tags.photometric == TiffTags::kPalette) {
    return image;
  }
  if (bands <= colours) return image;
  // ExtraSamples 1 and 2 are alpha. Others are something else: infrared, a mask, a depth.
  for (std::size_t i = 0; i < tags.extra.size(); ++i) {
    const int at = bands - static_cast<int>(tags.extra.size()) + static_cast<int>(i);
    if (at < colours || (tags.extra[i] != 1 && tags.extra[i] != 2)) continue;
    if (at == colours && bands == colours + 1) return image;
    const VImage opaque = image.extract_band(0, VImage::option()->set("n", colours));
    return opaque.bandjoin(band(at));
  }
  return image.extract_band(0, VImage::option()->set("n", colours));
}

/// What is white in a TIFF of numbers: by the rule, if nobody says it.
double white_of(const InputFile& file, const VImage& image, const ImageOptions& options) {
  if (options.white) return *options.white;
  const Range range = range_of(image);
  if (!range.finite) refuse(file, fmt::format("holds NaN or infinite values: {}", kConvert));
  const auto odd = [&](const char* what) {
    refuse(file,
           fmt::format("holds values from {:.4g} to {:.4g}, {}: {}, or say what is white with "
                       "--white",
                       range.low, range.high, what, kConvert));
  };
  const bool floats = vips_band_format_isfloat(image.format());
  // Filters overshoot a little.
  if (range.low < -0.05 * std::max(range.high, floats ? 1. : 255.)) odd("some of them negative");
  if (floats) {
    for (const double white : {1., 255., kSixteenBits}) {
      if (range.high <= 1.05 * white) return white;
    }
    odd("more than 65535");
  }
  // Cameras of 12 bits write them into 16 as they are. Of 16 bits, a picture without any value
  // over 4095 would be black all over.
  if (range.high <= kTwelveBits) return kTwelveBits;
  if (image.format() == VIPS_FORMAT_SHORT) return 32767;
  return range.high <= kSixteenBits || image.format() == VIPS_FORMAT_USHORT ? kSixteenBits
                                                                            : 4294967295.;
}

[[noreturn]] void refuse_page(const InputFile& file, std::uint32_t pages, unsigned page) {
  refuse(file, fmt::format("has {}, so there is no page {}", base::counted(pages, "page"), page));
}

/// The tags, before libvips has looked at the file: it reads all pages to count them.
TiffTags usable_tags(const InputFile& file, unsigned page) {
  const auto tags = read_tiff_tags(file, page);
  if (!tags) throw vips::VError();
  refuse_odd_tags(file, *tags);
  if (tags->pages < page) refuse_page(file, tags->pages, page);
  return *tags;
}

/// `header`: the picture as it was opened, nothing of it read yet.
VImage load_tiff(const InputFile& file, const VImage& header, const TiffTags& tags,
                 const ImageOptions& options, unsigned page) {
  VImage image = choose_bands(file, header, tags, options);
  if (image.format() == VIPS_FORMAT_UCHAR) return image;
  if (image.format() == VIPS_FORMAT_CHAR) {
    refuse(file, fmt::format("has signed bytes: {}", kConvert));
  }
  const bool colours = tags.photometric == TiffTags::kBlackIsZero ||
                       tags.photometric == TiffTags::kWhiteIsZero ||
                       tags.photometric == TiffTags::kRgb || !tags.photometric || options.bands;
  if (!colours) return image;  // Lab and CMYK have ranges of their own
  const bool alpha = image.bands() == 2 || image.bands() == 4;
  const auto opaque = [alpha](const VImage& one) {
    return alpha ? one.extract_band(0, VImage::option()->set("n", one.bands() - 1)) : one;
  };
  const bool managed = has_profile(image) && image.format() == VIPS_FORMAT_USHORT && !options.white;
  const double white = managed ? kSixteenBits : white_of(file, opaque(image), options);
  // It was read to its end to find that out, so it is opened again.
  const VImage again = choose_bands(file, open_image(file, Format::kTiff, page), tags, options);
  if (!alpha || vips_band_format_isfloat(again.format())) return scaled(again, white, true);
  // Alpha of integers has the range of its type.
  const double full = again.format() == VIPS_FORMAT_UINT    ? 4294967295.
                      : again.format() == VIPS_FORMAT_SHORT ? 32767
                                                            : kSixteenBits;
  return scaled(opaque(again), white, true).bandjoin(scaled(again[again.bands() - 1], full, true));
}

// --- all ---

void refuse_huge(const InputFile& file, double width, double height, const ImageOptions& options) {
  const double megapixels = 1e-6 * width * height;
  if (megapixels > options.max_megapixels) {
    refuse(file, fmt::format("is {:.4g} megapixels, more than the limit of {:g}; raise it with "
                             "--max-megapixels",
                             megapixels, options.max_megapixels));
  }
  if (std::max(width, height) > kLongestSide) {
    refuse(file, fmt::format("is {} x {} pixels: a side is longer than the limit of {}", width,
                             height, kLongestSide));
  }
}

/// Pages or frames, where libvips counts such. (Of JPEG 2000 it counts resolutions, of PSD layers.)
std::uint32_t pages_of(const VImage& image, Format format) {
  if (format == Format::kJpeg2000 || format == Format::kPsd) return 1;
  return image.get_typeof(VIPS_META_N_PAGES) == 0
             ? 1
             : static_cast<std::uint32_t>(std::max(1, image.get_int(VIPS_META_N_PAGES)));
}

/// Whether the file holds the text.
bool holds(const InputFile& file, std::string_view text) {
  std::string part(1 << 20, '\0');
  for (std::uint64_t at = 0; at < file.size(); at += part.size() - text.size()) {
    const std::size_t count = file.read(at, std::as_writable_bytes(std::span(part)));
    if (std::string_view(part).substr(0, count).find(text) != std::string_view::npos) return true;
  }
  return false;
}

/// A PDF's page; nothing of it has been drawn yet.
VImage open_pdf(const InputFile& file, unsigned page) {
  try {
    return open_image(file, Format::kPdf, page);
  } catch (const vips::VError&) {
    if (page > 1) {
      const std::uint32_t pages = pages_of(open_pdf(file, 1), Format::kPdf);
      if (pages < page) refuse_page(file, pages, page);
    }
    if (holds(file, "/Encrypt")) refuse(file, "is encrypted: save it without a password");
    throw;
  }
}

VImage load_drawing(const InputFile& file, Format format, int size, unsigned page) {
  const VImage header =
      format == Format::kPdf ? open_pdf(file, page) : open_image(file, format, page);
  const double across = static_cast<double>(header.width()) / size;
  const double down = static_cast<double>(header.height()) / size;
  // The shorter side decides, unless the drawing is so long that it would become huge.
  const double scale = std::min(1 / std::min(across, down), 4 / std::sqrt(across * down));
  if (scale < kSmallestScale) {
    refuse(file,
           fmt::format("is a drawing of {} x {} pixels: give it a size (width, height) below "
                       "{}",
                       header.width(), header.height(), static_cast<int>(size / kSmallestScale)));
  }
  return open_image(file, format, page, VImage::option()->set("scale", scale));
}

void note_size(const VImage& image, PictureFacts& facts) {
  facts.width = static_cast<std::uint32_t>(image.width());
  facts.height = static_cast<std::uint32_t>(image.height());
}

VImage load_image(const InputFile& file, Format format, int size, const ImageOptions& options,
                  unsigned page, PictureFacts& facts) {
  if (page > 1 && !has_pages(format)) refuse_page(file, 1, page);
  switch (format) {
    case Format::kSvg:
    case Format::kPdf:
      return load_drawing(file, format, size, page);
    case Format::kBmp:
    case Format::kIco:
    case Format::kTga: {
      const auto [width, height] = pixbuf_size(file, format);
      refuse_huge(file, width, height, options);
      VImage image = read_pixbuf(file, format);
      note_size(image, facts);
      return image;
    }
    default:
      break;
  }
  const TiffTags tags = format == Format::kTiff ? usable_tags(file, page) : TiffTags();
  VImage header = open_image(file, format, page);
  refuse_huge(file, header.width(), header.height(), options);
  note_size(header, facts);
  switch (format) {
    case Format::kTiff:
      return load_tiff(file, header, tags, options, page);
    case Format::kNetpbm:
      return scaled(header, netpbm_white(file), header.format() == VIPS_FORMAT_USHORT);
    case Format::kPfm:
      return linear(header.copy_memory().flip(VIPS_DIRECTION_VERTICAL));
    case Format::kExr:  // libvips makes alpha of 1 to 255
      return linear(header).flatten(
          VImage::option()->set("background", 1.)->set("max_alpha", 255.));
    case Format::kJpeg: {
      // Plain averaging of blocks: leave at least half of the way to the better filter.
      const double least = static_cast<double>(std::min(header.width(), header.height())) / size;
      int shrink = 1;
      while (shrink < 8 && 4 * shrink <= least) shrink *= 2;
      return shrink > 1 ? open_image(file, format, page, VImage::option()->set("shrink", shrink))
                        : header;
    }
    default:
      return header;
  }
}

}  // namespace

VImage apply_profile(const VImage& image) {
  try {
    return image.icc_transform(
        "srgb", VImage::option()->set("embedded", true)->set("intent", VIPS_INTENT_RELATIVE));
  } catch (const vips::VError&) {
    vips_error_clear();
    return image;  // libvips' own ways between colour spaces will do
  }
}

unsigned count_pages(const InputFile& file, Format format) {
  if (format == Format::kTiff) return usable_tags(file, 1).pages;
  if (format != Format::kPdf) return 1;
  const std::uint32_t pages = pages_of(open_pdf(file, 1), format);
  if (pages > kMostPages) refuse_many_pages(file);
  return pages;
}

Loaded load(const InputFile& file, Format format, int size, const ImageOptions& options,
            unsigned page) {
  Loaded loaded;
  loaded.image = load_image(file, format, size, options, page, loaded.facts);
  loaded.facts.pages = pages_of(loaded.image, format);
  if (!is_plain(loaded.image)) {
    if (loaded.image.bands() > 5) {
      refuse(file, fmt::format("has {} bands, not red, green and blue: convert it to RGB",
                               loaded.image.bands()));
    }
    loaded.image = make_plain(loaded.image);
  }
  loaded.has_profile = has_profile(loaded.image);
  return loaded;
}

}  // namespace oneormany::image
