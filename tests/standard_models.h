#pragma once
// The standard losses with a linear head.

#include <vector>

#include "train/model_spec.h"

namespace oneormany::train {

/// "classes" and, with background, "classes+none".
inline std::vector<ModelSpec> class_models(bool with_background) {
  return models_of(standard_losses()[0], head::HeadKind::kLinear, with_background);
}

/// "labels" and, with background, "labels+background".
inline std::vector<ModelSpec> label_models(bool with_background) {
  return models_of(standard_losses()[1], head::HeadKind::kLinear, with_background);
}

/// All four.
inline std::vector<ModelSpec> standard_models() {
  auto models = class_models(true);
  for (const auto& model : label_models(true)) models.push_back(model);
  return models;
}

}  // namespace oneormany::train
