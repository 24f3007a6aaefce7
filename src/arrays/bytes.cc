#include "arrays/bytes.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace oneormany::arrays {

std::string read_bytes(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw Error("is a folder, not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(fmt::format("can't be read: {}", std::strerror(errno)));
  const auto size = std::filesystem::file_size(file, error);
  if (error) throw Error(fmt::format("can't be read: {}", error.message()));
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

}  // namespace oneormany::arrays
