#include "base/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace oneormany {
namespace {

bool silent = false;

bool on_terminal() {
  static const bool yes = isatty(STDERR_FILENO) != 0;
  return yes;
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  return s < 60 ? fmt::format("{} s", s) : fmt::format("{} min {:02} s", s / 60, s % 60);
}

}  // namespace

using Clock = std::chrono::steady_clock;

Progress::Progress(std::string what, std::size_t total)
    : what_(std::move(what)),
      total_(total),
      start_(Clock::now()),
      next_(start_ + std::chrono::seconds(1)) {}

Progress::~Progress() {
  if (drawn_) draw(true);
}

void Progress::silence() { silent = true; }

void Progress::add(std::size_t steps) {
  const std::lock_guard lock(mutex_);
  done_ += steps;
  if (silent || Clock::now() < next_) return;
  draw(false);
  next_ = Clock::now() + std::chrono::milliseconds(on_terminal() ? 100 : 5000);
}

void Progress::draw(bool last) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = static_cast<double>(done_) / seconds;
  std::string line = fmt::format("{}: {}/{}, {:.0f}/s", what_, done_, total_, rate);
  if (last) {
    line += fmt::format(", took {}", duration(seconds));
  } else if (done_ > 0) {
    line += fmt::format(", {} left", duration(static_cast<double>(total_ - done_) / rate));
  }
  if (on_terminal()) {
    fmt::print(stderr, "\r\x1b[K{}{}", line, last ? "\n" : "");
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace oneormany
