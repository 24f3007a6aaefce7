#pragma once
// The operating points of a score, and which one serves an aim best. Inside of thresholds.cc.

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/matrix.h"
#include "metrics/aim.h"
#include "metrics/bootstrap.h"

namespace oneormany::metrics {

/// Rows by falling score, sorted once: bootstrap replicates take one walk down.
class ThresholdSweep {
 public:
  /// How many rows whose prediction is right, whose prediction is wrong, and negatives, for which
  /// any prediction is wrong.
  struct Counts {
    double right = 0, wrong = 0, negative = 0;
    double all() const { return right + wrong + negative; }
  };

  /// Rows down to score `lowest` are accepted; `below` is the next score. None is accepted where
  /// `lowest` is infinite.
  struct OperatingPoint {
    double lowest = std::numeric_limits<double>::infinity();
    double below = -std::numeric_limits<double>::infinity();
    Counts accepted, all;
    bool reachable = false;  ///< the aim is met
    bool chosen = false;     ///< by something that speaks for it
  };

  /// Of one prediction a row; the negatives come after the others. Throws std::invalid_argument
  /// for a score that is not finite, as below.
  ThresholdSweep(const std::vector<double>& scores, const std::vector<bool>& right,
                 const std::vector<double>& negatives);

  /// Of one label: probabilities above 0 can pass, others can't. Rows without it are negatives.
  ThresholdSweep(const Vector& probabilities, const Eigen::VectorXi& target);

  /// The best operating point in each replicate. times: of the rows, and of the negatives if there
  /// are any. Rows that are there 0 times have no part.
  std::vector<OperatingPoint> choose(const Aim& aim, const std::vector<Times>& times) const;

  /// The number that scores are compared with: a score (>=), or of a label a number halfway (>).
  double threshold(const OperatingPoint& point) const;

  /// What a threshold accepts of all rows, each once.
  Counts accepted(double threshold) const { return down_to_[passing(threshold)]; }

  /// kept, precision, answered (ChosenThreshold); NaN for a share of nothing.
  std::array<double, 3> shares(const Counts& accepted, const Counts& all) const;

  /// How many clusters each of the shares is of, at this threshold. cluster_of_row: of the rows and
  /// then of the negatives.
  std::array<double, 3> independent(double threshold, const std::vector<int>& cluster_of_row) const;

 private:
  enum Count : std::uint8_t { kRight, kWrong, kNegative };
  struct Entry {
    double score;
    int row;  ///< of its sample
    Count count;
    bool of_negatives;  ///< the second sample
  };

  void sort(std::vector<Entry> entries);
  template <Aim::Kind kKind>
  std::vector<OperatingPoint> choose_for(const Aim& aim, const std::vector<Times>& times) const;
  std::size_t passing(double threshold) const;
  RowTimes there(const Entry& entry, const std::vector<Times>& times) const {
    return times[entry.of_negatives].of(entry.row);
  }

  bool label_ = false;
  double floor_ = -std::numeric_limits<double>::infinity();
  std::size_t rows_ = 0;  ///< without the negatives' sample
  std::vector<Entry> falling_;
  std::vector<int> right_;       ///< rows whose prediction is right, rising
  std::vector<Counts> down_to_;  ///< of the first i entries
};

}  // namespace oneormany::metrics
