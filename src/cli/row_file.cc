#include "cli/row_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>

#include "base/error.h"
#include "base/printable.h"
#include "base/write_file.h"
#include "cli/commands.h"

namespace oneormany::cli {

namespace fs = std::filesystem;

RowFile::RowFile(const std::optional<fs::path>& file, const std::optional<fs::path>& skip_done)
    : name_(file ? base::printable(*file) : "standard output"), descriptor_(STDOUT_FILENO) {
  if (file) open_file(*file);
  goes_on_ = skip_done && is_named(*skip_done);
  if (is_standard_output()) {
    if (goes_on_) lock();
  } else if (!goes_on_ && lseek(descriptor_, 0, SEEK_END) > 0) {
    throw Error(
        fmt::format("{}: is there already: go on with it (--skip-done {}), or name another file",
                    name_, name_));
  }
}

void RowFile::open_file(const fs::path& file) {
  file_ = file;
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC;
  // Another run may replace it (go_on_with) or take it away before it is locked here.
  constexpr int kTries = 10;
  for (int tries = 0; tries < kTries; ++tries) {
    descriptor_ = open(file.c_str(), kFlags);
    made_ = descriptor_ < 0 && errno == ENOENT;
    if (made_) descriptor_ = open(file.c_str(), kFlags | O_CREAT, 0666);
    if (descriptor_ < 0) fail(errno);
    lock();
    if (is_named(file)) break;
    close(descriptor_);
  }
}

/// Two runs that go on with the same rows would both add the next. The lock ends with the process;
/// file systems that know none do without.
void RowFile::lock() const {
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  throw Error(fmt::format(
      "{}: another run is writing to it: wait until it ends, or name another file", name_));
}

RowFile::~RowFile() {
  if (is_standard_output()) return;
  struct stat here {};
  std::error_code ignored;
  if (made_ && std::uncaught_exceptions() > 0 && fstat(descriptor_, &here) == 0 &&
      S_ISREG(here.st_mode) && here.st_size == 0 && is_named(file_)) {
    unlink(fs::canonical(file_, ignored).c_str());  // under the lock: nobody has written to it
  }
  close(descriptor_);
}

void RowFile::go_on_after(std::size_t whole_bytes) const {
  struct stat here {};
  const auto whole = static_cast<off_t>(whole_bytes);
  if (fstat(descriptor_, &here) == 0 && here.st_size > whole &&
      ftruncate(descriptor_, whole) != 0) {
    fail(errno);
  }
  lseek(descriptor_, 0, SEEK_END);
}

void RowFile::go_on_with(std::string_view rows) {
  base::Draft draft(fs::canonical(file_));  // a link stays one
  draft.append(rows);
  draft.sync();
  draft.keep();
  // The draft is locked since it was made: at no moment can another run begin with these rows.
  const int renamed = draft.release();
  fcntl(renamed, F_SETFL, O_APPEND);
  close(descriptor_);
  descriptor_ = renamed;
}

void RowFile::write(std::string_view lines) const {
  const off_t before = is_standard_output() ? 0 : lseek(descriptor_, 0, SEEK_END);
  while (!lines.empty()) {
    const ssize_t n = ::write(descriptor_, lines.data(), lines.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int reason = errno;
      const bool is_whole =
          !is_standard_output() && before >= 0 && ftruncate(descriptor_, before) == 0;
      fail(reason, fmt::format("; {}go on with --skip-done {}",
                               is_whole ? "the rows so far are whole: " : "", name_));
    }
    lines.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool RowFile::is_named(const fs::path& name) const {
  struct stat here {};
  struct stat there {};
  return fstat(descriptor_, &here) == 0 && stat(name.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

void RowFile::fail(int reason, const std::string& more) const {
  if (is_standard_output()) throw OutputFailed{reason};
  throw Error(fmt::format("{}: can't be written: {}{}", name_, base::write_error(reason), more));
}

}  // namespace oneormany::cli
