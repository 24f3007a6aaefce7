#pragma once

#include <map>
#include <string>
#include <string_view>

#include "arrays/raw_tensor.h"

namespace oneormany {

/// safetensors 0.x: length of the header, a JSON header, the bytes. As the format wants it,
/// tensors may neither overlap nor leave gaps, and each is as long as its shape says. The tensors
/// look into `bytes`. Errors are without the file's name.
std::map<std::string, RawTensor> read_safetensors(std::string_view bytes);

}  // namespace oneormany
