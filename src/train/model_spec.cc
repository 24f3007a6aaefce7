#include "train/model_spec.h"

#include <fmt/format.h>

namespace oneormany::train {

std::vector<ModelSpec> models_of(const loss::LossChoice& loss, head::HeadKind head,
                                 bool with_background) {
  const bool one_class = loss.info->targets == loss::TargetKind::kClass;
  const loss::LossChoice standard = standard_losses()[one_class ? 0 : 1];
  const std::string text = loss.text();
  const auto name = [&](const char* base) {
    return fmt::format(
        "{}{}{}", base, text == standard.text() ? "" : ":" + text,
        head == head::HeadKind::kLinear ? "" : fmt::format(" ({})", head::name_of(head)));
  };
  std::vector<ModelSpec> models{{name(one_class ? "classes" : "labels"), loss, head}};
  if (with_background) {
    models.push_back(
        {name(one_class ? "classes+none" : "labels+background"), loss, head, true, one_class});
  }
  return models;
}

std::vector<loss::LossChoice> standard_losses() {
  return {loss::parse_loss("cross_entropy"), loss::parse_loss("bce_with_logits")};
}

}  // namespace oneormany::train
