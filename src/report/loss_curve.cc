#include "report/loss_page.h"

namespace oneormany::report {
namespace {

double value_of(const loss::Loss& loss, std::vector<double> logits,
                const std::vector<double>& targets) {
  const loss::Batch<double> batch{.logits = logits.data(),
                                  .rows = 1,
                                  .columns = static_cast<std::int64_t>(logits.size()),
                                  .targets = targets.data()};
  return loss.evaluate(batch, loss::Reduction::kSum, 1);
}

}  // namespace

LossCurve loss_curve(const loss::LossChoice& choice, double low, double high, std::size_t points) {
  // There are no pictures to count: every class is as frequent as not.
  const auto loss = choice.make({2, {1, 1}});
  const auto alone = choice.make({2, {1}});
  LossCurve curve;
  // Losses with a value for each logit (of 3 x 2: six) judge every label by itself.
  curve.alone = choice.info->targets == loss::TargetKind::kLabels && loss->values_size(3, 2) == 6;
  for (std::size_t i = 0; i < points; ++i) {
    const double z = low + (high - low) * static_cast<double>(i) / static_cast<double>(points - 1);
    curve.logits.push_back(z);
    curve.right.push_back(curve.alone ? value_of(*alone, {z}, {1})
                                      : value_of(*loss, {z, 0}, {1, 0}));
    curve.wrong.push_back(curve.alone ? value_of(*alone, {z}, {0})
                                      : value_of(*loss, {z, 0}, {0, 1}));
  }
  return curve;
}

}  // namespace oneormany::report
