// Any bytes as a model must give one or an Error. Half of what is tried has the right hash: else
// nothing behind the hash would ever be reached.
#include <nlohmann/json.hpp>
#include <string>

#include "arrays/safetensors.h"
#include "base/error.h"
#include "model/model_file.h"
#include "model/predictor.h"

namespace {

using namespace oneormany;

/// The same content under its own hash.
std::string rehashed(std::string_view bytes) {
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
      // Of writing a header again that is no UTF-8.
    }
  }
  return 0;
}
