#pragma once
// Which models a comparison has.

#include <optional>
#include <string>
#include <vector>

#include "head/head.h"
#include "loss/catalogue.h"

namespace oneormany::train {

/// What a model is. The loss itself is made for each fit, since some depend on how often each class
/// occurs among the pictures of that very fit.
struct ModelSpec {
  std::string name;
  loss::LossChoice loss;
  std::optional<head::HeadKind> head = head::HeadKind::kLinear;  ///< none: not known, of logits
  bool background = false;  ///< trained on background pictures too
  bool none_class = false;  ///< background is a class of its own, the last column of the logits

  bool one_class() const { return loss.info->targets == loss::TargetKind::kClass; }
  loss::Activation activation() const {
    return one_class() ? loss::Activation::kSoftmax : loss::Activation::kSigmoid;
  }
};

/// The model of this loss and head, and with background a second one that is trained on it:
/// "classes" and "classes+none" for a loss of one class, "labels" and "labels+background" for one
/// of labels. What isn't standard stands behind: "labels:zlpr", "labels+background (mlp)".
std::vector<ModelSpec> models_of(const loss::LossChoice& loss, head::HeadKind head,
                                 bool with_background);

/// Cross-entropy and binary cross-entropy.
std::vector<loss::LossChoice> standard_losses();

}  // namespace oneormany::train
