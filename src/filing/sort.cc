#include "filing/sort.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "base/write_file.h"
#include "filing/folder_name.h"

namespace oneormany::filing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDraft = ".oneormany-part";

[[noreturn]] void fail(const fs::path& file, const std::string& what, int reason) {
  throw Error(fmt::format("{}: {}: {}", base::printable(file), what, std::strerror(reason)));
}

[[noreturn]] void fail_to_write(const fs::path& file, const std::string& what, int reason) {
  throw Error(fmt::format("{}: {}: {}", base::printable(file), what, base::write_error(reason)));
}

std::string moved_to(const fs::path& place) {
  return "can't be moved to " + base::printable(place);
}

/// "a.jpg", "a (2).jpg", …
fs::path numbered(const fs::path& name, std::size_t number) {
  if (number < 2) return name;
  return fmt::format("{} ({}){}", name.stem().string(), number, name.extension().string());
}

/// The name that numbered() made this one of, if it did.
std::optional<fs::path> unnumbered(const fs::path& name) {
  const std::string stem = name.stem().string();
  const std::size_t open = stem.rfind(" (");
  if (open == std::string::npos || !stem.ends_with(')')) return {};
  const std::string_view digits(stem.data() + open + 2, stem.size() - open - 3);
  if (digits.empty() || digits.size() > 9 ||
      digits.find_first_not_of("0123456789") != digits.npos) {
    return {};
  }
  return stem.substr(0, open) + name.extension().string();
}

/// A picture's content, by which file it is and by what a copy keeps.
struct Known {
  dev_t device;
  ino_t inode;
  off_t size;
  std::int64_t nanoseconds;  // of its last change

  explicit Known(const struct stat& file)
      : device(file.st_dev),
        inode(file.st_ino),
        size(file.st_size),
        nanoseconds(file.st_mtim.tv_sec * 1'000'000'000 + file.st_mtim.tv_nsec) {}
  bool same_file(const Known& other) const {
    return device == other.device && inode == other.inode;
  }
  bool may_be_copy(const Known& other) const {
    return size == other.size && nanoseconds == other.nanoseconds;
  }
};

struct Entry {
  fs::path name;
  Known known;
  bool from_before;  ///< another run put it there
};

/// What is in a folder, by the name that pictures came with.
class Contents {
 public:
  explicit Contents(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      struct stat file {};
      const fs::path name = at->path().filename();
      if (stat(at->path().c_str(), &file) == 0) add(name, Known(file), true);
    }
    if (error) fail(folder, "can't be read", error.value());
  }
  void add(const fs::path& name, const Known& known, bool from_before) {
    entries_[name.string()].push_back({name, known, from_before});
    if (const auto original = unnumbered(name)) {
      entries_[original->string()].push_back({name, known, from_before});
    }
  }
  const std::vector<Entry>& of(const fs::path& name) { return entries_[name.string()]; }
  /// From which number on there may be a free one.
  std::size_t& next(const fs::path& name) { return next_[name.string()]; }

 private:
  std::unordered_map<std::string, std::vector<Entry>> entries_;
  std::unordered_map<std::string, std::size_t> next_;
};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

bool is_there(const fs::path& file) {
  struct stat found {};
  return lstat(file.c_str(), &found) == 0;
}

/// Renames, but never onto something; false: it is on another file system. Sets errno to EEXIST if
/// there is something.
int rename_to_new(const fs::path& from, const fs::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system that can't: a link is never made onto something either.
  if (link(from.c_str(), to.c_str()) != 0) return errno;
  return unlink(from.c_str()) == 0 ? 0 : errno;
}

bool equal(const fs::path& one, const fs::path& other) {
  const Descriptor a(open(one.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor b(open(other.c_str(), O_RDONLY | O_CLOEXEC));
  if (a.number() < 0 || b.number() < 0) return false;
  const auto fill = [](int descriptor, std::vector<char>& block) {
    std::size_t filled = 0;
    while (filled < block.size()) {
      const ssize_t n = read(descriptor, block.data() + filled, block.size() - filled);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::pair(n == 0, filled);
      filled += static_cast<std::size_t>(n);
    }
    return std::pair(true, filled);
  };
  std::vector<char> left(1 << 18), right(1 << 18);
  while (true) {
    const auto [left_well, l] = fill(a.number(), left);
    const auto [right_well, r] = fill(b.number(), right);
    if (!left_well || !right_well || l != r || std::memcmp(left.data(), right.data(), l) != 0) {
      return false;
    }
    if (l == 0) return true;
  }
}

void sync(const fs::path& folder) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() >= 0) fsync(opened.number());
}

/// A copy that is on the disk, with the picture's times and permissions.
void copy(const fs::path& picture, const fs::path& draft, const fs::path& place) {
  const Descriptor in(open(picture.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat before {};
  if (in.number() < 0 || fstat(in.number(), &before) != 0) fail(picture, "can't be read", errno);
  unlink(draft.c_str());  // a kill left it
  const Descriptor out(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.number() < 0) fail_to_write(picture, moved_to(place), errno);
  std::vector<char> block(1 << 20);
  while (true) {
    const ssize_t n = read(in.number(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(picture, "can't be read", errno);
    if (n == 0) break;
    for (ssize_t at = 0; at < n;) {
      const ssize_t written =
          write(out.number(), block.data() + at, static_cast<std::size_t>(n - at));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_to_write(picture, moved_to(place), errno);
      at += written;
    }
  }
  if (fchown(out.number(), before.st_uid, before.st_gid) != 0) {
    // Only root may give files away; they are the user's then.
  }
  struct stat after {};
  const std::array times{before.st_atim, before.st_mtim};
  if (fchmod(out.number(), before.st_mode & 07777) != 0 ||
      futimens(out.number(), times.data()) != 0 || fsync(out.number()) != 0) {
    fail_to_write(picture, moved_to(place), errno);
  }
  if (fstat(in.number(), &after) != 0 || !Known(before).may_be_copy(Known(after))) {
    throw Error(
        fmt::format("{}: was changed while it was copied: try again", base::printable(picture)));
  }
}

/// Moves a file to a name that nothing has; EEXIST if something has.
int move(const fs::path& picture, const fs::path& place) {
  const int reason = rename_to_new(picture, place);
  if (reason == 0 || reason == EEXIST) return reason;
  if (reason != EXDEV) fail_to_write(picture, moved_to(place), reason);
  if (is_there(place)) return EEXIST;
  const fs::path draft =
      place.parent_path() / fmt::format(".{}{}", place.filename().string(), kDraft);
  try {
    copy(picture, draft, place);
    if (const int taken = rename_to_new(draft, place); taken != 0) {
      if (taken != EEXIST) fail_to_write(picture, moved_to(place), taken);
      unlink(draft.c_str());
      return EEXIST;
    }
  } catch (...) {
    unlink(draft.c_str());
    throw;
  }
  sync(place.parent_path());
  if (unlink(picture.c_str()) != 0) {
    fail(picture, "was copied to " + base::printable(place) + ", but can't be removed here", errno);
  }
  return 0;
}

/// Of one file; a file may have several names.
bool is_same_name(const fs::path& one, const fs::path& other) {
  std::error_code ignored;
  return fs::canonical(one, ignored) == fs::canonical(other, ignored);
}

fs::path sidecar_of(const fs::path& picture) { return picture.string() + ".xmp"; }

}  // namespace

struct Sorter::Impl {
  fs::path folder;
  How how = How::kLink;
  std::map<std::string, Contents> contents;

  Contents& contents_of(const fs::path& below) {
    const auto known = contents.find(below.string());
    if (known != contents.end()) return known->second;
    std::error_code error;
    fs::create_directories(below, error);
    if (error) fail_to_write(below, "can't be made", error.value());
    return contents.emplace(below.string(), Contents(below)).first->second;
  }

  /// Where the picture is in this folder already. If it is to be moved, that is itself, or what
  /// an earlier run, killed before it could remove it here, made of it: a second name, or on
  /// another file system a copy.
  std::optional<fs::path> found(const fs::path& picture, const fs::path& below, const Known& known,
                                Contents& there) const {
    for (const Entry& entry : there.of(picture.filename())) {
      const fs::path place = below / entry.name;
      if (entry.known.same_file(known) && is_there(place) &&
          (how == How::kLink || is_same_name(place, picture))) {
        return place;
      }
    }
    if (how == How::kLink) return {};
    for (const Entry& entry : there.of(picture.filename())) {
      if (!entry.from_before) continue;
      const fs::path place = below / entry.name;
      if (entry.known.same_file(known)
              ? is_there(place)
              : entry.known.device != known.device && entry.known.may_be_copy(known) &&
                    equal(picture, place)) {
        return place;
      }
    }
    return {};
  }

  /// Tries numbers until one is free. `put` returns 0 or EEXIST.
  template <typename Put>
  fs::path put_at_free_name(const fs::path& picture, const fs::path& below, Contents& there,
                            const Put& put) {
    for (std::size_t& number = there.next(picture.filename());; ++number) {
      const fs::path place = below / numbered(picture.filename(), std::max<std::size_t>(number, 1));
      if (put(place) == 0) return place;
      if (number == 0) number = 1;
    }
  }

  fs::path link_into(const fs::path& below, const fs::path& picture, const Known& known) {
    Contents& there = contents_of(below);
    if (const auto place = found(picture, below, known, there)) return *place;
    std::error_code error;
    const fs::path from = fs::canonical(below, error);
    const fs::path to = fs::canonical(fs::absolute(picture).parent_path(), error);
    const fs::path target = (to / picture.filename()).lexically_relative(from);
    const fs::path place = put_at_free_name(picture, below, there, [&](const fs::path& at) {
      if (symlink(target.c_str(), at.c_str()) == 0) return 0;
      if (errno == EEXIST) return EEXIST;
      const int reason = errno;
      fail(picture,
           reason == EPERM || reason == EOPNOTSUPP
               ? fmt::format("{} is on a file system without links: name another place",
                             base::printable(below))
               : "can't be linked to in " + base::printable(below),
           reason);
    });
    there.add(place.filename(), known, false);
    return place;
  }

  fs::path move_into(const fs::path& below, const fs::path& picture, const Known& known) {
    Contents& there = contents_of(below);
    if (const auto place = found(picture, below, known, there)) {
      if (!is_same_name(*place, picture)) finish(picture, *place);
      return *place;
    }
    const fs::path sidecar = sidecar_of(picture);
    const bool with_sidecar = is_there(sidecar);
    const fs::path place = put_at_free_name(picture, below, there, [&](const fs::path& at) {
      if (!with_sidecar) return move(picture, at);
      // First the sidecar: a kill in between leaves the picture where the next run finds it.
      if (is_there(at)) return EEXIST;
      if (move(sidecar, sidecar_of(at)) == EEXIST) return EEXIST;
      try {
        const int reason = move(picture, at);
        if (reason == EEXIST) move(sidecar_of(at), sidecar);
        return reason;
      } catch (...) {
        if (is_there(picture)) move(sidecar_of(at), sidecar);
        throw;
      }
    });
    there.add(place.filename(), known, false);
    return place;
  }

  /// Of a picture that is there, whole, removes what is here.
  static void finish(const fs::path& picture, const fs::path& place) {
    if (is_there(sidecar_of(picture)) && move(sidecar_of(picture), sidecar_of(place)) == EEXIST) {
      throw Error(fmt::format("{}: is at {} too, and so is its sidecar: remove one",
                              base::printable(picture), base::printable(place)));
    }
    if (unlink(picture.c_str()) != 0) {
      fail(picture, "is at " + base::printable(place) + " already, but can't be removed here",
           errno);
    }
  }
};

Sorter::Sorter(fs::path folder, How how) : impl_(std::make_unique<Impl>()) {
  impl_->folder = std::move(folder);
  impl_->how = how;
  std::error_code error;
  fs::create_directories(impl_->folder, error);
  if (error) fail_to_write(impl_->folder, "can't be made", error.value());
  if (access(impl_->folder.c_str(), W_OK | X_OK) != 0) {
    fail_to_write(impl_->folder, "can't be written to", errno);
  }
}

Sorter::~Sorter() = default;
Sorter::Sorter(Sorter&&) noexcept = default;

std::vector<fs::path> Sorter::file(const fs::path& picture,
                                   const std::vector<std::string>& labels) {
  struct stat file {};
  struct stat itself {};
  if (stat(picture.c_str(), &file) != 0 || lstat(picture.c_str(), &itself) != 0) {
    fail(picture, "can't be sorted", errno);
  }
  if (!S_ISREG(file.st_mode)) {
    throw Error(fmt::format("{}: can't be sorted: is no regular file", base::printable(picture)));
  }
  const Known known(file);
  if (impl_->how == How::kMove) {
    if (S_ISLNK(itself.st_mode)) {
      throw Error(fmt::format("{}: is a link, which would lead nowhere once moved: use --link-to",
                              base::printable(picture)));
    }
    fs::path shared = picture;
    shared.replace_extension(".xmp");
    if (is_there(shared)) {
      throw Error(
          fmt::format("{}: has the sidecar {}, which may be other files' too: move both by "
                      "hand, or use --link-to",
                      base::printable(picture), base::printable(shared.filename())));
    }
    return {impl_->move_into(impl_->folder / folder_name(labels), picture, known)};
  }
  std::vector<fs::path> places;
  if (labels.empty())
    places.push_back(impl_->link_into(impl_->folder / folder_name({}), picture, known));
  for (const std::string& label : labels) {
    places.push_back(impl_->link_into(impl_->folder / folder_name({label}), picture, known));
  }
  return places;
}

}  // namespace oneormany::filing
