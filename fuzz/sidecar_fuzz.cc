// Any bytes as an XMP sidecar must give one with the labels, which is then left as it is, or an
// Error.
#include "base/error.h"
#include "filing/sidecar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using oneormany::filing::with_labels;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto labelled = with_labels(text, {"house", "river"});
    if (labelled && with_labels(*labelled, {"house", "river"})) __builtin_trap();
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
