#pragma once
// The catalogue of losses for people and programs.

#include <optional>
#include <string>
#include <vector>

#include "loss/catalogue.h"
#include "report/document.h"

namespace oneormany::report {

/// Every loss in a few lines.
std::string losses_text(const Look& look);

/// All about one loss; its curve is drawn with the parameters chosen.
std::string loss_text(const loss::LossChoice& choice, const Look& look);

/// Format "oneormany-losses-1": all of them, or only `one`.
std::string losses_json(const loss::LossInfo* one);

/// What a loss costs as the logit goes up: of the class or label that is right, and of one that is
/// wrong.
struct LossCurve {
  std::vector<double> logits, right, wrong;
  bool alone = true;  ///< a single label; else beside another one, whose logit is 0
};
LossCurve loss_curve(const loss::LossChoice& choice, double low, double high, std::size_t points);

}  // namespace oneormany::report
