#pragma once
// How well a score parts pictures of the classes from those of none.

#include <vector>

#include "base/matrix.h"
#include "metrics/lanes.h"

namespace oneormany::ood {

/// Scores in domain and of unseen pictures, sorted once: the measures of many bootstrap
/// replicates take one walk each.
class Separation {
 public:
  /// right[i]: the prediction for in-domain picture i is right. kept: the share of the right
  /// predictions that a threshold is to keep.
  Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
             const std::vector<double>& unseen, double kept = 0.95);

  /// Of some rows of a sample: their numbers in it, of the pictures in domain and of the unseen
  /// ones. Shares are still of all unseen rows of the sample.
  struct Rows {
    std::vector<int> in_domain, unseen;
  };
  Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
             const std::vector<double>& unseen, double kept, const Rows& rows);

  struct Measures {
    metrics::Lanes<double> passing;  ///< share of unseen that reach what `kept` of the right ones
                                     ///< reach
    metrics::Lanes<double> auroc;    ///< chance that a picture in domain scores higher than an
                                     ///< unseen one; ties count half
    metrics::Lanes<double> fpr95;    ///< share of unseen that reach what 95 % of the pictures in
                                     ///< domain reach
  };
  /// In each replicate.
  Measures measure(const metrics::Times& in_domain_times, const metrics::Times& unseen_times) const;

  /// threshold_keeping() `kept` of the right predictions; where there are none, and nothing to
  /// keep, 1: the highest probability that there is.
  double threshold() const;

 private:
  struct Entry {
    double score;
    int row;
    bool unseen, right;
    bool first, last;  ///< of a step: see the constructor
  };
  std::vector<Entry> falling_;
  std::vector<int> right_;  ///< rows in domain
  double kept_;
};

}  // namespace oneormany::ood
