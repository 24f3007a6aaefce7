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

/// `draws_a` and `draws_b` are those of one measure of two models from bootstrap() with the same
/// clusters, seed and number of draws, so that both models were measured on the same pictures in
/// each draw: the luck of the pictures, which both share, falls out of the difference. Throws
/// std::invalid_argument where their numbers differ or are 0.
/// Where A and B disagree on very few pictures, as shares of right answers may, the draws say too
/// little of chance (4 to 0 pictures lie "beyond" it): ask mcnemar() there.
Difference paired_difference(double a, double b, const std::vector<double>& replicates_a,
                             const std::vector<double>& replicates_b);

/// Who is right where the other is wrong.
struct McNemar {
  int only_a = 0, only_b = 0;  ///< pictures
  double p = 1;                ///< chance of a split at least as uneven where both are equally good
};

/// The exact test (McNemar 1947, in its binomial form, two-sided) of two models' answers to the
/// same rows: right_a[i] and right_b[i]. A cluster counts once, for the model that is right on more
/// of its rows, and for neither where both are right on equally many.
McNemar mcnemar(const std::vector<bool>& right_a, const std::vector<bool>& right_b,
                const Clusters& clusters);

}  // namespace oneormany::metrics
