#pragma once
// A picture file to RGB pixels, by libvips and gdk-pixbuf. docs/formats.md says what is done with
// each format and colour model.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "image/input_file.h"

namespace oneormany::image {

/// Changes whenever the same file may give other pixels: the version of our part, and libvips'.
std::string decoder_id();

struct ImageOptions {
  int size = 224;               ///< pixels along each side of the square the picture is squished to
  double max_megapixels = 250;  ///< larger pictures are refused: they are mistakes, or bombs
  double max_seconds = 60;      ///< pictures that take longer are refused
  /// The value that is shown as white in TIFF files of more than 8 bits; none: by the rule in
  /// docs/formats.md.
  std::optional<double> white = {};
  /// Which bands of a TIFF file are red, green and blue, from 1; none: by what the file says.
  std::optional<std::array<int, 3>> bands = {};

  /// All that changes pixels, but the size.
  std::string reading() const;
};

/// "4,3,2". Throws UsageError if it isn't three numbers from 1.
std::array<int, 3> parse_bands(const std::string& text);

/// What a picture is, beside its pixels.
struct PictureFacts {
  std::uint32_t width = 0, height = 0;  ///< in the file, in pixels; 0 × 0: a drawing, of any size
  std::uint32_t pages = 1;              ///< pages or frames; the first was read
  bool one_colour = false;              ///< no two pixels differ by more than 1 of 255
  bool black = false, white = false;    ///< nearly all pixels are
  bool grey = false;                    ///< red, green and blue differ by 2 of 255 at most

  bool operator==(const PictureFacts&) const = default;
};

/// Call once, before any other function of this module and before any thread is started.
void start_image_library();

/// Whether a decoder that took too long is still at work on a thread of its own. Then end the
/// process by _exit: what the thread uses must not be torn down under it.
bool decoder_left_behind();

/// Bytes that one decoded picture takes: size × size × 3.
std::size_t pixel_bytes(const ImageOptions& options);

/// How many pictures a file holds: pages of a TIFF or PDF, 1 of anything else. Throws like
/// decode_rgb.
unsigned count_pages(const std::shared_ptr<const InputFile>& file, const ImageOptions& options);

/// Decodes `file` (of a TIFF or PDF its `page`, from 1) into `rgb`: 8-bit sRGB, rows from the top,
/// interleaved, squished to the square, no alpha (flattened on white), EXIF rotation applied.
/// Memory stays flat for any picture that can be streamed. No other file is read and no program is
/// started, whatever the picture says.
/// (`file` is shared with a decoder that is left behind.) Requires rgb.size() ==
/// pixel_bytes(options). Thread-safe. Throws Error, one line with the file's name and the cure, if
/// the file isn't a whole picture, can't be read faithfully or is beyond the limits; Interrupted on
/// Ctrl-C.
PictureFacts decode_rgb(const std::shared_ptr<const InputFile>& file, const ImageOptions& options,
                        std::span<std::uint8_t> rgb, unsigned page = 1);

/// A small picture for people to look at: JPEG bytes, proportions kept, on white, longest side
/// `side` pixels. `name` may be that of a page (base/page_name.h). Throws like decode_rgb.
std::string thumbnail_jpeg(const std::filesystem::path& name, int side,
                           const ImageOptions& options);

}  // namespace oneormany::image
