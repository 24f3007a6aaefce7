#pragma once
// Whether predictions with 80 % are right 8 times in 10: reliability diagrams (DeGroot & Fienberg
// 1983) and the expected calibration error (Naeini et al. 2015), from the same bins.

#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "metrics/bootstrap.h"

namespace oneormany::metrics {

/// One bar of a reliability diagram.
struct ReliabilityBin {
  double count = 0;             ///< predictions in the bin
  double mean_probability = 0;  ///< of these; 0 where there are none
  double share = 0;             ///< of these that are right; 0 where there are none
};

/// Predictions in `bins` bins (lo, hi] of equal width by their confidence, sorted once: the
/// calibration error of many bootstrap replicates takes one walk each.
class Confidence {
 public:
  /// right(i): 1 if the prediction of probability confidence(i) is right. `per_row`: how many
  /// neighbouring ones belong to one row (of a matrix taken row by row).
  Confidence(const Vector& confidence, const Eigen::VectorXi& right, Index per_row = 1,
             int bins = 15);

  /// Each row once.
  double ece() const { return replicate(Times::once(rows_)).ece[0]; }

  /// In each replicate, what ece_interval() is made of.
  struct Replicates {
    /// Σ_bins share of the predictions · |mean confidence − share right|. 0 without predictions.
    Lanes<double> ece{};
    Lanes<double> distance{};  ///< Σ_bins |gap − the gap of all rows, each once|
  };
  Replicates replicate(const Times& times) const;

  std::vector<ReliabilityBin> reliability() const;  ///< each row once

 private:
  struct Cell {  // what a row has in a bin
    int row, count = 0;
    double confidence = 0, right = 0;  ///< sums
  };
  std::vector<Lanes<double>> gaps(const Times& times) const;  ///< of each bin, signed

  std::vector<std::vector<Cell>> cells_;  ///< of each bin
  Index rows_, per_row_;
  std::vector<double> gaps_;  ///< each row once
};

/// The 95 % interval of an ECE, from bootstrap replicates. Chance widens each bin's gap, so that an
/// ECE is too high, of a perfect model most of all. It can't be off by more than its gaps are
/// together (the triangle inequality), so the low end is `value` less the 97.5th percentile of the
/// distances. The high end is that of the basic interval (Davison & Hinkley 1997) at 98 %. Not
/// below 0, and the value is in it.
Interval ece_interval(double value, const std::vector<double>& eces,
                      const std::vector<double>& distances);

/// The most probable class of each row, and whether it is among the row's labels.
Confidence confidence_of_best(const Eigen::Ref<const Matrix>& probabilities,
                              const std::vector<std::vector<int>>& labels);

/// Every probability of every row, and whether the row has that label.
Confidence confidence_of_all(const Eigen::Ref<const Matrix>& probabilities,
                             const std::vector<std::vector<int>>& labels);

}  // namespace oneormany::metrics
