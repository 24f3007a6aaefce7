#pragma once

#include <cstddef>
#include <functional>

namespace oneormany {

/// How many threads this process may use at once: the processors it is allowed to run on, or
/// the number in the environment variable ONEORMANY_THREADS. At least 1.
int thread_count();

/// Calls work(i) for each i in [0, n), on up to `threads` threads (0: thread_count()).
/// Indices are handed out in order, one at a time. The first exception thrown by `work` stops
/// the hand-out and is thrown again here after every thread has ended.
void parallel_for(std::size_t n, const std::function<void(std::size_t)>& work, int threads = 0);

}  // namespace oneormany
