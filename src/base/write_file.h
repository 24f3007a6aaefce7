#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace oneormany::base {

struct NewFile {
  std::filesystem::path file;
  std::string_view content;
};

/// Writes each file so that it is either the old or the whole new one. All are first written in
/// full, on the disk, as drafts beside their places (`.NAME.oneormany-part`), and only then
/// renamed, one right after the other, in this order; if one can't be written, all stay the old
/// ones. A file that is replaced keeps its permissions. A draft that a killed process left is
/// replaced; that of one still at work is waited for. Throws Error, one line with the file's name.
void write_files(std::span<const NewFile> files);

/// The same for one file.
void write_file(const std::filesystem::path& file, std::string_view content);

/// Before long work: throws Error if the file's folder isn't there or can't be written to.
void require_writable(const std::filesystem::path& file);

/// Throws Error, which names --force, if there is a file that doesn't have `mark` among
/// its first 1,024 bytes: somebody else wrote it. One that is empty, or not there, is fine.
void refuse_foreign(const std::filesystem::path& file, std::string_view mark);

}  // namespace oneormany::base
