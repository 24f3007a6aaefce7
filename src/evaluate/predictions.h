#pragma once
// An arm's logits to its measures.

#include <cstdint>
#include <vector>

#include "evaluate/results.h"
#include "train/cross_validation.h"
#include "data/data.h"

namespace oneormany::evaluate {

/// What an arm answers to pictures, one row for each picture and seed (or head). Arms with a class
/// "none" are judged like the others, by the most probable of the classes and its probability:
/// that none of them is likely is for the threshold to say, at the same cost for every arm.
struct Probabilities {
  Matrix probabilities;           ///< rows × classes; the column of "none" is left out
  std::vector<int> best;          ///< most probable class
  std::vector<double> highest;    ///< its probability
  std::vector<bool> none_wins;    ///< "none" is more probable than every class: no label at argmax
  std::vector<int> group_of_row;  ///< rows of one picture and its exact duplicates share a group
};

/// `groups`: of the pictures; `logits`: the pictures in their order, time after time.
Probabilities probabilities_of(const train::ModelSpec& spec, int classes, const Matrix& logits,
                   const std::vector<int>& groups);

/// Rows whose pictures carry a label, and whether the arm's answer is one of them.
struct LabelledRows {
  std::vector<int> rows, groups;
  std::vector<bool> right;
};
LabelledRows labelled_rows(const Probabilities& predictions, const std::vector<std::vector<int>>& labels);

/// Those entries of a column.
std::vector<double> at_rows(const Vector& column, const std::vector<int>& rows);
std::vector<double> all_rows(const Vector& column);

/// A group for each row: none is another's copy.
std::vector<int> alone(Index rows);

/// Judges the out-of-fold answers and the logits they come from. labels: of the pictures, as often
/// repeated as there are rows.
InDomain evaluate_in_domain(const train::ModelSpec& spec, data::Problem problem, const Probabilities& predictions,
                         const Matrix& logits, const std::vector<std::vector<int>>& labels,
                         std::uint64_t seed);

/// The share of the right answers that Unseen::keeping_95 is of.
inline constexpr double kUnseenKept = 0.95;

/// Judges what the arm says to unseen pictures. The threshold comes from `in_domain` alone: it is
/// the highest one that keeps 95 % of the answers that are right.
UnseenResult evaluate_unseen(const Probabilities& in_domain, const std::vector<std::vector<int>>& labels,
                    const Probabilities& unseen, std::uint64_t seed);

}  // namespace oneormany::evaluate
