#pragma once
// The pixels of a picture file.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/page_name.h"
#include "image/image.h"

namespace oneormany::image {

using Bytes = std::vector<std::uint8_t>;

/// As the network sees them: options.size × options.size × 3. `name` may be that of a page.
inline Bytes decoded(const std::filesystem::path& name, const ImageOptions& options) {
  Bytes rgb(pixel_bytes(options));
  const base::NamedPage named = base::named_page(name);
  decode_rgb(std::make_shared<const InputFile>(named.file), options, rgb, named.page);
  return rgb;
}

}  // namespace oneormany::image
