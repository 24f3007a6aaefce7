#include "ood/rank_one.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace oneormany::ood {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/// An eigenvalue as the pole nearest to it and what it is above that: so its distance to every pole
/// is known to the last digits.
struct Root {
  Index pole;
  double above;
};

/// The root between pole i and the next one, or above the last. poles: rising, no two equal;
/// squares: of z, none 0.
Root root_after(Index i, const Eigen::ArrayXd& poles, const Eigen::ArrayXd& squares) {
  const Index m = poles.size();
  const bool last = i + 1 == m;
  const double gap = last ? squares.sum() : poles(i + 1) - poles(i);
  Eigen::ArrayXd terms(m), distances(m);
  // 1 + Σ z_j² / (λ_j − μ) rises from −∞ to +∞ (above the last pole to 1).
  Root root{i, gap / 2};
  double low = 0, high = last ? gap * (1 + 4 * static_cast<double>(m) * kEpsilon) : gap / 2;
  if (!last && 1 + (squares / ((poles - poles(i)) - gap / 2)).sum() < 0) {
    root = {i + 1, -gap / 2};
    low = -gap / 2;
    high = 0;
  }
  const Eigen::ArrayXd from = poles - poles(root.pole);
  for (int step = 0; step < 200; ++step) {
    const double at = root.above;
    distances = from - at;
    terms = squares / distances;
    const double below = terms.head(i + 1).sum(), beyond = terms.tail(m - i - 1).sum();
    const double value = 1 + below + beyond;
    if (std::abs(value) <= 8 * kEpsilon * (1 - below + beyond)) break;
    (value < 0 ? low : high) = at;
    if (high - low <= kEpsilon * std::max(std::abs(low), std::abs(high))) break;
    // Poles below as one that has their sum and slope, and so those beyond: the root of that.
    const double left = distances(i), slope = (terms / distances).head(i + 1).sum();
    const double q = slope * left * left;
    double constant = 1 + below - slope * left, next = at;
    if (last) {
      next = from(i) + q / constant;
    } else {
      const double right = distances(i + 1), rise = (terms / distances).tail(m - i - 1).sum();
      const double s = rise * right * right;
      constant += beyond - rise * right;
      // constant (left − x)(right − x) + q (right − x) + s (left − x) = 0 for the step x.
      const double b = constant * (left + right) + q + s;
      const double c = constant * left * right + q * right + s * left;
      const double root_of = std::sqrt(std::max(0.0, b * b - 4 * constant * c));
      const double t = b >= 0 ? b + root_of : b - root_of;
      const double one = 2 * c / t, other = t / (2 * constant);
      next = at + (at + one > low && at + one < high ? one : other);
    }
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (next == at) break;
    root.above = next;
  }
  return root;
}

/// Eigenvectors and eigenvalues, where no pole repeats and no z is 0.
void solve(const Eigen::ArrayXd& poles, const Eigen::ArrayXd& z, Eigen::MatrixXd& vectors,
           Vector& values) {
  const Index m = poles.size();
  const Eigen::ArrayXd squares = z.square();
  vectors.resize(m, m);  // first of each root its distances to the poles, λ_j − μ_i
  values.resize(m);
  for (Index i = 0; i < m; ++i) {
    const Root root = root_after(i, poles, squares);
    vectors.col(i) = (poles - poles(root.pole)) - root.above;
    values(i) = poles(root.pole) + root.above;
  }
  // The z of which these are the exact roots.
  Eigen::ArrayXd exact = -vectors.col(m - 1).array();
  for (Index i = 0; i + 1 < m; ++i) {
    exact.head(i + 1) *= -vectors.col(i).head(i + 1).array() / (poles(i + 1) - poles.head(i + 1));
    exact.tail(m - i - 1) *=
        -vectors.col(i).tail(m - i - 1).array() / (poles(i) - poles.tail(m - i - 1));
  }
  exact = (z < 0).select(-exact.abs().sqrt(), exact.abs().sqrt());
  for (Index i = 0; i < m; ++i) {
    vectors.col(i) = (exact / vectors.col(i).array()).matrix().normalized();
  }
}

}  // namespace

Eigen::MatrixXd top_eigenvectors(const Vector& values, const Vector& z, Index count) {
  const Index m = values.size();
  struct Rotation {
    Index i, j;
    double cos, sin;
  };
  std::vector<Rotation> rotations;
  std::vector<Index> apart;  // the poles that move
  Vector pole = values, weight = z;
  const double scale = std::max(values.cwiseAbs().maxCoeff(), z.squaredNorm());
  const double least = 8 * kEpsilon * scale;
  for (Index j = 0; j < m; ++j) {
    if (std::abs(weight(j)) * z.norm() <= least) {
      weight(j) = 0;
      continue;
    }
    if (!apart.empty()) {
      // A plane of two poles so near that either axis will do: one gets all the weight.
      const Index i = apart.back();
      const double r = std::hypot(weight(i), weight(j)), c = weight(j) / r, s = weight(i) / r;
      if (std::abs((pole(j) - pole(i)) * c * s) <= least) {
        const double lower = pole(i), upper = pole(j);
        pole(i) = c * c * lower + s * s * upper;
        pole(j) = s * s * lower + c * c * upper;
        weight(i) = 0;
        weight(j) = r;
        rotations.push_back({i, j, c, s});
        apart.back() = j;
        continue;
      }
    }
    apart.push_back(j);
  }

  Eigen::MatrixXd moved;
  Vector moved_values;
  if (!apart.empty()) solve(pole(apart).array(), weight(apart).array(), moved, moved_values);
  struct Found {
    double value;
    Index column;  // of `moved`, or −1
    Index axis;    // where it is one of these
  };
  std::vector<Found> all;
  for (Index k = 0; k < moved_values.size(); ++k) all.push_back({moved_values(k), k, 0});
  for (Index j = 0; j < m; ++j) {
    if (weight(j) == 0) all.push_back({pole(j), -1, j});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Found& a, const Found& b) { return a.value > b.value; });
  Eigen::MatrixXd vectors = Eigen::MatrixXd::Zero(m, count);
  for (Index k = 0; k < count; ++k) {
    const Found& one = all[static_cast<std::size_t>(k)];
    if (one.column < 0) {
      vectors(one.axis, k) = 1;
    } else {
      vectors(apart, k) = moved.col(one.column);
    }
  }
  for (auto rotation = rotations.rbegin(); rotation != rotations.rend(); ++rotation) {
    const auto [i, j, c, s] = *rotation;
    const Eigen::RowVectorXd first = vectors.row(i), second = vectors.row(j);
    vectors.row(i) = c * first + s * second;
    vectors.row(j) = c * second - s * first;
  }
  return vectors;
}

}  // namespace oneormany::ood
