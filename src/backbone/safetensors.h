#pragma once

#include <string_view>

#include "backbone/weights.h"

namespace oneormany {

/// safetensors 0.x: length of the header, a JSON header, the bytes. As the format wants it,
/// tensors may neither overlap nor leave gaps. Errors are without the file's name.
Tensors read_safetensors(std::string_view bytes);

}  // namespace oneormany
