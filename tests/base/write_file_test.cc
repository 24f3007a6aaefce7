#include "base/write_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/error_in.h"
#include "tests/folder.h"

namespace oneormany::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string error_of(const fs::path& file, const std::string& text) {
  try {
    write_file(file, text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(WriteFile, WritesAndReplacesTheWholeFile) {
  const Folder folder;
  const fs::path file = folder.path() / "report.json";
  const std::string bytes("with \0 and \xff", 12);
  write_file(file, std::string(5'000'000, 'a'));
  EXPECT_EQ(read_text(file).size(), 5'000'000U);
  write_file(file, bytes);
  EXPECT_EQ(read_text(file), bytes);
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WriteFile, TheUmaskDecidesWhoMayRead) {
  const Folder folder;
  const mode_t before = umask(027);
  write_file(folder.path() / "a", "x");
  umask(before);
  EXPECT_EQ(fs::status(folder.path() / "a").permissions(), fs::perms(0640));
}

TEST(WriteFile, AFileThatIsReplacedKeepsItsPermissions) {
  const Folder folder;
  const fs::path file = folder.path() / "a";
  for (const fs::perms mode : {fs::perms(0600), fs::perms(0664)}) {
    write_file(file, "old");
    fs::permissions(file, mode);
    write_file(file, "new");
    EXPECT_EQ(fs::status(file).permissions(), mode);
  }
}

TEST(WriteFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const Folder folder;
  const fs::path file = folder.path() / "report.json";
  write_file(file, "old");
  // A limit on the size of files fails a write in the middle, as a full disk does.
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit tight{1000, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const std::string error = error_of(file, std::string(100'000, 'n'));
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(error, HasSubstr(file.string() + ": can't write it"));
  EXPECT_EQ(read_text(file), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WriteFile, KeepsTheOldFileInAFolderThatMayNotBeWritten) {
  const Folder folder;
  const fs::path file = folder.path() / "report.json";
  write_file(file, "old");
  fs::permissions(folder.path(), fs::perms(0555));
  const bool root = geteuid() == 0;  // who may write anywhere
  ASSERT_EQ(root ? seteuid(65534) : 0, 0);
  const std::string error = error_of(file, "new");
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  fs::permissions(folder.path(), fs::perms(0755));
  EXPECT_THAT(error, HasSubstr(file.string() + ": can't write to its folder: Permission denied"));
  EXPECT_EQ(read_text(file), "old");
}

TEST(WriteFile, SaysWhatHelps) {
  for (const int full : {ENOSPC, EDQUOT}) {
    EXPECT_THAT(write_error(full), HasSubstr(": free some space"));
  }
  EXPECT_EQ(write_error(ENOENT),
            "No such file or directory: make its folder first, or name another place");
  for (const int refused : {EACCES, EPERM}) {
    EXPECT_THAT(write_error(refused), HasSubstr(": get the right to write there"));
  }
  EXPECT_EQ(write_error(EROFS), "Read-only file system: name another place");
  const Folder folder;
  EXPECT_THAT(error_of(folder / "no/a", "x"), HasSubstr("make its folder first"));
}

TEST(WriteFile, ADraftsLockStaysWithItsFile) {
  const Folder folder;
  Draft draft(folder / "a");
  draft.append("rows");
  draft.keep();
  const int file = draft.release();
  const int other = open((folder / "a").c_str(), O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(flock(other, LOCK_EX | LOCK_NB), -1);
  close(file);
  EXPECT_EQ(flock(other, LOCK_EX | LOCK_NB), 0);
  close(other);
  EXPECT_EQ(read_text(folder / "a"), "rows");
}

TEST(WriteFile, SeveralAreReplacedTogetherOrNotAtAll) {
  const Folder folder;
  const fs::path one = folder / "one", two = folder / "two";
  write_files(std::array{NewFile{one, "old"}, NewFile{two, "old"}});
  fs::remove(two);
  fs::create_directory(two);
  EXPECT_THROW(write_files(std::array{NewFile{one, "new"}, NewFile{two, "new"}}), Error);
  EXPECT_EQ(read_text(one), "old");
  fs::remove(two);
  write_files(std::array{NewFile{one, "new"}, NewFile{two, "new"}});
  EXPECT_EQ(read_text(one) + read_text(two), "newnew");
  EXPECT_EQ(files_in(folder.path()), 2U);
}

TEST(WriteFile, ADraftThatWasLeftIsReplaced) {
  const Folder folder;
  const fs::path file = folder / "a", draft = folder / ".a.oneormany-part";
  const auto leave = {
      +[](const fs::path& at) { write_text(at, "half of a long rep"); },
      +[](const fs::path& at) { ASSERT_EQ(mkfifo(at.c_str(), 0600), 0); },
      +[](const fs::path& at) { fs::create_symlink(at.parent_path() / "other", at); },
      +[](const fs::path& at) {
        write_text(at.parent_path() / "other", "mine");
        fs::create_hard_link(at.parent_path() / "other", at);
      }};
  for (const auto& left : leave) {
    left(draft);
    write_file(file, "new");
    EXPECT_EQ(read_text(file), "new");
    EXPECT_FALSE(fs::exists(fs::symlink_status(draft)));
    fs::remove(file);
  }
  EXPECT_EQ(read_text(folder / "other"), "mine");
}

TEST(WriteFile, ManyProcessesMayWriteTheSame) {
  const Folder folder;
  const fs::path file = folder / "a";
  std::vector<pid_t> children;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    for (int i = 0; i < 50; ++i) write_file(file, std::string(20'000, letter));
    _exit(0);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const std::string text = read_text(file);
  EXPECT_EQ(text, std::string(20'000, text.at(0)));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(RefuseForeign, KnowsOurOwnByTheMark) {
  const Folder folder;
  const auto check = [&](const std::string& text) {
    refuse_foreign(folder.write("a", text), "by us");
  };
  const auto error = [&](const std::string& text) { return error_in([&] { check(text); }); };
  EXPECT_NO_THROW(check("written by us"));
  EXPECT_NO_THROW(check(""));
  EXPECT_THAT(error("mine"), testing::AllOf(HasSubstr("/a: was not written by oneormany"),
                                            HasSubstr("another place"), HasSubstr("--force")));
  EXPECT_THAT(error(std::string(1024, ' ') + "by us"), HasSubstr("not written by oneormany"));
  EXPECT_NO_THROW(refuse_foreign(folder / "none", "by us"));
  EXPECT_THAT(error_in([&] { refuse_foreign(folder.path(), "by us"); }), HasSubstr("is a folder"));
}

TEST(WriteFile, NamesTheFileWhenItsFolderIsMissing) {
  const Folder folder;
  const fs::path file = folder.path() / "gone" / "report.json";
  EXPECT_THAT(error_of(file, "x"), HasSubstr(file.string() + ": can't write to its folder"));
}

TEST(WriteFile, RefusesToReplaceWhatIsNoFile) {
  const Folder folder;
  const fs::path pipe = folder.path() / "pipe", inner = folder.path() / "inner";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  fs::create_directory(inner);
  EXPECT_THAT(error_of(pipe, "x"), HasSubstr("pipe: is no regular file"));
  EXPECT_THAT(error_of(inner, "x"), HasSubstr("inner: is a folder"));
  EXPECT_THAT(error_of("/dev/full", "x"), HasSubstr("/dev/full: is no regular file"));
  EXPECT_TRUE(fs::is_fifo(pipe));
}

}  // namespace
}  // namespace oneormany::base
