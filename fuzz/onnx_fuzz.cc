// Any bytes as an ONNX file must give a network or an Error.
#include "backbone/onnx.h"
#include "base/error.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    oneormany::backbone::read_onnx(in_file(data, size, ".onnx"), {.size = 32});
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
