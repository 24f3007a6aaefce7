// Any bytes as a picture must be decoded, through our own resampler, or be skipped with a reason.
#include <cstdlib>

#include "features/features.h"
#include "image/image.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  [[maybe_unused]] static const bool started = (oneormany::image::start_image_library(), true);
  const auto set = oneormany::features::decode_only({in_file(data, size, ".picture")},
                                                    {.size = 32, .max_megapixels = 2});
  if (!set.usable[0] && (set.skipped.size() != 1 || set.skipped[0].why.empty())) std::abort();
  return 0;
}
