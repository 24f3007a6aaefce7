#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

namespace oneormany {

int thread_count() {
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
struct Job {
  const std::function<void(std::size_t)>& work;
  const std::size_t n;
  std::atomic<std::size_t> next{0};
  std::exception_ptr error = nullptr;
  std::mutex error_mutex = {};

  void run() {
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

/// Threads that wait for a job. A loss over a small matrix takes less time than it takes to start
/// one thread, so they stay, and look out for the next job for a moment before they sleep.
class Pool {
 public:
  /// Runs the job on the caller's thread and `helpers` others.
  void run(Job& job, std::size_t helpers) {
    {
      const std::lock_guard lock(mutex_);
      while (threads_.size() < helpers) {
        threads_.emplace_back([this, id = threads_.size()] { serve(id); });
      }
      job_ = &job;
      helpers_ = helpers;
      active_ = helpers;
      ++generation_;
    }
    wake_.notify_all();
    job.run();
    for (int spin = 0; active_ > 0 && spin < kSpins; ++spin) pause();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return active_ == 0; });
    job_ = nullptr;
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      end_ = true;
      ++generation_;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  static constexpr int kSpins = 2000;  // some ten microseconds
  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
  }

  void serve(std::size_t id) {
    for (std::uint64_t seen = 0;;) {
      for (int spin = 0; generation_ == seen && spin < kSpins; ++spin) pause();
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        if (end_) return;
        if (id < helpers_) job = job_;
      }
      if (!job) continue;
      job->run();
      const std::lock_guard lock(mutex_);
      if (--active_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  Job* job_ = nullptr;
  std::size_t helpers_ = 0;
  std::atomic<std::size_t> active_{0};
  std::atomic<std::uint64_t> generation_{0};
  bool end_ = false;
};

/// Held by the call that the pool works for.
std::mutex pool_taken;

}  // namespace

void parallel_for(std::size_t n, const std::function<void(std::size_t)>& work, int threads) {
  if (threads <= 0) threads = thread_count();
  const auto helpers = std::min<std::size_t>(static_cast<std::size_t>(threads), n);
  Job job{work, n};
  std::unique_lock taken(pool_taken, std::defer_lock);
  if (helpers > 1 && taken.try_lock()) {
    static Pool pool;
    pool.run(job, helpers - 1);
  } else {
    job.run();
  }
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace oneormany
