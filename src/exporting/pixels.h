#pragma once

namespace oneormany::exporting {

/// What a graph is fed with: pictures that were squished to a square, RGB.
enum class Pixels {
  kBytes,  ///< "pixels": u8 [N,size,size,3], as picture libraries hold them
  kUnit    ///< "pixel_values": f32 [N,3,size,size] from 0 to 1, as Ultralytics and transformers do
};

}  // namespace oneormany::exporting
