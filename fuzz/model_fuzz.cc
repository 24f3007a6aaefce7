// Any bytes as a model must give one or an Error. Half of what is tried gets the right lengths and
// the right hash: else little behind them would ever be reached.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "arrays/safetensors.h"
#include "base/error.h"
#include "model/model_file.h"
#include "model/predictor.h"

namespace {

using namespace oneormany;

constexpr std::size_t kLength = 8;  ///< bytes, of the header's length

/// Where pieces went into the header or out of it, or of the numbers, the lengths that fit.
std::string with_lengths(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < kLength) return std::string(bytes);
  std::memcpy(&length, bytes.data(), kLength);
  constexpr std::uint64_t kMost = 256;  // as much as a few mutations add
  for (std::uint64_t n = std::min<std::uint64_t>(length + kMost, bytes.size() - kLength);
       n > 0 && n + kMost > length; --n) {
    const std::string_view header = bytes.substr(kLength, n);
    if (header.back() != '}' && header.back() != ' ') continue;
    const auto json = nlohmann::json::parse(header, nullptr, false);
    if (!json.is_object()) continue;
    std::size_t end = 0;
    for (const auto& [name, tensor] : json.items()) {
      if (name != "__metadata__")
        end = std::max(end, tensor.at("data_offsets").at(1).get<std::size_t>());
    }
    std::string numbers(bytes.substr(kLength + n));
    numbers.resize(std::min(end, std::size_t{1} << 16), '\0');
    std::string whole(kLength, '\0');
    std::memcpy(whole.data(), &n, kLength);
    return whole + std::string(header) + numbers;
  }
  return std::string(bytes);
}

/// The same content under its own hash.
std::string rehashed(std::string_view given) {
  const std::string bytes = with_lengths(given);
  const auto tensors = arrays::read_safetensors(bytes);
  auto metadata = arrays::read_safetensors_metadata(bytes);
  metadata["sha256"] = arrays::content_sha256(tensors, metadata["model"]);
  return arrays::write_safetensors(tensors, metadata);
}

void use(std::string_view bytes) {
  model::ReadModel read = model::from_bytes(bytes);
  const MatrixF features = MatrixF::Ones(2, read.model.input.features);
  const model::Predictor predictor(std::move(read.model));
  predictor.predict(features);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool rehash : {false, true}) {
    try {
      use(rehash ? rehashed(bytes) : std::string(bytes));
    } catch (const Error&) {
      // What every file that isn't right must end as.
    } catch (const nlohmann::json::exception&) {
      // Of a header that is no UTF-8, or of something else than tensors.
    }
  }
  return 0;
}
