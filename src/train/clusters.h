#pragma once
// Clusters of the background's features. Pictures of one cluster look alike: whole clusters are
// held out together, so that what is held out is unlike what was learned from.

#include <cstdint>
#include <vector>

#include "base/matrix.h"

namespace oneormany::train {

/// Enough that those of a fold differ, few enough that each is more than a handful of pictures.
inline constexpr int kClustersPerFold = 4;

/// Parts rows into at most `most` clusters by spherical k-means (Dhillon & Modha 2001), begun by
/// k-means++ (Arthur & Vassilvitskii 2007). The number of each row's cluster; every number below
/// the highest occurs. The same rows and seed give the same clusters.
std::vector<int> cluster_background(const MatrixF& features, int most, std::uint64_t seed);

/// Puts whole clusters into folds of about equal size: the largest first, each into the fold that
/// has the fewest rows so far. The fold of each row.
std::vector<int> assign_folds(const std::vector<int>& cluster_of_row, int folds);

}  // namespace oneormany::train
