// Any bytes as a weight file (PyTorch's two formats, safetensors) must give tensors or an Error.
#include "backbone/weights.h"
#include "base/error.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    oneormany::backbone::read_weights(in_file(data, size, ".pth"));
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
