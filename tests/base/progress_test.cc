#include "base/progress.h"

#include <gmock/gmock.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace oneormany::base {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// What a child process that does the work says on its standard error.
std::string said_by(const std::function<void()>& work, bool terminal) {
  int from = -1, to = -1;
  if (terminal) {
    EXPECT_EQ(openpty(&from, &to, nullptr, nullptr, nullptr), 0);
  } else {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    from = ends[0];
    to = ends[1];
  }
  const pid_t child = fork();
  if (child == 0) {
    dup2(to, STDERR_FILENO);
    work();
    _exit(0);
  }
  close(to);
  std::string predictions;
  std::array<char, 4096> some{};
  for (ssize_t n; (n = read(from, some.data(), some.size())) > 0;) {
    predictions.append(some.data(), static_cast<std::size_t>(n));
  }
  close(from);
  waitpid(child, nullptr, 0);
  return predictions;
}

void pieces(int count, int tenths) {
  for (int i = 0; i < count; ++i) {
    Progress progress("piece " + std::to_string(i), static_cast<std::size_t>(tenths));
    for (int step = 0; step < tenths; ++step) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      progress.add();
    }
  }
}

TEST(Progress, OfManyShortPiecesIsSeenOnATerminalButLeavesNoLines) {
  EXPECT_THAT(said_by([] { pieces(15, 1); }, true),
              AllOf(HasSubstr(": 1/1, "), Not(HasSubstr("took")), Not(HasSubstr("\n"))));
}

TEST(Progress, OfALongPieceLeavesALineOnATerminal) {
  EXPECT_THAT(said_by([] { pieces(1, 13); }, true),
              AllOf(HasSubstr("piece 0: 13/13, "), HasSubstr(" s\r\n")));
}

TEST(Progress, ElsewhereComesOfLongPiecesOnly) {
  EXPECT_EQ(said_by([] { pieces(15, 1); }, false), "");
  EXPECT_THAT(said_by([] { pieces(1, 13); }, false), HasSubstr("piece 0: 13/13"));
}

TEST(Progress, IsSilentWhereThatIsWanted) {
  const auto silently = [] {
    Job::current().silence();
    pieces(1, 13);
  };
  EXPECT_EQ(said_by(silently, true), "");
}

}  // namespace
}  // namespace oneormany::base
