#pragma once
// The bytes of a picture file: what is hashed is what is decoded.

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.h"

namespace oneormany::image {

/// A file that is open. Small ones are read at once and held in memory; larger ones are read where
/// they lie, so ask for the hash again after decoding to know that they were still the same.
class InputFile {
 public:
  static constexpr std::uint64_t kHeld = 64 << 20;  ///< bytes; larger files aren't held

  /// Throws Error, one line with the file's name, if it is no regular file, is empty or can't be
  /// read.
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  bool held() const { return size_ <= kHeld; }
  std::span<const std::byte> bytes() const { return bytes_; }  ///< all of a file that is held

  /// Fills `out` from `offset`, as far as the file goes; how many bytes that were.
  std::size_t read(std::uint64_t offset, std::span<std::byte> out) const;

  base::Sha256 sha256() const;

  /// Whether the file is another one since it was opened, by its size and time: sooner known than
  /// its hash, but blind to what is written in the same moment. Of one that is held: no matter.
  bool touched() const;

 private:
  [[noreturn]] void fail(const std::string& why);

  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  timespec written_{};
  std::vector<std::byte> bytes_;
};

}  // namespace oneormany::image
