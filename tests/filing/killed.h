#pragma once
// Work in a child process that is killed in the middle of it.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

namespace oneormany::filing {

/// Does `work` in a child that is killed after so long. True: it had not ended by itself.
inline bool killed_after(std::chrono::microseconds time, const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  std::this_thread::sleep_for(time);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

}  // namespace oneormany::filing
