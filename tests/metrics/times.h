#pragma once
// Rows that are there several times, written by hand.

#include <vector>

#include "metrics/lanes.h"

namespace oneormany::metrics {

/// Owns the counts that Times refers to. lanes[l](i): how often row i is there in lane l; in the
/// lanes after these nothing is.
class WrittenTimes {
 public:
  explicit WrittenTimes(const std::vector<Eigen::RowVectorXi>& lanes)
      : rows_(lanes[0].size()), counts_(kLanes * static_cast<std::size_t>(rows_)) {
    for (std::size_t l = 0; l < lanes.size(); ++l) {
      for (Index i = 0; i < rows_; ++i) {
        counts_[kLanes * static_cast<std::size_t>(i) + l] = static_cast<std::uint8_t>(lanes[l](i));
      }
    }
  }
  Times times() const { return {counts_.data(), nullptr, rows_}; }

 private:
  Index rows_;
  std::vector<std::uint8_t> counts_;
};

}  // namespace oneormany::metrics
