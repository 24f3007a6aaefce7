#include "features/in_order.h"

#include <chrono>

#include "base/stop.h"

namespace oneormany::features {

void InOrder::operator()(const Streamed& made) {
  const Place place{made.number, made.page};
  std::unique_lock lock(mutex_);
  // Files are begun in their order and a file's pages likewise, so somebody is at work on the next
  // one: it is never waited for in vain.
  while (place != next_ && kept_.size() >= most_) {
    base::throw_if_stopped();
    moved_.wait_for(lock, std::chrono::milliseconds(50));
  }
  if (place != next_) {
    const auto [kept, is_new] =
        kept_.try_emplace(place, made, std::vector(made.features.begin(), made.features.end()));
    kept->second.made.features = kept->second.features;
    return;
  }
  hand_on(made);
  for (auto first = kept_.begin(); first != kept_.end() && first->first == next_;
       first = kept_.erase(first)) {
    hand_on(first->second.made);
  }
  moved_.notify_all();
}

void InOrder::hand_on(const Streamed& made) {
  sink_(made);
  next_ = made.page < made.pages ? Place{made.number, made.page + 1} : Place{made.number + 1, 1};
}

}  // namespace oneormany::features
