#include "base/write_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace oneormany::base {
namespace {

namespace fs = std::filesystem;

/// A new file beside the one that it shall replace; it is gone again unless it was kept.
class Draft {
 public:
  explicit Draft(const fs::path& target)
      : target_(target), name_(fmt::format("{}.{}.part", target.string(), getpid())) {
    // The mode lets the user's umask decide, as for any file that a program makes.
    descriptor_ = open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail("can't write to its folder");
  }
  ~Draft() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!kept_) unlink(name_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void write(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t n = ::write(descriptor_, text.data() + done, text.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("can't write it");
      done += static_cast<std::size_t>(n);
    }
  }

  /// On the disk first, and only then under the final name.
  void keep() {
    if (fsync(descriptor_) != 0) fail("can't write it");
    if (close(std::exchange(descriptor_, -1)) != 0) fail("can't write it");
    if (std::rename(name_.c_str(), target_.c_str()) != 0) fail("can't replace it");
    kept_ = true;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    const std::string reason = std::generic_category().message(errno);
    throw Error(fmt::format("{}: {}: {}; free some space or choose another folder with --out",
                            target_.string(), what, reason));
  }

  fs::path target_;
  std::string name_;
  int descriptor_ = -1;
  bool kept_ = false;
};

}  // namespace

void write_file(const fs::path& file, std::string_view content) {
  std::error_code ignored;
  const fs::file_status there = fs::status(file, ignored);
  if (fs::exists(there) && !fs::is_regular_file(there)) {
    throw Error(fmt::format("{}: is {}: name another place with --out", file.string(),
                            fs::is_directory(there) ? "a folder" : "no regular file"));
  }
  Draft draft(file);
  draft.write(content);
  draft.keep();
}

}  // namespace oneormany::base
