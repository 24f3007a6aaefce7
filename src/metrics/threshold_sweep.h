#pragma once
// Where the answers given may end, and which end serves an aim best. Inside of thresholds.cc.

#include <array>
#include <limits>
#include <vector>

#include "base/matrix.h"
#include "metrics/aim.h"
#include "metrics/bootstrap.h"

namespace oneormany::metrics {

/// Rows by falling score, sorted once: each bootstrap draw takes one walk down.
class ThresholdSweep {
 public:
  /// How many rows that are answered right, answered wrong, and of which any answer is wrong.
  struct Counts {
    double right = 0, wrong = 0, negative = 0;
    double all() const { return right + wrong + negative; }
  };

  /// The answers given end with those of score `lowest`; `below` is the next score. Nothing is
  /// answered where `lowest` is infinite.
  struct OperatingPoint {
    double lowest = std::numeric_limits<double>::infinity();
    double below = -std::numeric_limits<double>::infinity();
    Counts given, all;
    bool reachable = false;  ///< the aim is met
    bool chosen = false;     ///< by something that speaks for it
  };

  /// Of one answer a row; the rows of `never` come after the others. Throws std::invalid_argument
  /// for a score that is not finite, as below.
  ThresholdSweep(const std::vector<double>& scores, const std::vector<bool>& right,
                 const std::vector<double>& negatives);

  /// Of one label: probabilities above 0 can pass, others can't. Rows without it are `never`.
  ThresholdSweep(const Vector& probabilities, const Eigen::VectorXi& target);

  Index rows() const { return static_cast<Index>(falling_.size()); }

  /// The best cut of rows that were drawn that often.
  OperatingPoint choose(const Aim& aim, const Times& times) const;

  /// The number that answers are compared with: a score (>=), or of a label a number halfway (>).
  double threshold(const OperatingPoint& point) const;

  /// What a threshold gives of all rows, each once.
  Counts given(double threshold) const { return down_to_[passing(threshold)]; }

  /// kept, precision, answered, never_answered (ChosenThreshold); NaN for a share of nothing.
  std::array<double, 4> shares(const Counts& given, const Counts& all) const;

  /// How many clusters each of the shares is of, at this threshold.
  std::array<double, 4> independent(double threshold, const std::vector<int>& cluster_of_row) const;

 private:
  using Kind = double Counts::*;
  struct Entry {
    double score;
    Index row;
    Kind kind;
  };

  void add(double score, Kind kind);
  void sort();
  std::size_t passing(double threshold) const;

  /// Calls visit(cut) for each place where the answers given may end, the highest score first,
  /// until it says false. Rows that weren't drawn have no part.
  template <typename Visit>
  void walk(const Times& times, Visit visit) const;

  bool label_ = false;
  double floor_ = -std::numeric_limits<double>::infinity();
  std::vector<Entry> falling_;
  std::vector<Counts> down_to_;  ///< of the first i entries
};

}  // namespace oneormany::metrics
