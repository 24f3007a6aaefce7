#pragma once
// A picture file to RGB pixels, by libvips.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace oneormany::image {

/// Changes whenever the same file may give other pixels: the version of our part, and libvips'.
std::string decoder_id();

struct ImageOptions {
  int size = 224;               ///< pixels along each side of the square the picture is squished to
  double max_megapixels = 250;  ///< larger pictures are refused: they are mistakes, or bombs
};

/// Call once, before any other function of this module and before any thread is started.
void start_image_library();

/// Bytes that one decoded picture takes: size × size × 3.
std::size_t pixel_bytes(const ImageOptions& options);

/// Decodes `file` into `rgb`: 8-bit sRGB, rows from the top, interleaved, squished to the square,
/// no alpha (flattened on white), EXIF rotation applied. Greyscale, CMYK, 16-bit, palette, SVG
/// and TIFF files all come out the same way. Memory stays flat for any picture that can be
/// streamed. Requires rgb.size() == pixel_bytes(options). Thread-safe.
/// Throws Error, one line with the file's name, if the file isn't a whole picture or is larger
/// than options.max_megapixels.
void decode_rgb(const std::filesystem::path& file, const ImageOptions& options,
                std::span<std::uint8_t> rgb);

/// The picture's width × height in the file, in megapixels; reads the header only.
/// 0 if the file can't be read as a picture (decode_rgb will say why).
double megapixels(const std::filesystem::path& file);

/// A small picture for people to look at: JPEG bytes, proportions kept, on white, longest side
/// `side` pixels. Throws Error like decode_rgb.
std::string thumbnail_jpeg(const std::filesystem::path& file, int side, double max_megapixels);

}  // namespace oneormany::image
