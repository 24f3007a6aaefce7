#pragma once
// The a and b of a z + b with the least loss, for calibration.

#include <functional>
#include <vector>

#include "base/matrix.h"

namespace oneormany::metrics {

/// Some rows of a matrix of logits z.
struct LogitRows {
  const Matrix& logits;
  const std::vector<Index>& rows;

  Index count() const { return static_cast<Index>(rows.size()); }
  Index columns() const { return logits.cols(); }
  auto row(Index i) const { return logits.row(rows[static_cast<std::size_t>(i)]); }
};

/// The class of each row, and what its target falls short of 1; the other columns share that.
struct ClassTargets {
  std::vector<int> classes;
  double rest = 0;
};

struct Line {
  Vector scale, shift;  ///< of each column
};

// The mean losses of all of these are convex; with targets inside 0–1 each has a minimum, which is
// found to within kFitAccuracy of its value. Rows > 0. each_step is called at most kFitSteps times;
// it may throw.
inline constexpr int kFitSteps = 50;
inline constexpr double kFitAccuracy = 1e-9;

/// Softmax of a z, with one a >= 0 for all columns, by Newton's method.
double fit_softmax_scale(const LogitRows& rows, const ClassTargets& targets, double accuracy,
                         const std::function<void()>& each_step);

/// And σ(a z). products: Σ t z over all rows and columns, with their targets t.
double fit_sigmoid_scale(const LogitRows& rows, double products,
                         const std::function<void()>& each_step);

/// σ(a z + b) of a single column, by Newton's method (Lin, Lin & Weng 2007). Numbers that are all
/// equal keep a = 1.
Line fit_sigmoid(const Eigen::Ref<const Vector>& z, const Eigen::Ref<const Vector>& targets);

/// Softmax of a_c z_c + b_c, from one scale for all on. L-BFGS (Liu & Nocedal 1989) that takes for
/// granted what is curved most: at each step it starts from the exact curvature of each class's
/// (a_c, b_c), as if classes had nothing to do with each other. First in float, then in double.
/// Columns whose logits are all equal keep that scale.
Line fit_vector(const LogitRows& rows, const ClassTargets& targets, double scale,
                const std::function<void()>& each_step);

}  // namespace oneormany::metrics
