#include "data/picture_names.h"

#include <fmt/core.h>
#include <glob.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "base/stop.h"
#include "data/files.h"
#include "data/locate.h"
#include "data/table.h"

namespace oneormany::data {
namespace {

namespace fs = std::filesystem;

/// The files that a pattern fits, sorted; none if it is no pattern.
std::vector<fs::path> fitting(const fs::path& pattern) {
  std::vector<fs::path> files;
  if (pattern.native().find_first_of("*?[") == std::string::npos) return files;
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return files;
}

}  // namespace

PictureNames::PictureNames(const std::vector<fs::path>& sources, const DataOptions& options) {
  if (std::count(sources.begin(), sources.end(), kStandardInput) > 1) {
    throw UsageError("standard input (-) is named twice, and can be read once");
  }
  for (const fs::path& source : sources) add(source, options);
}

void PictureNames::add(const fs::path& source, const DataOptions& options) {
  constexpr const char* kCure = "name a folder of pictures, a picture, or a table of file names";
  if (source == kStandardInput) {
    input_at_ = files_.size();
    return;
  }
  std::error_code error;
  const fs::file_status status = fs::status(source, error);
  if (const base::NamedPage page = base::named_page(source);
      page.said && fs::is_regular_file(page.file, error)) {
    files_.push_back(source);
    return;
  }
  if (!fs::exists(status)) {
    const std::vector<fs::path> files = fitting(source);
    if (files.empty()) {
      throw Error(
          fmt::format("{}: {}: {}", base::printable(source), why_not_there(status, error), kCure));
    }
    files_.insert(files_.end(), files.begin(), files.end());
    return;
  }
  const std::size_t before = files_.size();
  if (fs::is_directory(status)) {
    Listing listing = list_files(source, true);
    skipped_ += listing.skipped.size() - listing.unread.size();
    unread_.insert(unread_.end(), listing.unread.begin(), listing.unread.end());
    for (FoundFile& found : listing.files) files_.push_back(std::move(found.file));
  } else if (is_table(source)) {
    const fs::path folder = folder_of_names(source, options);
    Locator locator(folder);
    for (const TableRow& row : table_rows(source, options, Wanted::kFiles).rows) {
      files_.push_back(locator.find(row.file).value_or(folder / row.file));
    }
  } else if (!fs::is_regular_file(status)) {
    throw Error(
        fmt::format("{}: is neither a file nor a folder: {}", base::printable(source), kCure));
  } else {
    files_.push_back(source);
  }
  if (files_.size() == before) {
    throw Error(fmt::format("{}: {}", base::printable(source),
                            fs::is_directory(status)
                                ? "holds no picture: put pictures in, or name another folder"
                                : "names no picture: a file name a line is needed"));
  }
}

std::optional<std::size_t> PictureNames::total() const {
  return input_at_ ? std::nullopt : std::optional(files_.size());
}

bool PictureNames::ready() const {
  if (input_at_ != next_ || input_ended_) return true;
  if (terminator_ && read_.find(*terminator_) != std::string::npos) return true;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

std::optional<fs::path> PictureNames::next() {
  if (input_at_ == next_) {
    if (auto name = next_of_input()) return name;
    input_at_.reset();
  }
  if (next_ == files_.size()) return std::nullopt;
  return std::move(files_[next_++]);
}

std::optional<fs::path> PictureNames::next_of_input() {
  for (std::size_t searched = 0;;) {
    if (!terminator_ && !read_.empty()) {
      terminator_ = read_.find('\0') != std::string::npos ? '\0' : '\n';
    }
    std::size_t end = terminator_ ? read_.find(*terminator_, searched) : std::string::npos;
    if (end == std::string::npos) {
      searched = read_.size();
      if (fill()) continue;
      if (read_.empty()) return std::nullopt;
      end = read_.size();
    }
    std::string name = read_.substr(0, end);
    read_.erase(0, std::min(end + 1, read_.size()));
    searched = 0;
    if (terminator_ == '\n' && name.ends_with('\r')) name.pop_back();
    if (!name.empty()) return name;
  }
}

bool PictureNames::fill() {
  if (input_ended_) return false;
  // A signal may come between the question and the waiting: none is waited for long.
  constexpr int kPatience = 100;  // ms
  pollfd input{STDIN_FILENO, POLLIN, 0};
  do {
    base::throw_if_stopped();
  } while (poll(&input, 1, kPatience) <= 0);
  std::array<char, 65536> bytes{};
  const ssize_t n = read(STDIN_FILENO, bytes.data(), bytes.size());
  if (n < 0 && errno == EINTR) return true;
  if (n < 0) {
    throw Error(fmt::format("standard input: can't be read: {}", std::strerror(errno)));
  }
  input_ended_ = n == 0;
  read_.append(bytes.data(), static_cast<std::size_t>(n));
  return n > 0;
}

}  // namespace oneormany::data
