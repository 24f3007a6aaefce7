#pragma once
// Measures of predictions, as scikit-learn defines them. Rows are pictures.

#include <vector>

#include "base/matrix.h"

namespace oneormany::metrics {

/// A 0/1 matrix, pictures × labels.
using LabelMatrix = Eigen::Matrix<int, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// --- exactly one class ---

/// The column of each row's largest entry; the first one of equals.
std::vector<int> argmax(const Matrix& scores);

/// confusion(t, p): how many pictures of class t were called p.
LabelMatrix confusion(const std::vector<int>& predicted, const std::vector<int>& target,
                      int classes);

double accuracy(const std::vector<int>& predicted, const std::vector<int>& target);

/// Share of rows whose target is among the k largest entries.
double top_k_accuracy(const Matrix& scores, const std::vector<int>& target, int k);

/// Mean recall of the classes that have pictures.
double balanced_accuracy(const LabelMatrix& confusion);

struct F1 {
  double macro = 0;     ///< mean over the classes that have pictures or are predicted
  double weighted = 0;  ///< the same, weighted by the number of pictures
};
F1 f1(const LabelMatrix& confusion);

/// f1(confusion(…)).macro where row i is there times(i) times, without the table of
/// classes × classes.
double macro_f1(const std::vector<int>& predicted, const std::vector<int>& target, int classes,
                const Eigen::RowVectorXi& times);

/// Mean of −log p of the target.
double log_loss(const Matrix& probabilities, const std::vector<int>& target);

/// Σ_c (p_c − y_c)², averaged over rows (Brier 1950); y is a 0/1 matrix of p's shape.
double brier(const Matrix& probabilities, const LabelMatrix& target);

// --- zero, one or many labels ---

struct LabelF1 {
  double micro = 0, macro = 0;
  double samples = 0;  ///< mean over pictures; a picture with no label, given none, scores 0
};
LabelF1 label_f1(const LabelMatrix& predicted, const LabelMatrix& target);

/// Share of pictures whose whole row is right.
double exact_match(const LabelMatrix& predicted, const LabelMatrix& target);

/// Share of single decisions that are wrong.
double hamming_loss(const LabelMatrix& predicted, const LabelMatrix& target);

/// 1 where the probability is above `threshold`.
LabelMatrix decide(const Matrix& probabilities, double threshold);

/// Mean of the binary cross-entropy over all pictures and labels.
double label_log_loss(const Matrix& probabilities, const LabelMatrix& target);

/// Area under the precision-recall steps: Σ (R_n − R_{n−1}) P_n over falling scores.
double average_precision(const Vector& scores, const Eigen::VectorXi& target);

/// Average precision, averaged over the labels that at least one picture carries.
double macro_map(const Matrix& scores, const LabelMatrix& target);

/// Average precision of all decisions taken as one long column.
double micro_map(const Matrix& scores, const LabelMatrix& target);

/// Area under the ROC curve, averaged over the labels that some pictures carry and some do not.
double macro_auroc(const Matrix& scores, const LabelMatrix& target);

// --- in domain against unseen: a higher score means "more like the classes" ---

/// Chance that a picture in domain scores higher than an unseen one; ties count half.
double auroc(const Vector& in_domain, const Vector& unseen);

/// Average precision with the pictures in domain as the positives.
double aupr_in(const Vector& in_domain, const Vector& unseen);

/// Share of unseen pictures that score at least what 95 % of the pictures in domain reach.
double fpr_at_95_tpr(const Vector& in_domain, const Vector& unseen);

/// The fewest of n that are at least `share` of them: 19 of 20 for 0.95.
double fewest_of(double n, double share);

/// The highest threshold that at least `share` of the scores reach (score >= threshold).
/// Requires scores not empty, 0 < share <= 1.
double threshold_keeping(std::vector<double> scores, double share);

}  // namespace oneormany::metrics
