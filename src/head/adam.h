#pragma once
// AdamW (Kingma, Ba 2015; Loshchilov, Hutter 2019) and the one-cycle schedule (Smith 2018), both
// with fastai's constants.

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "base/matrix.h"

namespace oneormany::head {

/// The learning rate of step `step` of `steps`: from 1/25 of the highest up to it in the first
/// quarter, and down to 1/100,000 of it at the end, both along half a cosine.
inline double one_cycle(double highest, std::size_t step, std::size_t steps) {
  const double at = steps > 1 ? static_cast<double>(step) / static_cast<double>(steps - 1) : 0;
  constexpr double kRise = 0.25;
  const auto between = [](double from, double to, double part) {
    return from + (to - from) * (1 - std::cos(std::numbers::pi * part)) / 2;
  };
  return at < kRise ? between(highest / 25, highest, at / kRise)
                    : between(highest, highest / 1e5, (at - kRise) / (1 - kRise));
}

template <typename T>
class Adam {
 public:
  explicit Adam(std::size_t parameters) : mean_(parameters), square_(parameters) {}

  void start_step() {
    mean_left_ *= kMean;
    square_left_ *= kSquare;
  }

  /// One step of the parameters from `first` on; `decay` is taken off them in proportion.
  void step(std::size_t first, std::span<T> parameters, std::span<const T> gradient, double rate,
            double decay) {
    const auto n = static_cast<Eigen::Index>(parameters.size());
    const Eigen::Map<const Array> g(gradient.data(), n);
    Eigen::Map<Array> p(parameters.data(), n), mean(mean_.data() + first, n),
        square(square_.data() + first, n);
    mean += T(1 - kMean) * (g - mean);
    square += T(1 - kSquare) * (g.square() - square);
    p = p * T(1 - rate * decay) -
        T(rate / (1 - mean_left_)) * mean / ((square / T(1 - square_left_)).sqrt() + T(kEpsilon));
  }

 private:
  using Array = Eigen::Array<T, Eigen::Dynamic, 1>;
  static constexpr double kMean = 0.9, kSquare = 0.99, kEpsilon = 1e-5;
  base::AlignedVector<T> mean_, square_;    // moving averages of the gradient and its square
  double mean_left_ = 1, square_left_ = 1;  // what their start at 0 still counts
};

}  // namespace oneormany::head
