#include "base/stop.h"

#include <csignal>

#include "base/error.h"

namespace oneormany::base {
namespace {

volatile std::sig_atomic_t stop_flag = 0;

extern "C" void on_signal(int signal) {
  stop_flag = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void throw_if_stopped() {
  if (stop_flag) throw Interrupted();
}

}  // namespace oneormany::base
