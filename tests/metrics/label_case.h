#pragma once
// Labels and probabilities of them, made up.

#include <cmath>
#include <vector>

#include "base/matrix.h"
#include "metrics/measures.h"
#include "tests/simulated.h"

namespace oneormany::metrics {

struct LabelCase {
  Matrix p;
  LabelMatrix target;
  std::vector<int> fold;
};

/// Probabilities in steps of 1/20, so that many are equal, and labels that follow them roughly.
inline LabelCase random_case(int rows, int labels, int folds) {
  Random random(7);
  LabelCase made{Matrix(rows, labels), LabelMatrix(rows, labels), {}};
  for (Index i = 0; i < rows; ++i) {
    for (Index c = 0; c < labels; ++c) {
      made.p(i, c) = std::round(20 * random.uniform()) / 20;
      made.target(i, c) = random.uniform() < made.p(i, c) * made.p(i, c);
    }
    made.fold.push_back(random.below(folds));
  }
  return made;
}

inline double f1_at(const Vector& p, const Eigen::VectorXi& target, double threshold) {
  double both = 0, either = 0;
  for (Index i = 0; i < p.size(); ++i) {
    both += p(i) > threshold && target(i) == 1;
    either += (p(i) > threshold) + target(i);
  }
  return either > 0 ? 2 * both / either : 0;
}

}  // namespace oneormany::metrics
