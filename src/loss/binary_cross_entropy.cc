#include <algorithm>
#include <cmath>
#include <utility>

#include "loss/loss.h"

namespace oneormany {
namespace {

class BinaryCrossEntropy final : public Loss {
 public:
  BinaryCrossEntropy(std::vector<double> weights, std::vector<double> positive_weights)
      : weights_(std::move(weights)), positive_weights_(std::move(positive_weights)) {}

  std::string_view name() const override { return "bce_with_logits"; }
  std::string_view activation() const override { return "sigmoid"; }
  void activate(std::span<double> row) const override { sigmoid(row); }
  Index values_per_row(Index columns) const override { return columns; }

  void row(std::span<const double> z, std::span<const double> y, std::span<double> values,
           std::span<double> gradient) const override {
    for (std::size_t c = 0; c < z.size(); ++c) {
      // e = e^−|z| never overflows; log(1 + e) is the part of both logarithms that is not linear.
      const double e = std::exp(-std::abs(z[c]));
      const double log1p_e = std::log1p(e);
      const double minus_log_p = std::max(-z[c], 0.0) + log1p_e;  // −log σ(z)
      const double minus_log_q = std::max(z[c], 0.0) + log1p_e;   // −log (1 − σ(z))
      const double p = z[c] >= 0 ? 1 / (1 + e) : e / (1 + e);
      const double q = z[c] >= 0 ? e / (1 + e) : 1 / (1 + e);
      const double weight = weights_.empty() ? 1 : weights_[c];
      const double positive = (positive_weights_.empty() ? 1 : positive_weights_[c]) * y[c];
      const double negative = 1 - y[c];
      values[c] = weight * ((positive == 0 ? 0 : positive * minus_log_p) +
                            (negative == 0 ? 0 : negative * minus_log_q));
      gradient[c] = weight * (negative * p - positive * q);
    }
  }

  double mean_weight(std::span<const double> y) const override {
    return static_cast<double>(y.size());
  }

 private:
  const std::vector<double> weights_;
  const std::vector<double> positive_weights_;
};

}  // namespace

std::unique_ptr<Loss> bce_with_logits(std::vector<double> weights,
                                      std::vector<double> positive_weights) {
  return std::make_unique<BinaryCrossEntropy>(std::move(weights), std::move(positive_weights));
}

void sigmoid(std::span<double> row) {
  for (double& z : row) {
    const double e = std::exp(-std::abs(z));
    z = z >= 0 ? 1 / (1 + e) : e / (1 + e);
  }
}

}  // namespace oneormany
