#pragma once
// How well a score parts pictures of the classes from those of none.

#include <vector>

#include "base/matrix.h"

namespace oneormany::ood {

/// Scores in domain and of unseen pictures, sorted once: the measures of many bootstrap
/// replicates take one walk each.
class Separation {
 public:
  /// right[i]: the prediction for in-domain picture i is right. kept: the share of the right
  /// predictions that a threshold is to keep.
  Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
             const std::vector<double>& unseen, double kept = 0.95);

  struct Measures {
    double passing = 0;  ///< share of unseen that reach what `kept` of the right ones reach
    double auroc = 0;    ///< chance that a picture in domain scores higher than an unseen one; ties
                         ///< count half
    double fpr95 = 0;    ///< share of unseen that reach what 95 % of the pictures in domain reach
  };
  /// Where row i of a sample is there times(i) times.
  Measures measure(const Eigen::RowVectorXi& in_domain_times,
                   const Eigen::RowVectorXi& unseen_times) const;

  /// threshold_keeping() `kept` of the right predictions; where there are none, and nothing to
  /// keep, 1: the highest probability that there is.
  double threshold() const;

 private:
  struct Entry {
    double score;
    int row;
    bool unseen, right;
  };
  std::vector<Entry> falling_;
  double kept_;
};

}  // namespace oneormany::ood
