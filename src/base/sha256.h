#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace oneormany::base {

/// SHA-256 (FIPS 180-4): names a content, whatever the file is called.
using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::span<const std::byte> bytes);

/// Reads the file in pieces. Throws Error if it can't be read.
Sha256 sha256_of_file(const std::filesystem::path& file);

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256& hash);

}  // namespace oneormany::base
