#pragma once
// Calibration: maps from logits to probabilities that say what share of such predictions is right.

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "base/matrix.h"
#include "loss/activation.h"
#include "metrics/isotonic.h"

namespace oneormany::metrics {

/// From simple to flexible. Below, z: logits, C: columns, n: rows.
enum class CalibrationMethod {
  kNone,         ///< the activation alone
  kTemperature,  ///< z / T, one T > 0 for all (Guo et al. 2017)
  kVector,       ///< a_c z_c + b_c, then softmax (Guo et al. 2017); for sigmoid the same as kPlatt
  kPlatt,        ///< σ(a_c x_c + b_c) of each label's logit x_c (Platt 1999)
  kIsotonic      ///< a rising function of each label's probability (Zadrozny & Elkan 2002)
};

inline constexpr std::array kCalibrationMethods{
    CalibrationMethod::kNone, CalibrationMethod::kTemperature, CalibrationMethod::kVector,
    CalibrationMethod::kPlatt, CalibrationMethod::kIsotonic};

/// "none", "temperature", "vector", "platt", "isotonic".
std::string_view name_of(CalibrationMethod method);

/// A fitted map: plain data, to be kept in a file.
///
/// With softmax, Platt's x_c is the logit of class c against all others, log p_c / (1 − p_c), and
/// Platt's and the isotonic probabilities are divided by their sum over the classes (Zadrozny &
/// Elkan 2002); where all are 0, the uncalibrated ones stand.
///
/// Only `columns` are calibrated, all others keep their probability; with softmax the calibrated
/// ones share what these leave, so that rows still sum to 1.
struct Calibration {
  CalibrationMethod method = CalibrationMethod::kNone;
  loss::Activation activation = loss::Activation::kSoftmax;
  std::vector<int> columns;  ///< rising. Below, one entry for each of these
  Vector scale, shift;       ///< a and b of kTemperature (all a = 1 / T, b = 0), kVector, kPlatt
  std::vector<Isotonic> curves;  ///< of kIsotonic: from a probability to the calibrated one

  /// Probabilities of the logits' shape. Requires finite logits, as many columns as it was fitted
  /// on.
  Matrix apply(const Matrix& logits) const;
};

/// Of each class against the others under softmax: z_c − log Σ_{k≠c} e^z_k, the logit of its
/// probability, which softmax would have rounded to 0 or 1. Requires two columns.
Matrix against_the_rest(const Matrix& logits);

/// Fits the map by maximum likelihood (kIsotonic: least squares, by pool adjacent violators).
///
/// targets: 0/1, of the logits' shape; with softmax exactly one 1 in each row. Throws Error if the
/// shapes differ, a logit is not finite or, with softmax, a row has no or several classes.
///
/// Columns that can't be learned from these rows are left out: those that no row has (a class
/// "none" of which there is no picture) and, with sigmoid, those that all rows have.
///
/// So that logits which part the rows perfectly don't get an infinite scale, targets are not quite
/// 0 and 1 but what Platt (1999) sets: (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2). N₊ and N₋ are counted
/// where a parameter is learned: for kPlatt in the label's column; for kTemperature with sigmoid in
/// all columns. With softmax, kTemperature and kVector take (n + 1) / (n + 2) for the right class;
/// the others share the rest. T is infinite (a = 0) where the logits tell nothing. A label whose
/// logits are all equal keeps a = 1. `each_step`: as for choose_calibration().
Calibration fit_calibration(
    CalibrationMethod method, loss::Activation activation, const Matrix& logits,
    const Matrix& targets, const std::function<void()>& each_step = [] {});

/// Each row's probabilities by the map that was fitted on the rows of all other folds of the same
/// repeat, so that no row has a part in its own. folds: of each repeat the fold of each
/// picture; the rows are the pictures in their order, repeat after repeat. Throws Error as
/// fit_calibration does, or if there aren't as many folds as rows.
Matrix calibrated_out_of_fold(
    CalibrationMethod method, loss::Activation activation, const Matrix& logits,
    const Matrix& targets, const std::vector<std::vector<int>>& folds,
    const std::function<void()>& each_step = [] {});

/// How a method did, out of fold.
struct CalibrationTried {
  CalibrationMethod method;
  double log_loss = 0;  ///< softmax: mean −log p of the right class; sigmoid: mean over all
                        ///< decisions. No −log p above that of 2⁻⁵², so that it is finite
  double behind = 0;    ///< log_loss above that of the best,
  double error = 0;     ///< and the standard error of this difference
};

struct CalibrationChoice {
  CalibrationMethod method = CalibrationMethod::kNone;  ///< the one to use
  std::vector<CalibrationTried> tried;                  ///< from simple to flexible
};

/// Chooses by the log-loss out of fold: the simplest method that is not behind the best by more
/// than one standard error of the difference (Breiman et al. 1984). The calibration error would be
/// a poor measure: it is 0 for a model that gives every picture the classes' shares. group_of_row:
/// rows of one picture and its exact duplicates share a group; the standard error is over groups.
/// kVector is not tried with sigmoid, where kPlatt is the same. Thousands of rows and hundreds of
/// columns take long: each_step is called calibration_steps() times, from several threads, for
/// progress and to stop (it may throw). each_method gets calibrated_out_of_fold() of each method,
/// in the order of `tried`; it is gone after the call.
CalibrationChoice choose_calibration(
    loss::Activation activation, const Matrix& logits, const Matrix& targets,
    const std::vector<std::vector<int>>& folds, const std::vector<int>& group_of_row,
    const std::function<void()>& each_step = [] {},
    const std::function<void(CalibrationMethod, const Matrix&)>& each_method =
        [](CalibrationMethod, const Matrix&) {});

/// The steps of choose_calibration() on logits with so many columns.
std::size_t calibration_steps(loss::Activation activation, Index columns,
                              const std::vector<std::vector<int>>& folds);

}  // namespace oneormany::metrics
