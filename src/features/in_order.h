#pragma once
// A stream's pictures in the order of the source.

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "features/stream.h"

namespace oneormany::features {

/// A Sink that hands pictures on one at a time, in the order of their numbers and pages. Those that
/// come before their turn are kept; a thread that makes another one while `most` are kept waits, so
/// that one picture that takes a minute doesn't fill memory with those behind it.
class InOrder {
 public:
  explicit InOrder(Sink sink, std::size_t most = 1024) : sink_(std::move(sink)), most_(most) {}

  void operator()(const Streamed& made);

 private:
  struct Kept {
    Streamed made;
    std::vector<float> features;
  };
  using Place = std::pair<std::size_t, unsigned>;  ///< number and page

  void hand_on(const Streamed& made);

  Sink sink_;
  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable moved_;
  Place next_{0, 1};
  std::map<Place, Kept> kept_;
};

}  // namespace oneormany::features
