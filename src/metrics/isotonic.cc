#include "metrics/isotonic.h"

#include <algorithm>
#include <cmath>

#include "metrics/measures.h"

namespace oneormany::metrics {
namespace {

/// Neighbouring rows that get the same value.
struct Block {
  double first, last;  // x
  double sum, count;   // of y

  double mean() const { return sum / count; }
};

}  // namespace

double Isotonic::at(double x) const {
  const auto above = std::upper_bound(from.begin(), from.end(), x);
  if (above == from.begin()) return to.front();
  if (above == from.end()) return to.back();
  const auto i = static_cast<std::size_t>(above - from.begin());
  return std::lerp(to[i - 1], to[i], (x - from[i - 1]) / (from[i] - from[i - 1]));
}

Isotonic fit_isotonic(const Vector& x, const Vector& y) {
  const Vector falling = -x;
  const std::vector<int> order =
      falling_order(falling.data(), static_cast<std::size_t>(falling.size()));
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < order.size();) {
    Block block{x(order[i]), x(order[i]), 0, 0};
    for (; i < order.size() && x(order[i]) == block.first; ++i) {
      block.sum += y(order[i]);
      ++block.count;
    }
    for (; !blocks.empty() && blocks.back().mean() >= block.mean(); blocks.pop_back()) {
      block.first = blocks.back().first;
      block.sum += blocks.back().sum;
      block.count += blocks.back().count;
    }
    blocks.push_back(block);
  }
  Isotonic fit;
  for (const Block& block : blocks) {
    fit.from.push_back(block.first);
    fit.to.push_back(block.mean());
    if (block.last == block.first) continue;
    fit.from.push_back(block.last);
    fit.to.push_back(block.mean());
  }
  return fit;
}

}  // namespace oneormany::metrics
