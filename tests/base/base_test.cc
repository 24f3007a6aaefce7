#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "tests/program.h"

namespace oneormany::base {
namespace {

TEST(Sha256, AgreesWithTheStandardsExample) {
  const std::string abc = "abc";
  EXPECT_EQ(to_hex(sha256(std::as_bytes(std::span(abc)))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const auto file = std::filesystem::temp_directory_path() / "oneormany-sha256-test";
  const std::string bytes(1'000'003, 'x');
  write_text(file, bytes);
  EXPECT_EQ(sha256_of_file(file), sha256(std::as_bytes(std::span(bytes))));
  std::filesystem::remove(file);
  EXPECT_THROW(sha256_of_file(file), Error);
}

TEST(ParallelFor, CallsEachIndexOnce) {
  std::vector<std::atomic<int>> calls(1000);
  parallel_for(
      calls.size(), [&](std::size_t i) { ++calls[i]; }, 4);
  for (const auto& n : calls) EXPECT_EQ(n, 1);
  parallel_for(0, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, ThrowsWhatTheWorkThrows) {
  std::atomic<int> calls{0};
  const auto work = [&](std::size_t i) {
    ++calls;
    if (i == 3) throw Error("three");
    // So that the others are not through before the one that throws is heard of.
    if (i > 3) std::this_thread::sleep_for(std::chrono::microseconds(1));
  };
  EXPECT_THROW(parallel_for(100'000, work, 4), Error);
  EXPECT_LT(calls, 100'000);
}

TEST(ParallelFor, WorksAgainAfterAnErrorAndFromWithinWork) {
  EXPECT_THROW(parallel_for(
                   10, [](std::size_t) { throw Error("no"); }, 3),
               Error);
  std::atomic<int> calls{0};
  parallel_for(
      20,
      [&](std::size_t) {
        parallel_for(
            5, [&](std::size_t) { ++calls; }, 3);
      },
      3);
  EXPECT_EQ(calls, 100);
}

TEST(ParallelFor, ServesSeveralCallersAtOnce) {
  std::atomic<int> calls{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&] {
        for (int again = 0; again < 200; ++again) {
          parallel_for(
              7, [&](std::size_t) { ++calls; }, 1 + again % 4);
        }
      });
    }
  }
  EXPECT_EQ(calls, 3 * 200 * 7);
}

TEST(ParallelFor, WorksInAForkedProcess) {
  parallel_for(
      4, [](std::size_t) {}, 3);  // so that there are threads that the child won't have
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);  // rather than for ever
    std::atomic<int> calls{0};
    parallel_for(
        50, [&](std::size_t) { ++calls; }, 3);
    _exit(calls == 50 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(ThreadCount, IsWhatTheEnvironmentSays) {
  setenv("ONEORMANY_THREADS", "3", 1);
  EXPECT_EQ(thread_count(), 3);
  unsetenv("ONEORMANY_THREADS");
  EXPECT_GE(thread_count(), 1);
}

TEST(ThreadCount, IsWhatWasSetBeforeAll) {
  setenv("ONEORMANY_THREADS", "3", 1);
  set_thread_count(5);
  EXPECT_EQ(thread_count(), 5);
  set_thread_count(0);
  EXPECT_EQ(thread_count(), 3);
  unsetenv("ONEORMANY_THREADS");
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names{"blackbird", "wren", "robin", "sigmoid_focal"};
  EXPECT_EQ(nearest("Wren", names), "wren");
  EXPECT_EQ(nearest("wern", names), "wren");  // two letters swapped are one slip
  EXPECT_EQ(nearest("blakbrd", names), "blackbird");
  EXPECT_EQ(nearest("focal", names), "sigmoid_focal");  // part of one name alone
  EXPECT_EQ(nearest("focal", {"sigmoid_focal", "softmax_focal"}), std::nullopt);
  EXPECT_EQ(nearest("owl", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
}

TEST(Nearest, ListsWhatMayHaveBeenMeant) {
  const std::vector<std::string> names{"sigmoid_focal", "softmax_focal", "gamma_positive"};
  EXPECT_EQ(likely("sigmod_focal", names), std::vector<std::string>{"sigmoid_focal"});
  EXPECT_EQ(likely("Focal", names), (std::vector<std::string>{"sigmoid_focal", "softmax_focal"}));
  EXPECT_EQ(likely("fcoal", names), (std::vector<std::string>{"sigmoid_focal", "softmax_focal"}));
  EXPECT_EQ(likely("gama", names), std::vector<std::string>{"gamma_positive"});
  EXPECT_TRUE(likely("owl", names).empty());
  EXPECT_TRUE(likely("", names).empty());
}

TEST(Nearest, FindsWholeWords) {
  EXPECT_TRUE(has_word("Asymmetric loss (ASL)", "asl"));
  EXPECT_FALSE(has_word("Asymmetric loss (ASL)", "metric"));
  EXPECT_FALSE(has_word("An A", "a"));
  EXPECT_FALSE(has_word("", ""));
}

}  // namespace
}  // namespace oneormany::base
