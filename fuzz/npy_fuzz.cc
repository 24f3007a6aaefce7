// Any bytes as a .npy file must give numbers, texts or an Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arrays/npy.h"
#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    oneormany::arrays::read_npy_texts(bytes);
  } catch (const oneormany::Error&) {
  }
  try {
    auto budget = static_cast<std::int64_t>(size);
    oneormany::arrays::to_doubles(oneormany::arrays::read_npy(bytes), budget);
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
