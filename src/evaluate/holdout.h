#pragma once
// Unseen pictures select nothing: a type that keeps it so.

#include <utility>

namespace oneormany::evaluate {

class Selection;

/// A value that only a finished Selection opens. Unseen pictures are handed around in it, so that a
/// function which selects can't look at them: it has no Selection yet, for it is about to make one.
template <typename T>
class Holdout {
 public:
  explicit Holdout(T value) : value_(std::move(value)) {}
  const T& open(const Selection&) const { return value_; }

 private:
  T value_;
};

}  // namespace oneormany::evaluate
