#pragma once
// What libvips doesn't tell about a TIFF: which samples are colour, which alpha, which neither, and
// how many pages there are without reading them all. TIFF 6.0 (Adobe 1992) and BigTIFF.

#include <cstdint>
#include <optional>
#include <vector>

#include "image/input_file.h"

namespace oneormany::image {

/// Of one page. Values are as they stand in the file, nothing has been checked.
struct TiffTags {
  enum : std::uint32_t {
    kWhiteIsZero = 0,
    kBlackIsZero = 1,
    kRgb = 2,
    kPalette = 3,
    kCmyk = 5,
    kYCbCr = 6,
    kCieLab = 8,
    kIccLab = 9,
    kFilter = 32803,
    kLinearRaw = 34892
  };
  enum : std::uint32_t { kUnsigned = 1, kSigned = 2, kFloat = 3 };

  std::optional<std::uint32_t> photometric;
  std::uint32_t bits = 1, samples = 1, sample_format = kUnsigned, ink_set = 1;
  std::vector<std::uint32_t> extra;  ///< ExtraSamples: 1 and 2 are alpha, premultiplied or not
  std::uint32_t pages = 1;           ///< kMostPages + 1: that many or more
};

constexpr std::uint32_t kMostPages = 10'000;

/// Of `page`, from 1, or of the last if there are fewer. None if it isn't a TIFF or that page's
/// directory is broken. Reads directories only, never more than kMostPages + 1.
std::optional<TiffTags> read_tiff_tags(const InputFile& file, unsigned page = 1);

}  // namespace oneormany::image
