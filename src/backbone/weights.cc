#include "backbone/weights.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "backbone/pickle.h"
#include "backbone/safetensors.h"
#include "backbone/torch_file.h"
#include "base/error.h"

namespace oneormany {
namespace {

std::string read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw Error("is a folder, not a weight file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(fmt::format("can't be read: {}", std::strerror(errno)));
  const auto size = std::filesystem::file_size(file, error);
  if (error) throw Error(fmt::format("can't be read: {}", error.message()));
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

Tensors parse(std::string_view bytes) {
  if (bytes.empty()) throw Error("is empty; fetch it again");
  if (bytes.starts_with("PK\x03\x04")) return read_torch_zip(bytes);
  if (bytes.size() > 8 && bytes[8] == '{') return read_safetensors(bytes);
  // A pickle begins with its protocol; one without (protocol 0) with a global or a mark.
  if (bytes[0] == '\x80' || bytes[0] == 'c' || bytes[0] == '(') return read_torch_legacy(bytes);
  throw Error("is no weight file: neither PyTorch's nor safetensors");
}

/// DataParallel puts every name under "module."; torch counts batches under names of its own.
Tensors tidy(Tensors tensors) {
  constexpr std::string_view kPrefix = "module.";
  const bool prefixed = std::all_of(tensors.begin(), tensors.end(), [&](const auto& tensor) {
    return tensor.first.starts_with(kPrefix);
  });
  Tensors result;
  while (!tensors.empty()) {
    auto node = tensors.extract(tensors.begin());
    if (node.key().ends_with("num_batches_tracked")) continue;
    if (prefixed) node.key().erase(0, kPrefix.size());
    result.insert(std::move(node));
  }
  if (result.empty()) throw Error("holds no tensors");
  return result;
}

}  // namespace

Tensors read_weights(const std::filesystem::path& file) {
  try {
    return tidy(parse(read_file(file)));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace oneormany
