// libFuzzer: any bytes as a .npy file must give numbers or an Error, within little memory.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -I/usr/include/eigen3
//     fuzz/npy_fuzz.cc src/base/printable.cc src/arrays/{npy,raw_tensor}.cc
//     $(pkg-config --cflags --libs glib-2.0) -lfmt -o build/npy_fuzz
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arrays/npy.h"
#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto budget = static_cast<std::int64_t>(size);
    oneormany::arrays::to_doubles(oneormany::arrays::read_npy(bytes), budget);
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
