#pragma once
// Thresholds for a stated aim, each with the interval that so few pictures allow.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/matrix.h"
#include "metrics/aim.h"
#include "metrics/bootstrap.h"
#include "metrics/measures.h"

namespace oneormany::metrics {

struct ChosenThreshold {
  double value = 0;  ///< always finite
  /// Of those chosen in bootstrap replicates, of which 0.025 n / (n + 200) are left out at either
  /// end for n right predictions (clusters); value where none could be chosen.
  Interval interval;
  bool reachable = false;  ///< the aim is met on these rows; if not, value comes nearest to it

  /// On the rows that the threshold was chosen on; 0 of nothing. The interval is for pictures to
  /// come: a threshold looks better on the pictures that chose it than on others, and the interval
  /// takes off how much better it looked in each bootstrap replicate (Efron 1983), so that most of
  /// it may lie below the value. It is nowhere narrower than proportion_interval() of as many
  /// pictures (clusters); of what is 0 of nothing it is [0, 1].
  struct Achieved {
    double value = 0;
    Interval interval;
  };
  Achieved kept;  ///< share of the right predictions that are accepted (of a label: its recall)
  Achieved precision;  ///< share of the accepted predictions that are right, negatives counted
  Achieved answered;   ///< share of the rows (of a label: all rows) that are accepted
};

/// For a model that makes one prediction a picture, which is accepted where score >= value.
///
/// scores[i]: of row i, higher is more like the classes; right[i]: its prediction is right;
/// clusters: of these rows. negatives: scores of pictures for which any label is wrong, such as
/// background; they count in precision, F1 and cost, as often as they are there, and nowhere in
/// keep. Not unseen pictures: those choose nothing.
///
/// keep: the highest threshold that keeps the share (threshold_keeping()). precision: the lowest
/// that reaches it, or else has the highest. f1: 2 right / (accepted + rows), the highest of
/// equally good ones. cost: the least mean, likewise. The value is a score, or one hair above the
/// highest where it is best, or all that is left, to accept nothing.
/// Throws std::invalid_argument where there are no scores, where one is not finite or the sizes
/// differ.
ChosenThreshold choose_threshold(const Aim& aim, const std::vector<double>& scores,
                                 const std::vector<bool>& right, const Clusters& clusters,
                                 const Resampling& resampling,
                                 const std::vector<double>& negatives = {},
                                 const Clusters& negative_clusters = {});

/// How badly the aim is served by the threshold chosen for it, on all rows and in each replicate,
/// which chooses its own. The less the better; those of models on the same rows are paired.
struct AimLoss {
  double value = 0;
  std::vector<double> replicates;
};

/// The arguments are those of choose_threshold(). precision: the share of right predictions that
/// are not accepted at that precision; where it is out of reach, 1 and the share of the accepted
/// that are wrong. f1: 1 − F1. cost: its mean over rows and negatives. keep: the share of the
/// negatives that are accepted.
AimLoss aim_loss(const Aim& aim, const std::vector<double>& scores, const std::vector<bool>& right,
                 const Clusters& clusters, const Resampling& resampling,
                 const std::vector<double>& negatives = {}, const Clusters& negative_clusters = {});

/// For a label of its own: it is given where p > threshold, which lies halfway between two
/// probabilities and is 0 or more. The highest of equally good ones. 0.5 where no row has the
/// label, or none that has it has p > 0: nothing can be chosen from these.
double label_threshold(const Aim& aim, const Vector& probabilities, const Eigen::VectorXi& target);

/// label_threshold() of each label (column) on all rows, which must be out of fold. each_block is
/// called in each of Resampling::blocks(), from several threads, for progress and to stop (it may
/// throw).
std::vector<ChosenThreshold> choose_label_thresholds(const Aim& aim, const Matrix& probabilities,
                                                     const LabelMatrix& target,
                                                     const Clusters& clusters,
                                                     const Resampling& resampling,
                                                     const std::function<void()>& each_block = {});

/// For each fold (row) and label (column) the label_threshold on the rows of all other folds, so
/// that no row has a part in its own threshold. fold[i]: of row i, from 0 up.
Matrix thresholds_from_other_folds(const Aim& aim, const Matrix& probabilities,
                                   const LabelMatrix& target, const std::vector<int>& fold);

}  // namespace oneormany::metrics
