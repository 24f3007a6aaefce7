#include "train/l2_penalty.h"

#include <algorithm>
#include <limits>

#include "head/averaging.h"

namespace oneormany::train {

double held_out_loss(const Matrix& logits, const loss::Loss& loss, const Matrix& targets) {
  const auto [reduction, divide_by] = head::average_over(targets.rows(), loss);
  return loss::evaluate(loss, logits, targets, reduction).value *
         (static_cast<double>(targets.rows()) / divide_by);
}

bool risen_twice(const HeldOutLosses& losses, std::size_t penalty) {
  return penalty >= 2 && losses[penalty] > losses[penalty - 1] &&
         losses[penalty - 1] > losses[penalty - 2];
}

FoldPairs::FoldPairs(int folds)
    : folds_(folds), held_out_(static_cast<std::size_t>(folds * folds)) {
  for (HeldOutLosses& losses : held_out_) {
    losses.fill(std::numeric_limits<double>::infinity());
  }
}

HeldOutLosses& FoldPairs::at(int of, int other) {
  return held_out_[static_cast<std::size_t>(of * folds_ + other)];
}

const HeldOutLosses& FoldPairs::at(int of, int other) const {
  return held_out_[static_cast<std::size_t>(of * folds_ + other)];
}

std::size_t FoldPairs::best_penalty(int held_out) const {
  HeldOutLosses total{};
  for (int fold = 0; fold < folds_; ++fold) {
    if (fold == held_out) continue;
    for (std::size_t s = 0; s < kPenalties.size(); ++s) total[s] += at(fold, held_out)[s];
  }
  const double enough = *std::min_element(total.begin(), total.end()) * (1 + kAsGood);
  const auto as_good = [&](double loss) { return loss <= enough; };
  return static_cast<std::size_t>(std::find_if(total.begin(), total.end(), as_good) -
                                  total.begin());
}

}  // namespace oneormany::train
