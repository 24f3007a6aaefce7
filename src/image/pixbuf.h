#pragma once
// BMP, ICO and TGA, which libvips reads by ImageMagick only: by gdk-pixbuf's loader of that name
// and no other.

#include <utility>
#include <vips/vips8>

#include "image/format.h"
#include "image/input_file.h"

namespace oneormany::image {

/// Width and height in pixels, from the header; of the largest picture in an ICO. Throws
/// vips::VError if there is none.
std::pair<int, int> pixbuf_size(const InputFile& file, Format format);

/// The whole picture in memory: RGB or RGB and alpha, 8 bits. Of an ICO the largest one, of equal
/// ones the one of most bits. Throws vips::VError if it is damaged.
vips::VImage read_pixbuf(const InputFile& file, Format format);

}  // namespace oneormany::image
