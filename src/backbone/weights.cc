#include "backbone/weights.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "arrays/bytes.h"
#include "arrays/raw_tensor.h"
#include "arrays/safetensors.h"
#include "backbone/torch_file.h"
#include "base/error.h"
#include "base/printable.h"

namespace oneormany::backbone {
namespace {

Tensors safetensors(std::string_view bytes) {
  Tensors tensors;
  auto budget = static_cast<std::int64_t>(bytes.size());
  for (const auto& [name, raw] : arrays::read_safetensors(bytes)) {
    try {
      tensors[name] = {raw.shape, arrays::to_floats(raw, budget)};
    } catch (const Error& error) {
      throw Error(fmt::format("tensor {} {}", base::excerpt(name), error.what()));
    }
  }
  return tensors;
}

Tensors parse(std::string_view bytes) {
  if (bytes.empty()) throw Error("is empty; fetch it again");
  if (bytes.starts_with("PK\x03\x04")) return read_torch_zip(bytes);
  if (bytes.size() > 8 && bytes[8] == '{') return safetensors(bytes);
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
    return tidy(parse(arrays::read_bytes(file)));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace oneormany::backbone
