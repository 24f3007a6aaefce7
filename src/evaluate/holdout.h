#pragma once
// What is unseen judges and chooses nothing: types that keep it so.

#include <utility>

namespace oneormany::evaluate {

class Selection;

/// A value that can only be read by showing the finished choices. Unseen pictures come in this
/// envelope, so that a function which chooses can't look at them: it has no Choices yet, for it is
/// about to make them.
template <typename T>
class Holdout {
 public:
  explicit Holdout(T value) : value_(std::move(value)) {}
  const T& open(const Selection&) const { return value_; }

 private:
  T value_;
};

}  // namespace oneormany::evaluate
