#pragma once
// Prediction sets, of none, one or many labels, with a guarantee: class-conditional (Mondrian)
// conformal prediction (Vovk, Gammerman & Shafer 2005; Vovk 2012; Sadinle, Lei & Wasserman 2019).

#include <compare>
#include <map>
#include <vector>

#include "base/matrix.h"
#include "metrics/bootstrap.h"
#include "metrics/measures.h"

namespace oneormany::metrics {

/// Label y is in the set of a picture with score s where
///     p = (1 + number of calibration pictures with y whose score is <= s) / (n_y + 1)  >  α,
/// n_y being all those with y. The scores are any numbers that are higher where a picture is more
/// like the label, such as logits. A label that a picture has is then in its set with a
/// probability of at least 1 − α, label by label, whatever the model, as long as the picture and
/// those of the calibration come from the same source and the model has learned from neither (it is
/// an average over calibrations: one alone may be off by its luck). Ties only add to that. A
/// picture unlike all labels gets the empty set.
class ConformalPredictor {
 public:
  /// The calibration: scores (rows × labels) and the labels of each row. Of the rows of a group
  /// (one picture, its exact duplicates, its predictions in several repeats) the first that has a
  /// label stands for all in that label: the others are no further evidence, and counting them
  /// would narrow the sets to what the most copied pictures look like. It is the first, not the
  /// lowest, since a new picture comes with a single score too. Throws std::invalid_argument where
  /// sizes differ or a score is NaN.
  ConformalPredictor(const Matrix& scores, const std::vector<std::vector<int>>& labels,
                     const std::vector<int>& group_of_row);

  /// n_y: different pictures with this label.
  int pictures(Index label) const { return static_cast<int>(rising_[at(label)].size()); }

  /// 1 / (n_y + 1): at any α below it a label's pictures are too few to keep anything out, and
  /// it is in every set.
  static double smallest_alpha_of(std::size_t pictures) {
    return 1.0 / (static_cast<double>(pictures) + 1);
  }

  /// A label is in the set where score >= its threshold, which is a calibration score: the same as
  /// by p, ties included. −infinity below smallest_alpha_of(n_y). Requires 0 < α < 1.
  Vector thresholds(double alpha) const;

  /// 1 where the label is in the row's set.
  LabelMatrix sets(const Matrix& scores, double alpha) const;

 private:
  static std::size_t at(Index label) { return static_cast<std::size_t>(label); }
  std::vector<std::vector<double>> rising_;  ///< of each label: its pictures' scores
};

/// Cross-conformal sets (Vovk 2015): those of each fold's rows, calibrated on the rows of all other
/// folds, so that no picture has a part in its own set. fold[i]: of row i, from 0 up, groups
/// undivided; of one repeat, for in another the same picture lies elsewhere. Scores are out of
/// fold, from heads that differ a little from fold to fold and have seen the other folds' pictures:
/// the proven coverage is then 1 − 2 α, that of practice 1 − α (Barber, Candès, Ramdas & Tibshirani
/// 2021).
LabelMatrix sets_out_of_fold(const Matrix& scores, const std::vector<std::vector<int>>& labels,
                             const std::vector<int>& group_of_row, const std::vector<int>& fold,
                             double alpha);

/// Shares of the rows, in each replicate; 0 without rows.
struct SetSizes {
  Lanes<double> empty, one, several;
  Lanes<double> mean_size;
  /// Share of the labels carried that are in their picture's set; of one class each the share of
  /// pictures. 0 where no row carries a label, as of unseen pictures.
  Lanes<double> coverage;
};

/// Sets counted once, for many bootstrap replicates.
class SetCounts {
 public:
  SetCounts(const LabelMatrix& sets, const std::vector<std::vector<int>>& labels);
  SetSizes sizes(const Times& times) const;

 private:
  struct Kind {
    int size, carried, covered;
    auto operator<=>(const Kind&) const = default;
  };
  std::map<Kind, std::vector<int>> rows_;  ///< of each kind
};

}  // namespace oneormany::metrics
