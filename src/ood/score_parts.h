#pragma once
// What the families of scores hand to fit_score(), one file each. What a score needs is there, and
// the logits are those of the rows that were taken.

#include <functional>
#include <memory>
#include <vector>

#include "ood/feature_rows.h"
#include "ood/scores.h"

namespace oneormany::ood {

/// kMaxProbability … kEntropy of logits: they learn nothing.
Vector logit_score(ScoreKind kind, const Matrix& logits, loss::Activation activation,
                   bool none_class);

// logit_scores.cc
std::unique_ptr<const Score> fit_logit_score(ScoreKind kind, const ScoreTraining& training);
// distance_scores.cc
std::unique_ptr<const Score> fit_knn(const ScoreTraining& training);
std::unique_ptr<const Score> fit_background(const ScoreTraining& training);
// gaussian_scores.cc
std::unique_ptr<const Score> fit_mahalanobis(const ScoreTraining& training);
std::unique_ptr<const Score> fit_mahalanobis_class(const ScoreTraining& training);
// activation_scores.cc
std::unique_ptr<const Score> fit_vim(const ScoreTraining& training);
std::unique_ptr<const Score> fit_react(const ScoreTraining& training);

/// The rows numbered in `rows`, in that order.
template <typename M>
M rows_of(const M& matrix, const std::vector<Index>& rows) {
  M picked(static_cast<Index>(rows.size()), matrix.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    picked.row(static_cast<Index>(i)) = matrix.row(rows[i]);
  }
  return picked;
}

/// The rows of each label: a row with several labels is among those of each.
std::vector<std::vector<Index>> rows_of_labels(const std::vector<std::vector<int>>& labels);

/// Calls work(first, count) for blocks of rows, on all threads. The blocks don't depend on their
/// number, so neither do results.
void for_row_blocks(Index rows, const std::function<void(Index first, Index count)>& work);

}  // namespace oneormany::ood
