#pragma once
// The pixels of a picture file.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "image/image.h"

namespace oneormany::image {

using Bytes = std::vector<std::uint8_t>;

/// As the network sees them: options.size × options.size × 3.
inline Bytes decoded(const std::filesystem::path& file, const ImageOptions& options) {
  Bytes rgb(pixel_bytes(options));
  decode_rgb(std::make_shared<const InputFile>(file), options, rgb);
  return rgb;
}

}  // namespace oneormany::image
