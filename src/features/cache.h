#pragma once
// Features that were computed before: one SQLite file, features.db.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/sha256.h"
#include "image/image.h"

namespace oneormany::features {

/// What is kept of a picture beside its features.
struct Pixels {
  base::Sha256 hash{};  ///< of the pixels that the network sees
  image::PictureFacts facts{};
};

/// Finds and keeps the features of file contents under one setup.
///
/// Nothing here throws: a cache that fails, at whatever moment, says so once on standard error
/// with the file's name, and from then on finds nothing and keeps nothing. A file that is damaged
/// or not ours is left as it is. Each row has a SHA-256 of all that it says and of what it is found
/// by: a row that is damaged is as if absent. A file that can't be written is read all the same,
/// and that new rows aren't kept is said once.
///
/// Any number of processes may use the file at once, and one that is killed loses only what it
/// had not yet written (SQLite's write-ahead log). Thread-safe.
class Cache {
 public:
  /// `setup` names all that features depend on beside the file: network, size, decoder.
  Cache(const std::filesystem::path& dir, std::string setup);
  ~Cache();  ///< flushes

  /// The row of a content, if the cache has it; `features` is filled then, else left as it is.
  /// A row of another length is as if absent.
  std::optional<Pixels> find(const base::Sha256& content, std::span<float> features);

  /// Keeps a row; written together with others after a moment, or by flush().
  void add(const base::Sha256& content, const Pixels& pixels, std::span<const float> features);
  void flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oneormany::features
