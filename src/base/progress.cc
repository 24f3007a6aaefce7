#include "base/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/standard_streams.h"

namespace oneormany::base {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{1};
constexpr double kSettled = 4;     ///< seconds: from here on the rate tells how long it will take
constexpr double kTelling = 0.02;  ///< share of the work: the same, where steps differ

/// When any progress was last to be seen; at first when the program began.
std::atomic<Clock::time_point> last_sign = Clock::now();

bool on_terminal() {
  static const bool yes = isatty(STDERR_FILENO) != 0;
  return yes;
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  return s < 60 ? fmt::format("{} s", s) : fmt::format("{} min {:02} s", s / 60, s % 60);
}

}  // namespace

Progress::Progress(std::string what, std::optional<std::size_t> total)
    : job_(Job::current()),
      what_(std::move(what)),
      total_(total),
      start_(Clock::now()),
      next_((on_terminal() ? last_sign.load() : start_) + kPatience) {}

Progress::~Progress() {
  if (drawn_) draw(true);
}

void Progress::add(std::size_t steps) {
  step(steps, total_ ? static_cast<double>(steps) / static_cast<double>(*total_) : 0, true);
}

void Progress::add_share(double share) { step(1, share, false); }

void Progress::step(std::size_t steps, double share, bool alike) {
  const std::lock_guard lock(mutex_);
  alike_ = alike;
  done_ += steps;
  share_ += share;
  if (job_.quiet() || Clock::now() < next_) return;
  draw(false);
  next_ = Clock::now() + std::chrono::milliseconds(on_terminal() ? 100 : 5000);
}

void Progress::draw(bool last) {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::string line = fmt::format("{}: {}", what_, done_);
  if (total_) line += fmt::format("/{}", *total_);
  if (alike_) line += fmt::format(", {:.0f}/s", static_cast<double>(done_) / seconds);
  if (last) {
    line += fmt::format(", took {}", duration(seconds));
  } else if (seconds >= kSettled && share_ > 0 && (alike_ || share_ >= kTelling)) {
    line += fmt::format(", {} left", duration(std::max(0.0, seconds * (1 / share_ - 1))));
  }
  if (on_terminal()) {
    const bool leaves_line = !last || now - start_ >= kPatience;
    say(fmt::format("\r\x1b[K{}{}", leaves_line ? line : "", last && leaves_line ? "\n" : ""));
  } else {
    say(line + "\n");
  }
  last_sign = now;
  drawn_ = true;
}

}  // namespace oneormany::base
