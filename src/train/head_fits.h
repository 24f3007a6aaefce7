#pragma once
// Heads of several losses, fitted together on the rows of some folds.

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "head/head.h"
#include "train/fold_rows.h"
#include "train/l2_penalty.h"

namespace oneormany::train {

/// Fits heads of one kind on the same rows, which are prepared once.
class HeadFits {
 public:
  /// all: of the data; null where no head needs it. rows: these are fitted on. All must outlive
  /// this.
  HeadFits(head::HeadKind kind, const LearningData& data,
           std::shared_ptr<const head::KernelRows> all, const Rows& rows);

  /// What one of these heads predicts for rows of the data.
  Matrix logits(const head::Head& head, const Rows& rows) const;

  // The next three are not for the small network.
  /// Other rows, as the fits have theirs.
  MatrixF rows_of(const Rows& rows) const;
  void fit(const std::vector<head::Route>& routes) const;
  /// The head that one on the fits' rows stands for.
  head::Head head(const head::LinearHead& on_rows) const;

  /// A small network. Throws Interrupted on Ctrl-C.
  head::Head network(const Matrix& targets, const loss::Loss& loss, std::uint64_t stream) const;

  /// Roughly how many multiplications it takes to prepare, and to go along a path with heads of so
  /// many columns in all. rows × features: what is fitted on.
  static double cost(head::HeadKind kind, Index rows, Index features, Index columns);

 private:
  const LearningData& data_;
  const MatrixF& features_;
  std::shared_ptr<const head::LinearInputs> linear_;
  std::shared_ptr<const head::KernelInputs> kernel_;
};

/// A head to fit.
struct WantedHead {
  Matrix targets;
  std::unique_ptr<loss::Loss> loss;
  std::size_t penalty = 0;  ///< its number in kPenalties
};

/// Each by way of the larger λ. Throws Interrupted on Ctrl-C.
std::vector<head::Head> fit_heads(const HeadFits& fits, const std::vector<WantedHead>& wanted);

/// A path of falling λ that is measured on two folds which its heads didn't see.
struct MeasuredPath {
  Matrix targets;
  std::unique_ptr<loss::Loss> loss;
  std::array<Matrix, 2> held_out_targets;
  std::array<HeldOutLosses*, 2> losses;  ///< written
};

/// held_out: rows of both folds, of fits.rows_of(). A path ends once both losses have risen twice.
/// `fitted` is called for each λ, of those that aren't tried too. Throws Interrupted on Ctrl-C.
void measure_paths(const HeadFits& fits, const std::array<MatrixF, 2>& held_out,
                   const std::vector<MeasuredPath>& paths, const std::function<void()>& fitted);

}  // namespace oneormany::train
