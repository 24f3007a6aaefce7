#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrays/raw_tensor.h"

namespace oneormany::arrays {

/// The array of a .npy file, as numpy.save writes it: format 1.0, 2.0 or 3.0 (NumPy, "A simple file
/// format for NumPy arrays", NEP 1); bool, integers and floats of 2, 4 or 8 bytes, little-endian,
/// in C or Fortran order. It looks into `bytes`. Anything else (Python objects, texts, records,
/// big-endian numbers, a file cut short or with something after the array) is an Error, without the
/// file's name, that says what to save instead.
///
/// Our own, because what there is in C++ (Debian has xtensor's; cnpy) takes the header at its word:
/// it allocates what the shape asks for before it looks at the file's length, which xtensor never
/// does. Here nothing is allocated at all.
RawTensor read_npy(std::string_view bytes);

/// The texts of a .npy file of NumPy's fixed-length texts (dtype U or S) with one dimension, or one
/// column, as array.astype('U') makes them of names; none if it holds something else. An Error as
/// above if it is broken.
std::optional<std::vector<std::string>> read_npy_texts(std::string_view bytes);

/// What stands before the numbers in a .npy file of rows × columns float32 in C order: 128 bytes,
/// whatever the shape, so that it can be written over once the rows are counted. As numpy.save
/// writes it.
std::string npy_header(std::uint64_t rows, std::uint64_t columns);

}  // namespace oneormany::arrays
