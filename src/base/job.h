#pragma once
// A job: what can be stopped, and what tells how far it is. A process may run several at once.

#include <atomic>

namespace oneormany::base {

/// Every thread works for one job, its current one: the process's main job, unless a RunAs says
/// another. parallel_for() hands the caller's job on to its threads; a thread that is started
/// otherwise works for the main job (so that one which is left behind outlives no other).
class Job {
 public:
  Job() = default;
  /// A part of `whole`: stopped when that is, quiet if that is; and may be stopped alone. `whole`
  /// must outlive it.
  explicit Job(const Job* whole) : whole_(whole) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Of the process: signals stop it (base/stop.h).
  static Job& main();
  /// Of the calling thread.
  static Job& current();

  /// From any thread, and from within a signal handler: from here on throw_if_stopped() throws on
  /// the job's threads.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_ || (whole_ != nullptr && whole_->stopped()); }

  /// No progress from here on.
  void silence() { quiet_ = true; }
  bool quiet() const { return quiet_ || (whole_ != nullptr && whole_->quiet()); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler may set it
  const Job* const whole_ = nullptr;
  std::atomic<bool> stopped_ = false, quiet_ = false;
};

/// As long as it lives, the calling thread works for `job`, which must outlive it.
class RunAs {
 public:
  explicit RunAs(Job& job);
  ~RunAs();
  RunAs(const RunAs&) = delete;
  RunAs& operator=(const RunAs&) = delete;

 private:
  Job* const before_;
};

}  // namespace oneormany::base
