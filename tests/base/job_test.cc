#include "base/job.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/stop.h"

namespace oneormany::base {
namespace {

using testing::HasSubstr;
using testing::Not;

void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

/// Work without an end, on threads; whether it was stopped.
bool stopped_while_working(Job& job, std::atomic<int>& done) {
  const RunAs as(job);
  try {
    parallel_for(1'000'000, [&](std::size_t) {
      throw_if_stopped();
      ++done;
      wait();
    });
  } catch (const Interrupted&) {
    return true;
  }
  return false;
}

TEST(Job, OfTwoAtOnceOneIsStoppedAndTheOtherGoesOn) {
  Job one, other;
  std::atomic<int> done_by_one = 0, done_by_other = 0;
  std::atomic<bool> other_ended = false;
  bool one_stopped = false, other_stopped = false;
  std::thread first([&] { one_stopped = stopped_while_working(one, done_by_one); });
  std::thread second([&] {
    other_stopped = stopped_while_working(other, done_by_other);
    other_ended = true;
  });
  while (done_by_one == 0 || done_by_other == 0) wait();
  one.stop();
  first.join();
  EXPECT_TRUE(one_stopped);
  const int then = done_by_other;
  while (done_by_other < then + 20) wait();
  EXPECT_FALSE(other_ended);
  EXPECT_NO_THROW(throw_if_stopped());  // this thread works for neither
  other.stop();
  second.join();
  EXPECT_TRUE(other_stopped);
}

TEST(Job, IsHandedOnByParallelForAndGivenBackAfterwards) {
  Job job;
  std::atomic<int> foreign = 0;
  {
    const RunAs as(job);
    for (const int threads : {1, 4}) {
      parallel_for(
          100,
          [&](std::size_t) {
            if (&Job::current() != &job) ++foreign;
            parallel_for(3, [&](std::size_t) {
              if (&Job::current() != &job) ++foreign;
            });
          },
          threads);
    }
  }
  EXPECT_EQ(foreign, 0);
  EXPECT_EQ(&Job::current(), &Job::main());
  // The same threads, now for another.
  parallel_for(
      100,
      [&](std::size_t) {
        if (&Job::current() != &Job::main()) ++foreign;
      },
      4);
  EXPECT_EQ(foreign, 0);
}

TEST(Job, APartIsStoppedAloneOrWithTheWhole) {
  Job whole;
  Job first(&whole), second(&whole);
  first.stop();
  EXPECT_TRUE(first.stopped());
  EXPECT_FALSE(second.stopped());
  EXPECT_FALSE(whole.stopped());
  whole.silence();
  EXPECT_TRUE(second.quiet());
  whole.stop();
  EXPECT_TRUE(second.stopped());
}

TEST(Job, SignalsStopTheMainOneOnly) {
  const pid_t child = fork();
  if (child == 0) {
    stop_on_signals();
    Job other;
    raise(SIGTERM);
    int code = 0;
    try {
      throw_if_stopped();
    } catch (const Interrupted&) {
      code += 1;
    }
    const RunAs as(other);
    try {
      throw_if_stopped();
      code += 2;
    } catch (const Interrupted&) {
    }
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << status;
}

void work_for_a_while(Job& job, const char* what) {
  const RunAs as(job);
  Progress progress(what, {});
  for (int i = 0; i < 13; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    progress.add();
  }
}

TEST(Job, ThatIsQuietTellsNoProgressWhileAnotherDoes) {
  testing::internal::CaptureStderr();
  Job quiet, telling;
  quiet.silence();
  std::thread other([&] { work_for_a_while(quiet, "secret"); });
  work_for_a_while(telling, "told");
  other.join();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("told: 13, "));  // of how many nobody knows
  EXPECT_THAT(said, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace oneormany::base
