#include "base/write_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
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
