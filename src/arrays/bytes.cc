#include "arrays/bytes.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace oneormany::arrays {

std::string read_bytes(const std::filesystem::path& file) {
  std::error_code error;
  const auto type = std::filesystem::status(file, error).type();
  if (type == std::filesystem::file_type::directory) throw Error("is a folder, not a file");
  // A pipe would be waited for, and a device may never end.
  const bool there =
      type != std::filesystem::file_type::not_found && type != std::filesystem::file_type::none;
  if (there && type != std::filesystem::file_type::regular) {
    throw Error("is no regular file but a pipe or a device: write it to a file first");
  }
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
