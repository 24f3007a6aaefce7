#pragma once
// Isotonic regression in one dimension.

#include <vector>

#include "base/matrix.h"

namespace oneormany::metrics {

/// A function that never falls: straight between its points, level outside them (as in
/// scikit-learn).
struct Isotonic {
  std::vector<double> from, to;  ///< the points, from left to right; at least one

  double at(double x) const;
};

/// The least squares fit of y on x, by pool adjacent violators (Ayer et al. 1955). Rows of equal x
/// count as one, with their mean. Requires rows, and no NaN.
Isotonic fit_isotonic(const Vector& x, const Vector& y);

}  // namespace oneormany::metrics
