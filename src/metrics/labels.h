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

 protected:
  struct Entry {  // small, for there may be millions
    std::uint32_t row : 30;
    std::uint32_t positive : 1;
    std::uint32_t ends_tie : 1;  ///< the next score is lower
  };
  std::vector<Entry> entries_;
};

/// Average precision as those pictures see it that are to come. In a few pictures each positive
/// counts itself among those found, which lifts average precision above that of all pictures; drawn
/// twice it counts itself twice, so that bootstrap replicates are higher still. *Of others*, the
/// precision at a positive leaves out its own picture, with the share of positives as it is:
///     a K / (K − 1) / (a K / (K − 1) + b)
/// of a positives and b negatives that score no lower, and K positives in all. It is right on
/// average, for a sample and for its replicates. Where nothing else scores as high it is (K + 1) /
/// (K + 2), by Laplace's rule of K clusters, and in a replicate what it is on all rows.
class RankingOfOthers : public Ranking {
 public:
  /// cluster_of_row: rows of one picture or of its copies.
  RankingOfOthers(const Vector& scores, const Eigen::VectorXi& target,
                  const std::vector<int>& cluster_of_row);

  struct Both {
    double plain = 0;      ///< average_precision()
    double of_others = 0;  ///< likewise 0 without positives
  };
  /// Where row i is there times(i) times, and all rows of a cluster equally often.
  Both average_precisions(const Eigen::RowVectorXi& times) const;

  /// How many clusters have a positive.
  double positives() const { return clusters_; }

 private:
  struct Positive {
    Index row;
    int own_positives = 0, own_rows = 0;  ///< of its cluster, that score no lower
    int own_total = 0;                    ///< positives of its cluster
    double precision = 0;                 ///< of others, on all rows
  };

  /// Calls visit(positive, times, precision of others) for those that are there. Returns the plain
  /// average precision.
  template <typename Visit>
  double walk(const Eigen::RowVectorXi& times, Visit visit) const;

  std::vector<Positive> positives_;  ///< in the order of entries_
  double clusters_ = 0;
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

  /// Where row i is there times(i) times. A label that no row has or gets counts as 0 in the macro
  /// F1; but where that is so in these rows only, as in bootstrap replicates, it doesn't count.
  F1OfLabels f1(const Eigen::RowVectorXi& times) const;

 private:
  struct Cell {  // that is decided or should be
    int row, label;
    int both;
    int either;  ///< 2 if it is both
  };
  std::vector<Cell> cells_;
  std::size_t labels_;
  double some_ = 0;  ///< labels that a row has or gets
};

}  // namespace oneormany::metrics
