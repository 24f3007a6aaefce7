#pragma once
// Measures of one label at a time, for multi-label classification.

#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "metrics/measures.h"
#include "metrics/reliability.h"

namespace oneormany::metrics {

/// 1 where the probability is above the threshold of its row's fold and its label.
LabelMatrix decide(const Matrix& probabilities, const Matrix& thresholds,
                   const std::vector<int>& fold);

/// Scores in falling order, sorted once: the average precision of many bootstrap replicates
/// takes one walk each.
class Ranking {
 public:
  /// `per_row`: how many neighbouring entries belong to one row (of a matrix taken row by row).
  Ranking(const Vector& scores, const Eigen::VectorXi& target, Index per_row = 1);

  /// average_precision() where every entry of row i is there times(i) times. 0 without positives.
  double average_precision(const Eigen::RowVectorXi& times) const;

 private:
  struct Entry {  // small, for there may be millions
    std::uint32_t row : 30;
    std::uint32_t positive : 1;
    std::uint32_t ends_tie : 1;  ///< the next score is lower
  };
  std::vector<Entry> entries_;
};

struct F1OfLabels {
  std::vector<double> each;
  double micro = 0;  ///< of all decisions taken as one long column
  double macro = 0;  ///< mean over labels
};

/// Decisions and the labels they should be, of which few are 1: the F1 of many bootstrap
/// replicates takes one walk over these each.
class Decisions {
 public:
  Decisions(const LabelMatrix& predicted, const LabelMatrix& target);

  /// Where row i is there times(i) times.
  F1OfLabels f1(const Eigen::RowVectorXi& times) const;

 private:
  struct Cell {  // that is decided or should be
    int row, label;
    int both;
    int either;  ///< 2 if it is both
  };
  std::vector<Cell> cells_;
  std::size_t labels_;
};

}  // namespace oneormany::metrics
