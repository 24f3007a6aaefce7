#pragma once
// Eigenvectors of a diagonal matrix to which a rank-one matrix was added.

#include "base/matrix.h"

namespace oneormany::ood {

/// The eigenvectors (m × count) of diag(values) + zzᵀ with the largest eigenvalues, in no order.
/// values: rising, m; 0 <= count <= m. By the roots of the secular equation 1 + Σ z_j² / (λ_j − μ)
/// (Bunch, Nielsen & Sorensen 1978), and vectors that are orthogonal however near the roots are to
/// each other (Gu & Eisenstat 1994). m² numbers, and a few times m² steps.
Eigen::MatrixXd top_eigenvectors(const Vector& values, const Vector& z, Index count);

}  // namespace oneormany::ood
