#include "compare/strengths.h"

#include <algorithm>

#include "head/averaging.h"

namespace oneormany {

double held_out_loss(const Matrix& logits, const Loss& loss, const Matrix& targets) {
  const auto [reduction, divide_by] = average_over(targets.rows(), loss);
  return evaluate(loss, logits, targets, reduction).value *
         (static_cast<double>(targets.rows()) / divide_by);
}

Pairs::Pairs(int folds) : folds_(folds), held_out_(static_cast<std::size_t>(folds * folds)) {}

HeldOutLosses& Pairs::at(int of, int other) {
  return held_out_[static_cast<std::size_t>(of * folds_ + other)];
}

const HeldOutLosses& Pairs::at(int of, int other) const {
  return held_out_[static_cast<std::size_t>(of * folds_ + other)];
}

std::size_t Pairs::best_strength(int held_out) const {
  HeldOutLosses total{};
  for (int fold = 0; fold < folds_; ++fold) {
    if (fold == held_out) continue;
    for (std::size_t s = 0; s < kStrengths.size(); ++s) total[s] += at(fold, held_out)[s];
  }
  return static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
}

}  // namespace oneormany
