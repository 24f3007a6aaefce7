#pragma once
// .npy files written by hand.

#include <string>

#include "tests/backbone/files.h"

namespace oneormany::arrays {

using backbone::raw;

/// A .npy file with any text as its header.
inline std::string npy_file(const std::string& header, const std::string& data, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += version == 1 ? raw(static_cast<std::uint16_t>(header.size()))
                        : raw(static_cast<std::uint32_t>(header.size()));
  return bytes + header + data;
}

/// As numpy.save writes it: npy("<f4", "(2, 3)", 24 bytes).
inline std::string npy(const std::string& descr, const std::string& shape, const std::string& data,
                       bool fortran = false, int version = 1) {
  const std::string header = "{'descr': '" + descr +
                             "', 'fortran_order': " + (fortran ? "True" : "False") +
                             ", 'shape': " + shape + ", }";
  return npy_file(header + std::string(63 - header.size() % 64, ' ') + "\n", data, version);
}

}  // namespace oneormany::arrays
