#include "data/files.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "data/names.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

const std::set<std::string> kPictureEndings = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".tif",  ".tiff", ".bmp",
    ".svg", ".svgz", ".jp2", ".j2k",  ".jpf", ".jpx",  ".jxl", ".avif", ".heic", ".heif", ".ppm",
    ".pgm", ".pbm",  ".pnm", ".pfm",  ".hdr", ".exr",  ".psd", ".ico",  ".tga",  ".dib"};

const std::set<std::string> kOtherEndings = {
    ".txt",  ".md",   ".rst",     ".json",        ".jsonl", ".csv",  ".tsv", ".xml",  ".html",
    ".htm",  ".yaml", ".yml",     ".toml",        ".ini",   ".cfg",  ".log", ".py",   ".ipynb",
    ".sh",   ".js",   ".css",     ".zip",         ".tar",   ".gz",   ".tgz", ".bz2",  ".xz",
    ".7z",   ".rar",  ".doc",     ".docx",        ".xls",   ".xlsx", ".odt", ".ods",  ".ppt",
    ".pptx", ".rtf",  ".db",      ".sqlite",      ".pkl",   ".npy",  ".npz", ".pt",   ".pth",
    ".onnx", ".h5",   ".parquet", ".safetensors", ".mp3",   ".wav",  ".ogg", ".flac", ".mp4",
    ".mov",  ".avi",  ".mkv",     ".webm"};

// What file managers, cameras and archives leave beside pictures.
const std::set<std::string> kJunkNames = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r",
                                          "__macosx",  "@eadir",      "lost+found"};
const std::set<std::string> kJunkEndings = {".xmp", ".aae", ".thm"};

bool is_junk(const fs::path& entry) {
  const std::string name = lower(entry.filename().string());
  return name.starts_with('.') || kJunkNames.contains(name) ||
         kJunkEndings.contains(lower(entry.extension().string()));
}

// Whether `folder` is `below` itself or holds it; both canonical.
bool holds(const fs::path& folder, const fs::path& below) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), below.begin(), below.end());
  return end == folder.end();
}

Error unreadable(const fs::path& folder, const std::error_code& error) {
  return Error(fmt::format("{}: can't be read: {}: make it readable, or leave it out",
                           base::printable(folder), error.message()));
}

}  // namespace

FileId file_id(const fs::path& name) {
  const base::NamedPage named = base::named_page(name);
  struct stat status {};
  if (::stat(named.file.c_str(), &status) != 0) {
    throw Error(fmt::format("{}: can't be read: {}", base::printable(named.file),
                            std::generic_category().message(errno)));
  }
  return {status.st_dev, status.st_ino, named.page};
}

std::string why_not_there(const fs::file_status& status, const std::error_code& error) {
  return status.type() == fs::file_type::not_found || !error
             ? "doesn't exist"
             : fmt::format("can't be read: {}", error.message());
}

Ending ending_of(const fs::path& file) {
  const std::string ending = lower(file.extension().string());
  if (kPictureEndings.contains(ending)) return Ending::kPicture;
  return kOtherEndings.contains(ending) ? Ending::kOther : Ending::kUnknown;
}

std::string not_a_picture(const fs::path& file) {
  return fmt::format("not a picture, by its ending {}", base::printable(file.extension()));
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!is_junk(entry->path())) entries.push_back(entry->path());
  }
  if (error) throw unreadable(folder, error);
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

std::vector<fs::path> folders_of(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error, ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(ignored) && !is_junk(entry->path())) folders.push_back(entry->path());
  }
  if (error) throw unreadable(folder, error);
  std::sort(folders.begin(), folders.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return folders;
}

bool holds_files(const fs::path& folder, bool deep, bool pictures_only) {
  std::deque<fs::path> folders{folder};
  std::set<FileId> visited;
  for (; !folders.empty(); folders.pop_front()) {
    std::error_code error, ignored;
    if (!visited.insert(file_id(folders.front())).second) continue;
    for (fs::directory_iterator entry(folders.front(), error), end; !error && entry != end;
         entry.increment(error)) {
      if (is_junk(entry->path())) continue;
      if (entry->is_directory(ignored)) {
        if (deep) folders.push_back(entry->path());
      } else if (entry->is_regular_file(ignored) &&
                 (!pictures_only || ending_of(entry->path()) != Ending::kOther)) {
        return true;
      }
    }
    if (error) throw unreadable(folders.front(), error);
  }
  return false;
}

Listing list_files(const fs::path& folder, bool deep) {
  struct Folder {
    fs::path path;
    bool linked;
  };
  // Real folders come before linked ones, so that files go by their real names where they can.
  std::deque<Folder> real{{folder, false}}, links;
  std::set<FileId> visited{file_id(folder)};
  Listing listing;
  while (!real.empty() || !links.empty()) {
    auto& queue = real.empty() ? links : real;
    const Folder here = queue.front();
    queue.pop_front();
    std::vector<fs::path> entries;
    try {
      entries = entries_of(here.path);
    } catch (const Error&) {
      if (here.path == folder) throw;
      listing.skipped.push_back({here.path, "a folder that can't be read"});
      listing.unread.push_back(listing.skipped.back());
      continue;
    }
    for (const fs::path& entry : entries) {
      std::error_code error;
      const bool is_link = fs::is_symlink(entry, error);
      const fs::file_status status = fs::status(entry, error);
      if (!fs::exists(status)) {
        listing.skipped.push_back({entry, is_link && error != std::errc::permission_denied
                                              ? "a link that leads nowhere"
                                              : "can't be read: " + error.message()});
        listing.unread.push_back(listing.skipped.back());
      } else if (fs::is_directory(status)) {
        if (!deep) continue;
        if (is_link && holds(fs::canonical(entry, error), fs::canonical(here.path, error))) {
          listing.skipped.push_back({entry, "a link back to a folder above it"});
        } else if (visited.insert(file_id(entry)).second) {
          const bool linked = here.linked || is_link;
          (linked ? links : real).push_back({entry, linked});
        }
      } else if (!fs::is_regular_file(status)) {
        listing.skipped.push_back({entry, "neither a file nor a folder"});
      } else if (ending_of(entry) == Ending::kOther) {
        listing.skipped.push_back({entry, not_a_picture(entry)});
      } else {
        listing.files.push_back({entry, file_id(entry), here.linked || is_link});
      }
    }
  }
  std::sort(listing.files.begin(), listing.files.end(), [](const FoundFile& a, const FoundFile& b) {
    return a.file.native() < b.file.native();
  });
  return listing;
}

void sort_by_name(std::vector<Skip>& skips) {
  std::sort(skips.begin(), skips.end(),
            [](const Skip& a, const Skip& b) { return a.file.native() < b.file.native(); });
}

}  // namespace oneormany::data
