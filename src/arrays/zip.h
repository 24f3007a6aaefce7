#pragma once
// Zip files, which PyTorch's weights and numpy's .npz are.

#include <zip.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::arrays {

/// Reads entries of a zip file in memory. Errors are without the file's name.
class Zip {
 public:
  /// What all entries that are read may hold together: as much as the file, or, if packed ones are
  /// expected, a hundred times as much.
  enum class Entries { kStored, kPacked };
  /// It looks into `bytes`.
  explicit Zip(std::string_view bytes, Entries entries = Entries::kStored);

  std::vector<std::string> names() const;
  bool has(const std::string& name) const;

  /// The content, its checksum compared. Throws Error if there is no such entry, if it is packed
  /// (compressed) though none should be, broken, or larger than what is left.
  std::string read(const std::string& name);

 private:
  std::unique_ptr<zip_t, decltype(&zip_discard)> archive_;
  Entries entries_;
  std::uint64_t left_;
};

/// The bytes of an array of a .npz file: the one called `wanted`, or the only one. Throws Error
/// that lists the names.
std::string npz_entry(std::string_view bytes, const std::string& wanted);

}  // namespace oneormany::arrays
