#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace oneormany::base {

/// Why something can't be written (an errno), and what to do then: "No space left on device: free
/// some space, or name another place".
std::string write_error(int reason);

/// A new file beside the one that it shall replace (`.NAME.oneormany-part`), written piece by
/// piece; it is gone again unless it was kept. One that a killed process left is replaced; that of
/// one still at work is waited for. All throw Error, one line with the target's name.
class Draft {
 public:
  explicit Draft(const std::filesystem::path& target);
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void append(std::string_view text);
  /// Writes over the first bytes, once everything is appended.
  void replace_start(std::string_view text);
  void sync();  ///< brings it to the disk
  void keep();  ///< takes the target's place
  /// After keep(): the file, open for writing and still locked, which the caller has to close.
  int release();

 private:
  std::filesystem::path target_, name_;
  int descriptor_ = -1;
  bool kept_ = false;
};

struct NewFile {
  std::filesystem::path file;
  std::string_view content;
};

/// Writes each file so that it is either the old or the whole new one. All are first written in
/// full, on the disk, as drafts, and only then renamed, one right after the other, in this order;
/// if one can't be written, all stay the old ones. A file that is replaced keeps its permissions.
/// Throws Error, one line with the file's name.
void write_files(std::span<const NewFile> files);

/// The same for one file.
void write_file(const std::filesystem::path& file, std::string_view content);

/// Before long work: throws Error if the file's folder isn't there or can't be written to.
void require_writable(const std::filesystem::path& file);

/// Throws Error, which names --force, if there is a file that doesn't have `mark` among
/// its first 1,024 bytes: somebody else wrote it. One that is empty, or not there, is fine.
void refuse_foreign(const std::filesystem::path& file, std::string_view mark);

}  // namespace oneormany::base
