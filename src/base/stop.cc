#include "base/stop.h"

#include <csignal>

#include "base/error.h"
#include "base/job.h"

namespace oneormany::base {
namespace {

extern "C" void on_signal(int signal) {
  Job::main().stop();
  std::signal(signal, SIG_DFL);
}

}  // namespace

void stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void throw_if_stopped() {
  if (Job::current().stopped()) throw Interrupted();
}

}  // namespace oneormany::base
