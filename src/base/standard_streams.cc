#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "base/printable.h"

namespace oneormany::base {

void keep_standard_streams() {
  int descriptor = 0;
  do {  // the lowest that is free, each time
    descriptor = open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) close(descriptor);
  std::signal(SIGPIPE, SIG_IGN);
}

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDERR_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void say_line(std::string_view text) { say("oneormany: " + printable(text) + "\n"); }

}  // namespace oneormany::base
