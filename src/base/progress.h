#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

#include "base/job.h"

namespace oneormany::base {

/// Progress on standard error, for work that takes over a second: "done/total, rate, time left".
/// On a terminal one line is redrawn. It comes when there has been no sign of life for a second,
/// so that many short pieces of work one after the other aren't silent for long; of a piece that is
/// over within a second no line stays. Elsewhere a plain line comes every few seconds, and none of
/// what is over within the first. Says nothing of a quiet job.
/// add() may be called from any thread.
class Progress {
 public:
  /// `what` names the work ("pictures"), `total` is how many steps it has; none: nobody knows.
  Progress(std::string what, std::optional<std::size_t> total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::size_t steps = 1);

  /// A step that is such a share of the whole work. Where steps cost differently the time left
  /// follows from these, and no rate is shown.
  void add_share(double share);

 private:
  void step(std::size_t steps, double share, bool alike);
  void draw(bool last);

  const Job& job_;  // that it was made for
  const std::string what_;
  const std::optional<std::size_t> total_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
  std::size_t done_ = 0;
  double share_ = 0;   // of the work that is done
  bool alike_ = true;  // the steps
  bool drawn_ = false;
  std::mutex mutex_;
};

}  // namespace oneormany::base
