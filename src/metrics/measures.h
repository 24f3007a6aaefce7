#pragma once
// Measures of predictions, as scikit-learn defines them. Rows are pictures.

#include <vector>

#include "base/matrix.h"
#include "metrics/lanes.h"

namespace oneormany::metrics {

/// A 0/1 matrix, pictures × labels.
using LabelMatrix = Eigen::Matrix<int, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// 1 in row i for each of labels[i], which are below `columns`.
LabelMatrix label_matrix(const std::vector<std::vector<int>>& labels, Index columns);

/// The column of each row's largest entry; the first one of equals.
std::vector<int> argmax(const Matrix& scores);

/// The order of falling scores, of equals the first one first. Requires that none is NaN.
std::vector<int> falling_order(const double* scores, std::size_t n);

/// The mean F1 of the classes that have pictures or are predicted, in each replicate.
Lanes<double> macro_f1(const std::vector<int>& predicted, const std::vector<int>& target,
                       int classes, const Times& times);

/// Σ_c (p_c − y_c)², averaged over rows (Brier 1950); y is a 0/1 matrix of p's shape.
double brier(const Matrix& probabilities, const LabelMatrix& target);

/// 1 where the probability is above `threshold`.
LabelMatrix decide(const Matrix& probabilities, double threshold);

/// Area under the precision-recall steps: Σ (R_n − R_{n−1}) P_n over falling scores.
double average_precision(const Vector& scores, const Eigen::VectorXi& target);

/// Average precision, averaged over the labels that at least one picture has.
double macro_map(const Matrix& scores, const LabelMatrix& target);

/// The fewest of n that are at least `share` of them: 19 of 20 for 0.95.
double fewest_of(double n, double share);

/// The highest threshold that at least `share` of the scores reach (score >= threshold).
/// Requires scores not empty, 0 < share <= 1.
double threshold_keeping(std::vector<double> scores, double share);

}  // namespace oneormany::metrics
