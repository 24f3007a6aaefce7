#include "image/input_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace oneormany::image {

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK: opening a FIFO would wait for a writer. It means nothing to a regular file.
  file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file_ < 0) fail(std::strerror(errno));
  struct stat found {};
  if (fstat(file_, &found) != 0) fail(std::strerror(errno));
  if (S_ISDIR(found.st_mode)) fail("is a folder, not a picture");
  if (!S_ISREG(found.st_mode)) fail("isn't a file");
  if (found.st_size == 0) fail("is empty (0 bytes)");
  size_ = static_cast<std::uint64_t>(found.st_size);
  written_ = found.st_mtim;
  if (!held()) return;
  std::vector<std::byte> bytes(size_);
  if (read(0, bytes) != size_) fail("can't be read to its end");
  bytes_ = std::move(bytes);
}

InputFile::~InputFile() {
  if (file_ >= 0) close(file_);
}

void InputFile::fail(const std::string& why) {
  if (file_ >= 0) close(file_);
  file_ = -1;
  throw Error(fmt::format("{}: {}", path_.string(), why));
}

std::size_t InputFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (!bytes_.empty()) {
    if (offset >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        pread(file_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool InputFile::touched() const {
  if (held()) return false;
  struct stat now {};
  struct stat opened {};
  return stat(path_.c_str(), &now) != 0 || fstat(file_, &opened) != 0 ||
         now.st_ino != opened.st_ino || now.st_dev != opened.st_dev ||
         static_cast<std::uint64_t>(now.st_size) != size_ ||
         now.st_mtim.tv_sec != written_.tv_sec || now.st_mtim.tv_nsec != written_.tv_nsec;
}

base::Sha256 InputFile::sha256() const {
  return held() ? base::sha256(bytes_) : base::sha256_of_file(path_);
}

}  // namespace oneormany::image
