#pragma once
// What kind of picture a file is, by its first bytes. Whoever decodes opens it by this kind alone:
// libvips, left to choose, would try loaders that start programs or read other files.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "image/input_file.h"

namespace oneormany::image {

enum class Format {
  kJpeg,
  kPng,
  kGif,
  kWebp,
  kTiff,
  kHeif,
  kJpeg2000,
  kJpegXl,
  kNetpbm,
  kPfm,
  kExr,
  kRadiance,
  kSvg,
  kPdf,
  kPsd,
  kBmp,
  kIco,
  kTga
};

/// Throws Error, one line with the file's name and the cure, if it is of another kind.
Format format_of(const InputFile& file);

/// Those whose pages are pictures of their own (frames of others are not).
constexpr bool has_pages(Format format) {
  return format == Format::kTiff || format == Format::kPdf;
}

/// Drawings have no pixels of their own.
constexpr bool is_drawing(Format format) {
  return format == Format::kSvg || format == Format::kPdf;
}

}  // namespace oneormany::image
