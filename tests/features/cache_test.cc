#include "features/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "tests/folder.h"

namespace oneormany::features {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kCount = 3104;

base::Sha256 key(int number) {
  const std::string text = std::to_string(number);
  return base::sha256(std::as_bytes(std::span(text)));
}

std::vector<float> row(int number) {
  std::vector<float> values(kCount);
  for (int i = 0; i < kCount; ++i)
    values[i] = static_cast<float>(number) + 1.0f / static_cast<float>(i + 3);
  return values;
}

image::PictureFacts facts(int number) {
  return {.width = static_cast<std::uint32_t>(number + 100),
          .height = 70'000,
          .pages = 3,
          .one_colour = number % 2 == 0,
          .black = number % 3 == 0,
          .white = number % 5 == 0,
          .grey = number % 7 == 0};
}

void add(Cache& cache, int number) {
  cache.add(key(number), {key(-number), facts(number)}, row(number));
}

/// Which of the numbers from 0 to n - 1 the cache has; all that it has must be right.
std::vector<int> numbers_in(Cache& cache, int n) {
  std::vector<int> numbers;
  std::vector<float> features(kCount);
  for (int number = 0; number < n; ++number) {
    const auto pixels = cache.find(key(number), features);
    if (!pixels) continue;
    numbers.push_back(number);
    EXPECT_EQ(pixels->hash, key(-number));
    EXPECT_EQ(pixels->facts, facts(number));
    EXPECT_EQ(features, row(number));
  }
  return numbers;
}

std::vector<int> up_to(int n) {
  std::vector<int> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// Runs `work` in a process of its own.
template <typename Work>
pid_t start(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

std::string integrity(const std::filesystem::path& file) {
  sqlite3* db = nullptr;
  sqlite3_open(file.c_str(), &db);
  std::string answer;
  sqlite3_exec(
      db, "PRAGMA integrity_check",
      [](void* to, int, char** columns, char**) {
        *static_cast<std::string*>(to) += columns[0];
        return 0;
      },
      &answer, nullptr);
  sqlite3_close(db);
  return answer;
}

TEST(Cache, FindsWhatWasKeptAndNothingElse) {
  const Folder folder;
  {
    Cache cache(folder / "deep/er", "setup");
    for (const int i : {0, 1, 2, 4, 77}) add(cache, i);
  }
  Cache cache(folder / "deep/er", "setup");
  EXPECT_EQ(numbers_in(cache, 100), (std::vector{0, 1, 2, 4, 77}));
}

TEST(Cache, KeepsSetupsApart) {
  const Folder folder;
  {
    Cache one(folder.path(), "one"), other(folder.path(), "other");
    add(one, 1);
    add(other, 2);
  }
  Cache one(folder.path(), "one"), other(folder.path(), "other"), third(folder.path(), "third");
  EXPECT_EQ(numbers_in(one, 10), std::vector{1});
  EXPECT_EQ(numbers_in(other, 10), std::vector{2});
  EXPECT_EQ(numbers_in(third, 10), std::vector<int>{});
}

TEST(Cache, ReplacesARowAndIgnoresOneOfAnotherLength) {
  const Folder folder;
  {
    Cache cache(folder.path(), "setup");
    cache.add(key(1), {key(9)}, row(9));
    add(cache, 1);
    cache.add(key(2), {key(-2)}, std::vector<float>(3));
  }
  Cache cache(folder.path(), "setup");
  EXPECT_EQ(numbers_in(cache, 10), std::vector{1});
}

TEST(Cache, WritesNowAndThenByItself) {
  const Folder folder;
  Cache cache(folder.path(), "setup");
  for (int i = 0; i < 200; ++i) add(cache, i);
  Cache reader(folder.path(), "setup");
  EXPECT_GE(numbers_in(reader, 200).size(), 100);
}

TEST(Cache, MayBeUsedByManyThreads) {
  const Folder folder;
  {
    Cache cache(folder.path(), "setup");
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = t; i < 400; i += 4) add(cache, i);
      });
    }
  }
  Cache cache(folder.path(), "setup");
  EXPECT_EQ(numbers_in(cache, 400), up_to(400));
}

TEST(Cache, AForeignFileIsReportedOnceAndLeftAlone) {
  const Folder folder;
  std::ofstream(folder / "features.db") << std::string(5000, 'x');
  testing::internal::CaptureStderr();
  {
    Cache cache(folder.path(), "setup");
    for (int i = 0; i < 200; ++i) add(cache, i);
    EXPECT_EQ(numbers_in(cache, 10), std::vector<int>{});
  }
  const std::string predictions = testing::internal::GetCapturedStderr();
  EXPECT_THAT(predictions, AllOf(HasSubstr((folder / "features.db").string() + ": can't be used"),
                                 HasSubstr("delete the file to start a new one")));
  EXPECT_EQ(std::ranges::count(predictions, '\n'), 1);
  EXPECT_EQ(read_text(folder / "features.db"), std::string(5000, 'x'));
}

TEST(Cache, ADatabaseOfAnotherVersionIsReportedAndLeftAlone) {
  const Folder folder;
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "features.db").c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "CREATE TABLE mine (x); PRAGMA user_version = 77", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  testing::internal::CaptureStderr();
  {
    Cache cache(folder.path(), "setup");
    add(cache, 1);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("another program or version"));
  ASSERT_EQ(sqlite3_open((folder / "features.db").c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, "INSERT INTO mine VALUES (1)", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_NE(sqlite3_exec(db, "SELECT * FROM features", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
}

TEST(Cache, ADamagedDatabaseIsDoneWithout) {
  const Folder folder;
  {
    Cache cache(folder.path(), "setup");
    for (int i = 0; i < 200; ++i) add(cache, i);
  }
  const std::filesystem::path file = folder / "features.db";
  const std::string whole = read_text(file);
  for (const std::size_t at : {whole.size() / 50, whole.size() / 3, whole.size() / 2}) {
    for (const bool point : {false, true}) {
      std::string damaged = point ? whole.substr(0, at) : whole;
      if (!point) damaged.replace(at, 60000, 60000, '\xee');
      std::ofstream(file, std::ios::binary) << damaged;
      testing::internal::CaptureStderr();
      {
        Cache cache(folder.path(), "setup");
        numbers_in(cache, 200);
        for (int i = 200; i < 300; ++i) add(cache, i);
      }
      const std::string predictions = testing::internal::GetCapturedStderr();
      EXPECT_THAT(predictions, HasSubstr("features.db: can't be used")) << at << point;
      EXPECT_EQ(std::ranges::count(predictions, '\n'), 1) << predictions;
    }
  }
}

/// All that the cache says to finding up to `n` rows and adding one more; expects that every row
/// found is right.
std::string said_while_used(const Folder& folder, int n, std::size_t* found) {
  testing::internal::CaptureStderr();
  {
    Cache cache(folder.path(), "setup");
    *found = numbers_in(cache, n).size();
    add(cache, n);
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Cache, ARowWithABitThatFlippedIsAsIfAbsentAndMayBeKeptAgain) {
  constexpr int kRows = 40;
  const Folder folder;
  {
    Cache cache(folder.path(), "setup");
    for (int i = 0; i < kRows; ++i) add(cache, i);
  }
  const std::filesystem::path file = folder / "features.db";
  const std::string whole = read_text(file);
  std::mt19937 random(1);
  int absent = 0;
  for (int round = 0; round < 150; ++round) {
    std::string damaged = whole;
    char& byte = damaged[random() % damaged.size()];
    byte = static_cast<char>(byte ^ (1 << random() % 8));
    std::ofstream(file, std::ios::binary) << damaged;
    std::size_t found = 0;
    const std::string said = said_while_used(folder, kRows, &found);
    if (!said.empty()) {  // SQLite's own pages
      EXPECT_THAT(said, HasSubstr("features.db: can't be used"));
      EXPECT_EQ(read_text(file), damaged);
      continue;
    }
    if (found == kRows) continue;  // a byte of no row
    ++absent;
    Cache cache(folder.path(), "setup");
    for (int i = 0; i < kRows; ++i) add(cache, i);
    cache.flush();
    EXPECT_THAT(numbers_in(cache, kRows), testing::SizeIs(kRows));
  }
  EXPECT_GT(absent, 50);
}

TEST(Cache, OneOfTheVersionWithoutSumsIsBegunAnew) {
  const Folder folder;
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "features.db").c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db,
                         "CREATE TABLE setups (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
                         "CREATE TABLE features (content BLOB NOT NULL, setup INTEGER NOT NULL"
                         " REFERENCES setups, pixels BLOB NOT NULL, row BLOB NOT NULL,"
                         " UNIQUE (content, setup));"
                         "INSERT INTO setups VALUES (1, 'setup');"
                         "INSERT INTO features VALUES (x'00', 1, x'00', x'00');"
                         "PRAGMA user_version = 1",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(db);
  for (const std::size_t before : {0u, 1u}) {
    std::size_t found = 0;
    EXPECT_EQ(said_while_used(folder, static_cast<int>(before), &found), "");
    EXPECT_EQ(found, before);
  }
  EXPECT_EQ(integrity(folder / "features.db"), "ok");
}

TEST(Cache, OneThatCantBeWrittenIsRead) {
  for (const bool folder_too : {false, true}) {
    const Folder folder;
    const std::filesystem::path dir = folder / "a?b#c%20d";
    {
      Cache cache(dir, "setup");
      for (int i = 0; i < 5; ++i) add(cache, i);
    }
    namespace fs = std::filesystem;
    fs::permissions(folder.path(), fs::perms(0755));
    fs::permissions(dir / "features.db", fs::perms(0444));
    fs::permissions(dir, fs::perms(folder_too ? 0555 : 0777));
    const bool root = geteuid() == 0;  // who may write anywhere
    ASSERT_EQ(root ? seteuid(65534) : 0, 0);
    testing::internal::CaptureStderr();
    {
      Cache cache(dir, "setup");
      EXPECT_EQ(numbers_in(cache, 10), up_to(5));
      cache.flush();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    testing::internal::CaptureStderr();
    {
      Cache cache(dir, "setup");
      EXPECT_EQ(numbers_in(cache, 10), up_to(5));
      add(cache, 5);
      add(cache, 6);
    }
    const std::string said = testing::internal::GetCapturedStderr();
    ASSERT_EQ(root ? seteuid(0) : 0, 0);
    EXPECT_THAT(said, AllOf(HasSubstr("features.db: can't be written ("),
                            HasSubstr("read from it, new ones not kept")));
    EXPECT_EQ(std::ranges::count(said, '\n'), 1);
    fs::permissions(dir, fs::perms(0755));
    EXPECT_EQ(std::distance(fs::directory_iterator(dir), fs::directory_iterator()), 1);
    Cache cache(dir, "setup");
    EXPECT_EQ(numbers_in(cache, 10), up_to(5));
  }
}

TEST(Cache, AFolderThatCantBeMadeIsReportedOnce) {
  const Folder folder;
  std::ofstream(folder / "file") << "x";
  testing::internal::CaptureStderr();
  {
    Cache cache(folder / "file/cache", "setup");
    add(cache, 1);
    EXPECT_EQ(numbers_in(cache, 10), std::vector<int>{});
  }
  const std::string predictions = testing::internal::GetCapturedStderr();
  EXPECT_THAT(predictions, HasSubstr("file/cache/features.db: can't be used"));
  EXPECT_EQ(std::ranges::count(predictions, '\n'), 1);
}

TEST(Cache, IsSafeForSeveralProcessesAtOnce) {
  const Folder folder;
  // All of them may be the one that makes the file; they share every third row.
  std::vector<pid_t> children;
  for (int process = 0; process < 4; ++process) {
    children.push_back(start([&] {
      Cache cache(folder.path(), "setup");
      for (int i = 0; i < 900; ++i) {
        if (i % 3 == 0 || i % 4 == process) add(cache, i);
        if (i % 200 == 0) numbers_in(cache, i);
      }
      cache.flush();
      for (int i = process; i < 900; i += 4) {  // written means found
        std::vector<float> features(kCount);
        if (!cache.find(key(i), features)) _exit(1);
      }
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ(integrity(folder / "features.db"), "ok");
  Cache cache(folder.path(), "setup");
  EXPECT_EQ(numbers_in(cache, 900), up_to(900));
}

TEST(Cache, SurvivesBeingKilledAtAnyMoment) {
  const Folder folder;
  int begun = 0;
  for (int round = 0; round < 25; ++round) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = start([&] {
      Cache cache(folder.path(), "setup");
      for (int i = begun;; ++i) {
        add(cache, i);
        if (i % 16 == 15) {
          cache.flush();
          if (write(pipes[1], &i, sizeof(i)) < 0) _exit(1);
        }
      }
    });
    close(pipes[1]);
    int last = begun - 1;
    // Killed after some rows, and a little later each round, so that all moments have their turn.
    for (int n = 0; n <= round % 4; ++n) {
      ASSERT_EQ(read(pipes[0], &last, sizeof(last)), static_cast<ssize_t>(sizeof(last)));
    }
    usleep(round * 337);
    kill(child, SIGKILL);
    EXPECT_TRUE(WIFSIGNALED(wait_for(child)));
    for (int more; read(pipes[0], &more, sizeof(more)) == sizeof(more);) last = more;
    close(pipes[0]);

    testing::internal::CaptureStderr();
    {
      Cache cache(folder.path(), "setup");
      const std::vector<int> found = numbers_in(cache, last + 200);
      ASSERT_GT(found.size(), static_cast<std::size_t>(last));  // all that was said to be written
      EXPECT_TRUE(std::ranges::equal(std::span(found).first(last + 1), up_to(last + 1)));
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    begun = last + 1;
  }
  EXPECT_EQ(integrity(folder / "features.db"), "ok");
}

TEST(Cache, SurvivesBeingKilledWhileTheFileIsMade) {
  for (int round = 0; round < 20; ++round) {
    const Folder folder;
    const pid_t child = start([&] {
      Cache cache(folder.path(), "setup");
      for (int i = 0; i < 64; ++i) add(cache, i);
      pause();
    });
    usleep(round * 1000);
    kill(child, SIGKILL);
    wait_for(child);
    testing::internal::CaptureStderr();
    {
      Cache cache(folder.path(), "setup");
      for (int i = 0; i < 10; ++i) add(cache, i);
      cache.flush();
      EXPECT_GE(numbers_in(cache, 64).size(), 10u);
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

}  // namespace
}  // namespace oneormany::features
