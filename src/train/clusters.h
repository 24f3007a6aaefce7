#pragma once
// The kinds of background: clusters of its features.

#include <cstdint>
#include <vector>

#include "base/matrix.h"

namespace oneormany::train {

/// Enough that a fold's differ, few enough that each is more than a handful of pictures.
inline constexpr int kClustersPerFold = 4;

/// Parts rows into at most `kinds` clusters by spherical k-means (Dhillon & Modha 2001), begun by
/// k-means++ (Arthur & Vassilvitskii 2007). The number of each row's cluster; every number below
/// the highest occurs. The same rows and seed give the same kinds.
std::vector<int> cluster_background(const MatrixF& features, int kinds, std::uint64_t seed);

/// Deals whole kinds into folds of about equal size: the largest first, each to the fold that has
/// the fewest rows so far. The fold of each row.
std::vector<int> assign_folds(const std::vector<int>& cluster_of_row, int folds);

}  // namespace oneormany::train
