#pragma once
// What a head is fitted to: the loss of a picture, averaged over the pictures.

#include "base/matrix.h"
#include "loss/loss.h"

namespace oneormany::head {

struct Averaging {
  loss::Reduction reduction;
  double divide_by;  ///< what that reduction gives, for the average over the pictures
};

/// Most losses are sums over rows: the average is the sum over the number of rows, whatever PyTorch
/// would divide by. A loss over columns too (two_way) is no such sum, and has its own mean.
inline Averaging average_over(Index rows, const loss::Loss& loss) {
  const bool sum_over_rows = loss.values_size(2, 1) == 2 * loss.values_size(1, 1);
  return sum_over_rows ? Averaging{loss::Reduction::kSum, static_cast<double>(rows)}
                       : Averaging{loss::Reduction::kMean, 1};
}

}  // namespace oneormany::head
