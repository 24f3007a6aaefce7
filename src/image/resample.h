#pragma once
// Resizing while the picture streams past.

#include <cstdint>
#include <span>
#include <vector>

namespace oneormany::image {

/// How one axis of `in` pixels becomes `out` pixels: out[o] = Σ_t weight(o, t) · in[first(o) + t].
/// Bicubic (Catmull-Rom, a = -0.5), its support stretched when shrinking so that nothing aliases;
/// weights that would fall outside are left out and the rest scaled up, as Pillow does.
/// Weights are integers of kBits bits that sum to exactly 1 << kBits, so that a constant stays
/// the same constant and every machine gets the same pixels.
class Taps {
 public:
  static constexpr int kBits = 16;

  Taps(int in, int out);

  int count() const { return count_; }  ///< the same for every o, at most `in`
  int first(int o) const { return first_[o]; }
  const std::int32_t* weights(int o) const { return weights_.data() + std::size_t{1} * o * count_; }

 private:
  int count_;
  std::vector<int> first_;
  std::vector<std::int32_t> weights_;
};

/// Squishes one picture to size × size RGB. Rows come in from the top; only the few output rows
/// that are under way are held, so memory doesn't grow with the picture's height.
class Resampler {
 public:
  /// `bands`: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha (8 bits, not premultiplied).
  /// Alpha is flattened on white. `out` takes size × size × 3 bytes and must outlive this.
  Resampler(int width, int height, int bands, int size, std::span<std::uint8_t> out);

  /// The next row: width × bands bytes. To be called `height` times.
  void add_row(const std::uint8_t* row);

 private:
  void unpack();
  void shrink_row();
  void write_row(const std::vector<std::int32_t>& sum);

  const int width_, bands_, size_;
  const std::span<std::uint8_t> out_;
  const Taps across_, down_;
  int row_ = 0;                         // rows taken in
  int done_ = 0;                        // rows written to out_
  std::vector<std::uint8_t> before_;    // the last row, as it came in
  std::vector<std::int32_t> pixels_;    // the row, four numbers for each pixel: RGB and padding
  std::vector<std::int32_t> weights_;   // across_, each weight four times, to go with pixels_
  std::vector<std::int32_t> squished_;  // the row, squished, with some bits of fraction
  std::vector<std::uint8_t> bytes_;     // of an output row, four for each pixel
  // Enlarging, the last rows: row r is rows_[r % rows_.size()].
  std::vector<std::vector<std::int32_t>> rows_;
  std::vector<std::vector<std::int32_t>> sums_;  // output row o under way: sums_[o % sums_.size()]
};

}  // namespace oneormany::image
