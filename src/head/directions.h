#pragma once
// Where rows vary most: what the first steps of a fit go by.

#include "base/matrix.h"

namespace oneormany::head {

/// The leading eigenvectors of the rows' second moments XᵀX / n, roughly.
struct Directions {
  static constexpr Index kMost = 4;

  MatrixF basis;       ///< k × d, orthonormal; k ≤ kMost
  Vector variances;    ///< along each, the largest first
  double of_rest = 0;  ///< what is left along any other: at most the last one's, half of it taken
};

/// By subspace iteration from fixed random vectors (Halko, Martinsson & Tropp 2011, algorithm 4.4).
/// rows: n × d, n > 0.
Directions leading_directions(const MatrixF& rows);

}  // namespace oneormany::head
