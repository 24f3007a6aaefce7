#pragma once
// Is A better than B, or did these pictures just fall that way?

#include <vector>

#include "metrics/bootstrap.h"

namespace oneormany::metrics {

/// A minus B, on the same pictures.
struct Difference {
  double value = 0;
  Interval interval;         ///< 95 %
  bool significant = false;  ///< the interval lies on one side of 0
};

/// a, b: the measure on all rows; replicates: of one measure of two models from bootstrap() with
/// the same clusters, seed and number of replicates, so that both models were measured on the same
/// pictures in each: the luck of the pictures, which both share, falls out of the difference.
/// Throws std::invalid_argument where their numbers differ or are 0. Where A and B disagree on very
/// few pictures, as accuracies may, the interval is too narrow (4 to 0 pictures would count as
/// significant): ask mcnemar() there.
Difference paired_difference(double a, double b, const std::vector<double>& replicates_a,
                             const std::vector<double>& replicates_b);

/// Who is right where the other is wrong.
struct McNemar {
  int only_a = 0, only_b = 0;  ///< pictures
  double p = 1;                ///< chance of a split at least as uneven where both are equally good
};

/// The exact test (McNemar 1947, in its binomial form, two-sided) of two models' predictions
/// for the same rows: right_a[i] and right_b[i]. A cluster counts once, for the model that is right
/// on more of its rows, and for neither where both are right on equally many.
McNemar mcnemar(const std::vector<bool>& right_a, const std::vector<bool>& right_b,
                const Clusters& clusters);

}  // namespace oneormany::metrics
