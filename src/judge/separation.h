#pragma once
// How well the highest probability tells pictures of the classes from those of none.

#include <vector>

#include "base/matrix.h"

namespace oneormany {

/// Scores in domain and of unseen pictures, sorted once: the measures of many bootstrap draws take
/// one walk each.
class Separation {
 public:
  /// right[i]: the answer to in-domain picture i is right.
  Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
             const std::vector<double>& unseen);

  struct Measures {
    double passing_right_95 = 0;  ///< share of unseen that reach what 95 % of right answers reach
    double auroc = 0;             ///< auroc()
    double fpr95 = 0;             ///< fpr_at_95_tpr()
  };
  /// Where row i of a sample is there times(i) times.
  Measures measure(const Eigen::RowVectorXi& in_domain_times,
                   const Eigen::RowVectorXi& unseen_times) const;

  /// threshold_keeping() 95 % of the right answers; 1 where there are none, and nothing to keep.
  double threshold() const;

 private:
  struct Entry {
    double score;
    int row;
    bool unseen, right;
  };
  std::vector<Entry> falling_;
};

}  // namespace oneormany
