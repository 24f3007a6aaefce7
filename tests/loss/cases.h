#pragma once
// What the tests of the losses share: the golden cases.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "loss/matrix.h"
#include "tests/golden.h"
#include "tests/instruction_sets.h"

namespace oneormany::loss {

/// The loss of a golden case.
inline std::unique_ptr<Loss> golden_loss(const Json& entry) {
  const std::string name = entry.at("loss");
  const Json& parameters = entry.at("parameters");
  const std::vector<double> weights = parameters.value("weight", std::vector<double>{});
  if (name == "cross_entropy") {
    return cross_entropy(parameters.value("label_smoothing", 0.0), weights);
  }
  if (name == "bce_with_logits") {
    return bce_with_logits(weights, parameters.value("pos_weight", std::vector<double>{}));
  }
  if (name == "sigmoid_focal") return sigmoid_focal(parameters.at("gamma"), parameters.at("alpha"));
  if (name == "softmax_focal") return softmax_focal(parameters.at("gamma"));
  if (name == "multi_margin") return multi_margin();
  if (name == "zlpr") return zlpr();
  if (name == "asymmetric") {
    return asymmetric({.gamma_positive = parameters.at("gamma_positive"),
                       .gamma_negative = parameters.at("gamma_negative"),
                       .margin = parameters.at("margin"),
                       .clamp = parameters.at("clamp")});
  }
  ADD_FAILURE() << "no loss for the golden case " << name;
  return nullptr;
}

inline Reduction golden_reduction(const Json& entry) {
  const std::string name = entry.at("reduction");
  return name == "mean" ? Reduction::kMean : name == "sum" ? Reduction::kSum : Reduction::kNone;
}

}  // namespace oneormany::loss
