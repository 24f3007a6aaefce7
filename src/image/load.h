#pragma once
// A picture file as an image of libvips that the resampler takes.

#include <vips/vips8>

#include "image/format.h"
#include "image/image.h"
#include "image/input_file.h"

namespace oneormany::image {

struct Loaded {
  vips::VImage image;  ///< 8 bits; 1 to 4 bands: grey, grey and alpha, RGB, RGB and alpha (sRGB)
  PictureFacts facts;  ///< what the header tells
  bool has_profile = false;  ///< a profile is still to be applied: apply_profile()
};

/// Opens a page of `file` such that it has at least size × size pixels, but not many more where the
/// format lets us choose. Pixels are read later, by whoever asks for them, from the top. `file`
/// must outlive the image. Throws Error (one line with the file's name and the cure) if it can't be
/// read faithfully, vips::VError if it is damaged.
Loaded load(const InputFile& file, Format format, int size, const ImageOptions& options,
            unsigned page = 1);

/// How many pages a TIFF or PDF has; 1 of other formats. Throws likewise, and if there are too
/// many.
unsigned count_pages(const InputFile& file, Format format);

/// To sRGB by the picture's own profile, if that is of any use.
vips::VImage apply_profile(const vips::VImage& image);

}  // namespace oneormany::image
