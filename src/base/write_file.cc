#include "base/write_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop.h"

namespace oneormany::base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& target, const char* what) {
  throw Error(fmt::format("{}: {}: {}", target.string(), what, write_error(errno)));
}

/// Waits while another process has it. File systems that know no locks do without.
void lock(int descriptor) {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw_if_stopped();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// Whether `name` is that of this file.
bool is_named(int descriptor, const fs::path& name) {
  struct stat file {};
  struct stat named {};
  return fstat(descriptor, &file) == 0 && lstat(name.c_str(), &named) == 0 &&
         file.st_dev == named.st_dev && file.st_ino == named.st_ino;
}

/// What a process left that was killed.
void remove_old(const fs::path& name, const fs::path& target) {
  const int old = open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (old < 0 && errno == ENOENT) return;
  if (old >= 0) lock(old);
  // Its process may have renamed it meanwhile, and another begun the next.
  const bool left = old < 0 || is_named(old, name);
  const int reason = left && unlink(name.c_str()) != 0 && errno != ENOENT ? errno : 0;
  if (old >= 0) close(old);
  errno = reason;
  if (reason != 0) fail(target, "can't write to its folder");
}

void refuse_what_is_no_file(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status there = fs::status(file, ignored);
  if (fs::exists(there) && !fs::is_regular_file(there)) {
    throw Error(fmt::format("{}: is {}: name another place", file.string(),
                            fs::is_directory(there) ? "a folder" : "no regular file"));
  }
}

/// What to do about it.
const char* cure_of(int reason) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
      return "free some space, or name another place";
    case ENOENT:
      return "make its folder first, or name another place";
    case EACCES:
    case EPERM:
      return "get the right to write there, or name another place";
    case ENAMETOOLONG:
      return "give it a shorter name";
    default:
      return "name another place";
  }
}

}  // namespace

std::string write_error(int reason) {
  return fmt::format("{}: {}", std::generic_category().message(reason), cure_of(reason));
}

// Its name is always the same, so that what a kill left behind is found; a lock, which ends with
// the process, says whose it is.
Draft::Draft(const fs::path& target)
    : target_(target),
      name_(target.parent_path() / fmt::format(".{}.oneormany-part", target.filename().string())) {
  refuse_what_is_no_file(target);
  while (descriptor_ < 0) {
    // The mode lets the user's umask decide, as for any file that a program makes.
    descriptor_ = open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      lock(descriptor_);
      if (!is_named(descriptor_, name_)) {
        close(std::exchange(descriptor_, -1));  // taken for one left behind
      }
    } else if (errno == EEXIST) {
      remove_old(name_, target_);
    } else {
      fail(target_, "can't write to its folder");
    }
  }
}

Draft::~Draft() {
  if (!kept_) unlink(name_.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

int Draft::release() { return std::exchange(descriptor_, -1); }

void Draft::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(target_, "can't write it");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Draft::replace_start(std::string_view text) {
  if (lseek(descriptor_, 0, SEEK_SET) != 0) fail(target_, "can't write it");
  append(text);
}

void Draft::sync() {
  if (fsync(descriptor_) != 0) fail(target_, "can't write it");
}

void Draft::keep() {
  // Who may read a file, and whose it is, stays as it was; if it can't, it is as any new file's.
  struct stat old {};
  if (stat(target_.c_str(), &old) == 0) {
    if (fchown(descriptor_, old.st_uid, old.st_gid) == 0 || old.st_uid == geteuid()) {
      fchmod(descriptor_, old.st_mode & 0777);
    }
  }
  if (std::rename(name_.c_str(), target_.c_str()) != 0) fail(target_, "can't replace it");
  kept_ = true;
}

void write_files(std::span<const NewFile> files) {
  std::vector<std::unique_ptr<Draft>> drafts;
  for (const NewFile& file : files) {
    drafts.push_back(std::make_unique<Draft>(file.file));
    drafts.back()->append(file.content);
    drafts.back()->sync();
  }
  for (const auto& draft : drafts) draft->keep();
}

void write_file(const fs::path& file, std::string_view content) {
  const NewFile one{file, content};
  write_files({&one, 1});
}

void require_writable(const fs::path& file) {
  refuse_what_is_no_file(file);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw Error(fmt::format("{}: can't write to its folder: {}", file.string(), write_error(errno)));
}

void refuse_foreign(const fs::path& file, std::string_view mark) {
  refuse_what_is_no_file(file);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  std::ifstream in(file, std::ios::binary);
  std::array<char, 1024> first{};
  in.read(first.data(), first.size());
  const std::string_view text(first.data(), static_cast<std::size_t>(in.gcount()));
  if (!in.is_open() || (!text.empty() && text.find(mark) == std::string_view::npos)) {
    throw Error(
        fmt::format("{}: was not written by oneormany: name another place, or replace it with "
                    "--force",
                    file.string()));
  }
}

}  // namespace oneormany::base
