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

  /// average_precision() in each replicate: every entry is there as often as its row. 0 without
  /// positives.
  Lanes<double> average_precision(const Times& times) const;

 protected:
  struct Entry {  // small, for there may be millions
    std::uint32_t row : 30;
    std::uint32_t positive : 1;
    std::uint32_t counts : 1;  ///< the last one of its score, of which at least one is positive
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
    Lanes<double> plain;      ///< average_precision()
    Lanes<double> of_others;  ///< likewise 0 without positives
  };
  /// Requires that all rows of a cluster are there equally often.
  Both average_precisions(const Times& times) const;

  /// How many clusters have a positive.
  double positives() const { return clusters_; }

 private:
  struct Positive {
    Index row = 0;
    int own_positives = 0, own_rows = 0;  ///< of its cluster, that score no lower
    int own_total = 0;                    ///< positives of its cluster
    double precision = 0;                 ///< of others, on all rows
  };

  /// Calls visit(positive, its times, precision of others). Returns the plain average precision.
  template <typename Visit>
  Lanes<double> walk(const Times& times, Visit visit) const;

  std::vector<Positive> positives_;  ///< in the order of entries_
  double clusters_ = 0;
};

struct F1OfLabels {
  std::vector<Lanes<double>> each;
  Lanes<double> micro{};  ///< of all decisions taken as one long column
  Lanes<double> macro{};  ///< mean over labels
};

/// Decisions and the labels they should be, of which few are 1: the F1 of many bootstrap
/// replicates takes one walk over these.
class Decisions {
 public:
  Decisions(const LabelMatrix& predicted, const LabelMatrix& target);

  /// In each replicate. A label that no row has or gets counts as 0 in the macro F1; but where that
  /// is so in these rows only, as in bootstrap replicates, it doesn't count.
  F1OfLabels f1(const Times& times) const;

 private:
  struct Label {  // rows for which it is decided and should be, or only one of these
    std::vector<int> both, one;
  };
  std::vector<Label> labels_;
};

}  // namespace oneormany::metrics
