#include <algorithm>
#include <cmath>
#include <utility>

#include "loss/loss.h"

namespace oneormany {
namespace {

class CrossEntropy final : public Loss {
 public:
  CrossEntropy(double smoothing, std::vector<double> weights)
      : smoothing_(smoothing), weights_(std::move(weights)) {}

  std::string_view name() const override { return "cross_entropy"; }
  std::string_view activation() const override { return "softmax"; }
  void activate(std::span<double> row) const override { softmax(row); }
  Index values_per_row(Index) const override { return 1; }

  void row(std::span<const double> z, std::span<const double> y, std::span<double> values,
           std::span<double> gradient) const override {
    // −Σ t_c log p_c with t = w y (smoothed), and log p_c = z_c − max − log Σ e^(z − max):
    // gradient_c = p_c Σ t − t_c.
    const double top = *std::max_element(z.begin(), z.end());
    double exp_sum = 0;
    for (std::size_t c = 0; c < z.size(); ++c) exp_sum += gradient[c] = std::exp(z[c] - top);
    const double log_sum = std::log(exp_sum);
    const double spread = smoothing_ / static_cast<double>(z.size());
    double value = 0, target_sum = 0;
    for (std::size_t c = 0; c < z.size(); ++c) {
      const double target = weight(c) * ((1 - smoothing_) * y[c] + spread);
      if (target != 0) value -= target * (z[c] - top - log_sum);
      target_sum += target;
    }
    for (std::size_t c = 0; c < z.size(); ++c) {
      const double target = weight(c) * ((1 - smoothing_) * y[c] + spread);
      gradient[c] = gradient[c] / exp_sum * target_sum - target;
    }
    values[0] = value;
  }

  double mean_weight(std::span<const double> y) const override {
    double sum = 0;
    for (std::size_t c = 0; c < y.size(); ++c) sum += weight(c) * y[c];
    return sum;
  }

 private:
  double weight(std::size_t c) const { return weights_.empty() ? 1 : weights_[c]; }

  const double smoothing_;
  const std::vector<double> weights_;
};

}  // namespace

std::unique_ptr<Loss> cross_entropy(double label_smoothing, std::vector<double> weights) {
  return std::make_unique<CrossEntropy>(label_smoothing, std::move(weights));
}

void softmax(std::span<double> row) {
  const double top = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& z : row) sum += z = std::exp(z - top);
  for (double& z : row) z /= sum;
}

}  // namespace oneormany
