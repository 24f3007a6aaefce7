#pragma once
// Decisions by what they cost: answer, and with which class, or "none" (Chow 1970; Elkan 2001).

#include <vector>

#include "base/matrix.h"

namespace oneormany {

/// cost(true class, decision). Columns: the C classes, then "none". Rows: the C classes, and
/// perhaps one more for pictures of none of them.
///
/// The matrix of three costs: a right answer and a rightful "none" are free. With a row for none.
Matrix cost_matrix(Index classes, double wrong, double none);

/// For each row of calibrated probabilities (rows × C) the decision of lowest expected cost: a
/// class, or -1 for "none". Of equals the first class; "none" only where it is cheaper than all of
/// them. What the probabilities lack of 1 is the probability of none of the classes: that of a
/// column "none" that was dropped. It counts where the costs have a row for it. Throws
/// std::invalid_argument where the shapes don't go together or a number is not finite.
std::vector<int> decide_by_cost(const Matrix& probabilities, const Matrix& cost);

/// The mean cost achieved, where row i is there times(i) times; 0 without rows. `target` is -1 for
/// pictures of none of the classes (the costs must have a row for those).
double mean_cost(const std::vector<int>& decided, const std::vector<int>& target,
                 const Matrix& cost, const Eigen::RowVectorXi& times);

}  // namespace oneormany
