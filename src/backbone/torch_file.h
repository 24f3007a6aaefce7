#pragma once
// PyTorch's two file formats. Errors are without the file's name; read_weights() adds it.

#include <string_view>

#include "backbone/weights.h"

namespace oneormany::backbone {

/// The older format: pickles (magic number, version, machine, data, storage keys), then the
/// storages' bytes.
Tensors read_torch_legacy(std::string_view bytes);

/// The format since torch 1.6: a zip with one pickle and one uncompressed entry a storage.
Tensors read_torch_zip(std::string_view bytes);

}  // namespace oneormany::backbone
