#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "arrays/raw_tensor.h"

namespace oneormany::arrays {

/// safetensors 0.x: length of the header, a JSON header, the bytes. As the format wants it,
/// tensors may neither overlap nor leave gaps, and each is as long as its shape says. The tensors
/// look into `bytes`. Errors are without the file's name.
std::map<std::string, RawTensor> read_safetensors(std::string_view bytes);

/// What such a file says of itself (__metadata__): texts by their names; other things are left out.
/// `bytes` is a file that read_safetensors() took.
std::map<std::string, std::string> read_safetensors_metadata(std::string_view bytes);

/// The bytes of a file of these tensors, which must be contiguous.
std::string write_safetensors(const std::map<std::string, RawTensor>& tensors,
                              const std::map<std::string, std::string>& metadata);

/// 64 hexadecimal digits that change with any byte of the tensors or of the text.
std::string content_sha256(const std::map<std::string, RawTensor>& tensors,
                           std::string_view text = {});

/// What stands before the numbers in a file of one tensor `name` of rows × columns float32: as many
/// bytes for any number of rows, so that it can be written over once they are counted.
std::string safetensors_header(const std::string& name, std::uint64_t rows, std::uint64_t columns,
                               const std::map<std::string, std::string>& metadata);

}  // namespace oneormany::arrays
