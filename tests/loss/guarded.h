#pragma once
// Memory that nothing may be read or written behind.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <ranges>
#include <span>

namespace oneormany::loss {

/// Numbers whose end is the end of a page, and the next page is not to be touched: one step too far
/// ends the program.
template <typename T>
class Guarded {
 public:
  explicit Guarded(std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t bytes = (size * sizeof(T) + page - 1) / page * page;
    length_ = bytes + page;
    memory_ = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    char* const end = static_cast<char*>(memory_) + bytes;
    if (mprotect(end, page, PROT_NONE) != 0) {
      munmap(memory_, length_);
      throw std::bad_alloc();
    }
    numbers_ = {reinterpret_cast<T*>(end) - size, size};
  }
  /// With these numbers.
  template <std::ranges::range Numbers>
  explicit Guarded(const Numbers& numbers) : Guarded(std::size(numbers)) {
    std::transform(std::begin(numbers), std::end(numbers), numbers_.begin(),
                   [](auto number) { return static_cast<T>(number); });
  }
  ~Guarded() { munmap(memory_, length_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  T* data() const { return numbers_.data(); }
  std::span<T> all() const { return numbers_; }

 private:
  void* memory_ = nullptr;
  std::size_t length_ = 0;
  std::span<T> numbers_;
};

}  // namespace oneormany::loss
