// libFuzzer: any bytes as a weight file must give tensors or an Error, within little memory.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -I/usr/include/eigen3
//     fuzz/weights_fuzz.cc src/base/printable.cc src/backbone/{weights,pickle,torch_file}.cc
//     src/arrays/{bytes,raw_tensor,safetensors}.cc
//     $(pkg-config --cflags --libs glib-2.0) -lfmt -lzip -o build/weights_fuzz
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "backbone/weights.h"
#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto file = std::filesystem::temp_directory_path() /
                           ("oneormany-fuzz-" + std::to_string(getpid()) + ".pth");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    oneormany::backbone::read_weights(file);
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
