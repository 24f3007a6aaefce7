#pragma once
// Measures of separation as they are defined, slow and plain: what the program's own are compared
// with.

#include <algorithm>
#include <vector>

#include "base/matrix.h"
#include "metrics/measures.h"

namespace oneormany::ood {

/// Chance that a picture in domain scores higher than an unseen one; ties count half.
inline double auroc(const Vector& in_domain, const Vector& unseen) {
  double won = 0;
  for (const double own : in_domain) {
    for (const double other : unseen) won += own > other ? 1 : own == other ? 0.5 : 0;
  }
  return won / static_cast<double>(in_domain.size() * unseen.size());
}

/// Share of unseen pictures that score at least what 95 % of the pictures in domain reach.
inline double fpr_at_95_tpr(const Vector& in_domain, const Vector& unseen) {
  const double threshold = metrics::threshold_keeping({in_domain.begin(), in_domain.end()}, 0.95);
  return (unseen.array() >= threshold).cast<double>().mean();
}

}  // namespace oneormany::ood
