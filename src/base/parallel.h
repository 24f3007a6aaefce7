#pragma once

#include <cstddef>
#include <functional>

namespace oneormany::base {

/// How many threads this process may use at once: what set_thread_count() said, or the number in
/// the environment variable ONEORMANY_THREADS, or the processors it is allowed to run on. At
/// least 1.
int thread_count();

/// From here on thread_count() is n; 0: what it was without this.
void set_thread_count(int n);

/// Calls work(i) for each i in [0, n), on up to `threads` threads (0: thread_count()), of which the
/// caller is one. Indices are handed out in order, one at a time. The first exception thrown by
/// `work` stops the hand-out and is thrown again here after every call has ended.
/// The threads are kept for the next call. While they are at work for somebody, another call (one
/// from within `work` too) does its work on its own thread alone. They work for the caller's job
/// (base/job.h).
void parallel_for(std::size_t n, const std::function<void(std::size_t)>& work, int threads = 0);

}  // namespace oneormany::base
