#pragma once
// What is unseen judges and chooses nothing: types that keep it so.

#include <utility>

namespace oneormany {

class Choices;

/// A value that can only be read by showing the finished choices. Unseen pictures come in this
/// envelope, so that a function which chooses can't look at them: it has no Choices yet, for it is
/// about to make them.
template <typename T>
class Sealed {
 public:
  explicit Sealed(T value) : value_(std::move(value)) {}
  const T& open(const Choices&) const { return value_; }

 private:
  T value_;
};

}  // namespace oneormany
