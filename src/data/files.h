#pragma once
// Finding picture files on the disk: links followed, junk left out, nothing opened.

#include <sys/types.h>

#include <compare>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "data/data.h"

namespace oneormany::data {

/// One real file or folder, whatever it is called: equal for symbolic and hard links. Or a page of
/// one.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  unsigned page = 1;
  auto operator<=>(const FileId&) const = default;
};

/// Follows links; the name may be that of a page (base/page_name.h). Throws Error, with the reason,
/// if there is nothing that can be looked at.
FileId file_id(const std::filesystem::path& name);

/// "doesn't exist", or what else keeps it from being seen: no permission, a link that leads in a
/// circle.
std::string why_not_there(const std::filesystem::file_status& status, const std::error_code& error);

/// What a file's ending says about it.
enum class Ending {
  kPicture,  ///< .jpg, .png, …
  kOther,    ///< .txt, .json, …: surely no picture
  kUnknown   ///< no ending, or one we don't know: only decoding tells
};
Ending ending_of(const std::filesystem::path& file);

/// Why a file with Ending::kOther is left out.
std::string not_a_picture(const std::filesystem::path& file);

struct FoundFile {
  std::filesystem::path file;
  FileId id;
  bool linked = false;  ///< a symbolic link, or reached through one
};

struct Listing {
  std::vector<FoundFile> files;  ///< may be pictures; sorted bytewise; links are listed too
  std::vector<Skip> skipped;
  std::vector<Skip> unread;  ///< of these, what can't be looked at: there may be pictures in it
};

/// The files in `folder` and, if `deep`, in all folders below it. Each real folder is visited
/// once, and a link back to a folder above it is a skip, so that loops of links end.
Listing list_files(const std::filesystem::path& folder, bool deep);

/// Names of the folder's own entries, sorted bytewise, without hidden files and junk such as
/// Thumbs.db. Throws Error if the folder can't be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// The folders in it, sorted likewise, links followed. Throws Error if it can't be read.
std::vector<std::filesystem::path> folders_of(const std::filesystem::path& folder);

/// Whether a file lies in the folder (if `deep`, in any below), or one that may be a picture.
/// Throws Error if a folder can't be read.
bool holds_files(const std::filesystem::path& folder, bool deep, bool pictures_only);

/// Sorts bytewise by file name, which is the same everywhere (path's own order goes by component).
void sort_by_name(std::vector<Skip>& skips);

}  // namespace oneormany::data
