#include "base/parallel.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "base/job.h"

namespace oneormany::base {

namespace {
std::atomic<int> chosen_threads{0};
}

void set_thread_count(int n) { chosen_threads = n; }

int thread_count() {
  if (const int n = chosen_threads; n > 0) return n;
  if (const char* wish = std::getenv("ONEORMANY_THREADS")) {
    if (const int n = std::atoi(wish); n > 0) return n;
  }
#ifdef __linux__
  // A container often grants fewer processors than the machine has.
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

namespace {

/// One call of parallel_for.
struct Call {
  const std::function<void(std::size_t)>& work;
  const std::size_t n;
  std::atomic<std::size_t> next{0};
  std::exception_ptr error = nullptr;
  std::mutex error_mutex = {};
  Job& job = Job::current();  ///< the caller's

  void run() {
    const RunAs as(job);
    for (std::size_t i; (i = next++) < n;) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        next = n;
      }
    }
  }
};

/// Threads that wait for work. A loss over a small matrix takes less time than it takes to start
/// one thread, so they stay, and look out for the next call for a moment before they sleep. They
/// are never ended: a program may leave while they sleep, or from within a call.
class Pool {
 public:
  /// Does the work on the caller's thread, and on up to `helpers` others that come while there is
  /// something left to do.
  void run(Call& call, std::size_t helpers) {
    {
      const std::lock_guard lock(mutex_);
      for (; threads_ < helpers; ++threads_) std::thread([this] { serve(); }).detach();
      call_ = &call;
      wanted_ = helpers;
      ++generation_;
    }
    wake_.notify_all();
    call.run();
    std::unique_lock lock(mutex_);
    call_ = nullptr;
    done_.wait(lock, [this] { return active_ == 0; });
  }

 private:
  static constexpr int kSpins = 2000;  // some ten microseconds to a hundred
  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
  }

  void serve() {
    for (std::uint64_t seen = 0;;) {
      for (int spin = 0; generation_ == seen && spin < kSpins; ++spin) pause();
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_ != seen; });
      seen = generation_;
      if (!call_ || wanted_ == 0) continue;
      Call* call = call_;
      --wanted_;
      ++active_;
      lock.unlock();
      call->run();
      lock.lock();
      if (--active_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::size_t threads_ = 0;
  Call* call_ = nullptr;
  std::size_t wanted_ = 0, active_ = 0;
  std::atomic<std::uint64_t> generation_{0};
};

/// Set while the pool works for somebody.
std::atomic_flag pool_taken;

/// The process' own: after a fork() the threads are with the parent.
Pool& pool() {
  static Pool* pool = nullptr;
  static int process = 0;
  if (!pool || process != getpid()) {
    pool = new Pool;
    process = getpid();
  }
  return *pool;
}

}  // namespace

void parallel_for(std::size_t n, const std::function<void(std::size_t)>& work, int threads) {
  if (threads <= 0) threads = thread_count();
  const auto helpers = std::min<std::size_t>(static_cast<std::size_t>(threads), n);
  Call call{work, n};
  if (helpers > 1 && !pool_taken.test_and_set()) {
    pool().run(call, helpers - 1);
    pool_taken.clear();
  } else {
    call.run();
  }
  if (call.error) std::rethrow_exception(call.error);
}

}  // namespace oneormany::base
