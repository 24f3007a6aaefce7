#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace oneormany::image {
namespace {

// Bits of fraction kept between the two passes. 255 · 1.25² (the kernel's lobes, twice) with
// kExtra + kBits bits of fraction still fits into 31 bits.
constexpr int kExtra = 6;

double bicubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

// Numbers side by side: one pixel, two pixels. GCC and Clang turn them into what the machine has.
using Ints4 = std::int32_t __attribute__((vector_size(16)));
using Ints8 = std::int32_t __attribute__((vector_size(32)));

int round_up_to_even(int n) { return n + n % 2; }

}  // namespace

Taps::Taps(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double stretch = std::max(scale, 1.0);
  count_ = static_cast<int>(std::min<double>(in, std::ceil(4 * stretch) + 1));
  first_.resize(out);
  weights_.resize(std::size_t{1} * out * count_);
  std::vector<double> exact(count_);
  for (int o = 0; o < out; ++o) {
    const double centre = (o + 0.5) * scale;
    first_[o] = std::clamp(static_cast<int>(std::floor(centre - 2 * stretch)), 0, in - count_);
    double sum = 0;
    for (int t = 0; t < count_; ++t) {
      sum += exact[t] = bicubic((first_[o] + t + 0.5 - centre) / stretch);
    }
    // Rounding the running sum, not each weight, makes the total exact.
    double running = 0;
    long before = 0;
    for (int t = 0; t < count_; ++t) {
      running += exact[t] / sum;
      const long now = std::lround(running * (1 << kBits));
      weights_[std::size_t{1} * o * count_ + t] = static_cast<std::int32_t>(now - before);
      before = now;
    }
  }
}

Resampler::Resampler(int width, int height, int bands, int size, std::span<std::uint8_t> out)
    : width_(width),
      bands_(bands),
      size_(size),
      out_(out),
      across_(width, size),
      down_(height, size),
      before_(std::size_t{1} * width * bands),
      pixels_(4 * (std::size_t{1} * width + 1)),
      squished_(std::size_t{4} * size),
      bytes_(squished_.size()) {
  const int count = round_up_to_even(across_.count());
  weights_.resize(std::size_t{4} * count * size);
  for (int o = 0; o < size; ++o) {
    for (int t = 0; t < across_.count(); ++t) {
      std::fill_n(weights_.begin() + 4 * (std::ptrdiff_t{1} * o * count + t), 4,
                  across_.weights(o)[t]);
    }
  }
  if (height <= size) {
    // A row goes into many, so it is kept rather than they.
    rows_.assign(static_cast<std::size_t>(down_.count()), squished_);
    sums_.assign(1, squished_);
    return;
  }
  // Output rows whose taps overlap are under way together.
  int together = 1;
  for (int from = 0, to = 0; to < size; ++to) {
    while (down_.first(from) + down_.count() <= down_.first(to)) ++from;
    together = std::max(together, to - from + 1);
  }
  sums_.assign(together, std::vector<std::int32_t>(squished_.size()));
}

void Resampler::add_row(const std::uint8_t* row) {
  // In drawings four rows in ten are like the one before.
  if (row_ == 0 || std::memcmp(row, before_.data(), before_.size()) != 0) {
    std::memcpy(before_.data(), row, before_.size());
    unpack();
    shrink_row();
  }
  const auto add = [](std::int32_t weight, const std::vector<std::int32_t>& from,
                      std::vector<std::int32_t>& sum) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * from[i];
  };
  if (rows_.empty()) {
    for (int o = done_; o < size_ && down_.first(o) <= row_; ++o) {
      add(down_.weights(o)[row_ - down_.first(o)], squished_, sums_[o % sums_.size()]);
    }
  } else {
    rows_[row_ % rows_.size()] = squished_;
  }
  ++row_;
  for (; done_ < size_ && down_.first(done_) + down_.count() == row_; ++done_) {
    auto& sum = sums_[done_ % sums_.size()];
    for (int t = 0; !rows_.empty() && t < down_.count(); ++t) {
      add(down_.weights(done_)[t], rows_[(down_.first(done_) + t) % rows_.size()], sum);
    }
    write_row(sum);
    std::fill(sum.begin(), sum.end(), 0);
  }
}

void Resampler::write_row(const std::vector<std::int32_t>& sum) {
  constexpr int kShift = Taps::kBits + kExtra;
  const std::int32_t* from = sum.data();
  std::uint8_t* bytes =
      bytes_.data();  // a name of its own, else each byte might change the vectors
  const std::size_t count = sum.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t value = (from[i] + (1 << (kShift - 1))) >> kShift;
    bytes[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
  std::uint8_t* to = out_.data() + std::size_t{3} * done_ * size_;
  // Four bytes at a time; the next pixel covers the padding.
  for (int o = 0; o + 1 < size_; ++o) std::memcpy(to + 3 * o, bytes + 4 * o, 4);
  std::memcpy(to + 3 * (size_ - 1), bytes + 4 * (size_ - 1), 3);
}

void Resampler::unpack() {
  const std::uint8_t* row = before_.data();
  std::int32_t* to = pixels_.data();
  switch (bands_) {
    case 1:
      for (int x = 0; x < width_; ++x) std::fill_n(to + 4 * x, 4, row[x]);
      return;
    case 2:
      for (int x = 0; x < width_; ++x) {
        std::fill_n(to + 4 * x, 3, row[2 * x]);
        to[4 * x + 3] = row[2 * x + 1];
      }
      break;
    case 3:
      for (int x = 0; x < width_; ++x) std::copy_n(row + 3 * x, 3, to + 4 * x);
      return;
    default:
      std::copy_n(row, 4 * width_, to);
  }
  for (int x = 0; x < width_; ++x) {
    if (to[4 * x + 3] == 255) continue;  // as most are
    Ints4 pixel;
    std::memcpy(&pixel, to + 4 * x, sizeof(pixel));
    const Ints4 hidden = (255 - pixel) * pixel[3] + 128;  // 255 times how far from white
    pixel = 255 - ((hidden + (hidden >> 8)) >> 8);        // divided by 255 and rounded
    std::memcpy(to + 4 * x, &pixel, sizeof(pixel));
  }
}

void Resampler::shrink_row() {
  const int count = round_up_to_even(across_.count());
  for (int o = 0; o < size_; ++o) {
    const std::int32_t* from = pixels_.data() + std::size_t{4} * across_.first(o);
    const std::int32_t* weights = weights_.data() + std::size_t{4} * o * count;
    Ints8 sum = {};
    for (int t = 0; t < count; t += 2) {
      Ints8 two, weight;
      std::memcpy(&two, from + 4 * t, sizeof(two));
      std::memcpy(&weight, weights + 4 * t, sizeof(weight));
      sum += weight * two;
    }
    constexpr int kShift = Taps::kBits - kExtra;
    Ints4 half[2];
    std::memcpy(half, &sum, sizeof(half));
    half[0] = (half[0] + half[1] + (1 << (kShift - 1))) >> kShift;
    std::memcpy(squished_.data() + 4 * o, half, sizeof(half[0]));
  }
}

}  // namespace oneormany::image
