// Any bytes as a bank must give features or an Error.
#include "base/error.h"
#include "features/bank.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    oneormany::features::read_bank(in_file(data, size, ".bank"));
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
