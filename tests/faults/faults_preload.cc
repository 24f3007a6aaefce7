// Loaded before the C library (LD_PRELOAD): makes a call that changes files go wrong.
//   FAULT_UNDER  only calls about files below this folder are counted
//   FAULT_AT     the N-th of them, from 1, is the one; 0: none, they are only counted
//   FAULT        what becomes of it: "kill" (a write is cut in half before), "EIO" (once), or
//                "ENOSPC" (a write is cut in half, and from then on nothing fits)
//   FAULT_LOG    a file that gets a line "CALL PATH" for each
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

struct Plan {
  std::string under = setting("FAULT_UNDER"), fault = setting("FAULT"), log = setting("FAULT_LOG");
  long at = std::atol(setting("FAULT_AT").c_str());
  std::atomic<long> count = 0;
};

Plan& plan() {
  static Plan& plan = *new Plan;
  return plan;
}

std::string path_of(int descriptor) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t n = readlink(link.c_str(), path.data(), path.size());
  return {path.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

std::string absolute(std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  std::array<char, PATH_MAX> here{};
  return std::string(getcwd(here.data(), here.size())) + "/" + std::string(path);
}

enum class Fate { kAsUsual, kFails, kHalfThenKilled, kHalf };

/// Counts a call; `space` tells whether it needs some. Sets errno if it fails.
Fate fate_of(const char* call, const std::string& path, bool space) {
  Plan& p = plan();
  if (p.under.empty() || !path.starts_with(p.under)) return Fate::kAsUsual;
  const long n = ++p.count;
  if (!p.log.empty()) {
    const int log = real<int (*)(const char*, int, ...)>("open")(
        p.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const std::string line = std::string(call) + " " + path + "\n";
    real<ssize_t (*)(int, const void*, size_t)>("write")(log, line.data(), line.size());
    close(log);
  }
  if (p.at == 0 || n < p.at) return Fate::kAsUsual;
  if (p.fault == "ENOSPC" && space) {
    errno = ENOSPC;
    return n == p.at ? Fate::kHalf : Fate::kFails;
  }
  if (p.fault == "EIO" && n == p.at) {
    errno = EIO;
    return Fate::kFails;
  }
  return p.fault == "kill" && n == p.at ? Fate::kHalfThenKilled : Fate::kAsUsual;
}

/// For calls that have no half.
bool fails(const char* call, const std::string& path, bool space) {
  const Fate fate = fate_of(call, path, space);
  if (fate == Fate::kHalfThenKilled) kill(getpid(), SIGKILL);
  if (fate == Fate::kHalf) errno = ENOSPC;
  return fate == Fate::kFails || fate == Fate::kHalf;
}

template <typename Write>
ssize_t written(const char* call, int descriptor, size_t size, const Write& write_some) {
  const Fate fate = fate_of(call, path_of(descriptor), true);
  if (fate == Fate::kFails) return -1;
  if (fate == Fate::kAsUsual) return write_some(size);
  const ssize_t n = write_some(size / 2);
  if (fate == Fate::kHalfThenKilled) kill(getpid(), SIGKILL);
  return n > 0 ? n : (errno = ENOSPC, -1);
}

int opened(const char* call, int folder, const char* path, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0 && access(path, F_OK) != 0 && fails("create", absolute(path), true)) {
    return -1;
  }
  return real<int (*)(int, const char*, int, ...)>(call)(folder, path, flags, mode);
}

/// To be made shorter needs no space.
bool grows(int descriptor, off_t size) {
  struct stat file {};
  return fstat(descriptor, &file) != 0 || file.st_size < size;
}

mode_t mode_in(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return written("write", descriptor, size, [&](size_t n) {
    return real<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, bytes, n);
  });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  return written("pwrite", descriptor, size, [&](size_t n) {
    return real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(descriptor, bytes, n, at);
  });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  return written("pwrite", descriptor, size, [&](size_t n) {
    return real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, bytes, n,
                                                                            at);
  });
}

int fsync(int descriptor) {
  if (fails("fsync", path_of(descriptor), false)) return -1;
  return real<int (*)(int)>("fsync")(descriptor);
}

int fdatasync(int descriptor) {
  if (fails("fdatasync", path_of(descriptor), false)) return -1;
  return real<int (*)(int)>("fdatasync")(descriptor);
}

int ftruncate(int descriptor, off_t size) {
  if (fails("ftruncate", path_of(descriptor), grows(descriptor, size))) return -1;
  return real<int (*)(int, off_t)>("ftruncate")(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
  if (fails("ftruncate", path_of(descriptor), grows(descriptor, size))) return -1;
  return real<int (*)(int, off64_t)>("ftruncate64")(descriptor, size);
}

int rename(const char* from, const char* to) {
  if (fails("rename", absolute(to), false)) return -1;
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) {
  if (fails("rename", absolute(to), false)) return -1;
  return real<int (*)(int, const char*, int, const char*, unsigned int)>("renameat2")(
      from_folder, from, to_folder, to, flags);
}

int symlink(const char* target, const char* path) {
  if (fails("symlink", absolute(path), true)) return -1;
  return real<int (*)(const char*, const char*)>("symlink")(target, path);
}

int unlink(const char* path) {
  if (fails("unlink", absolute(path), false)) return -1;
  return real<int (*)(const char*)>("unlink")(path);
}

int mkdir(const char* path, mode_t mode) {
  if (fails("mkdir", absolute(path), true)) return -1;
  return real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return opened("openat", AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return opened("openat64", AT_FDCWD, path, flags, mode);
}
}
