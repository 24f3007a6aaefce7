#include "compare/arms.h"

#include <fmt/format.h>

namespace oneormany {

std::vector<ArmSpec> arms_of(const LossChoice& loss, HeadKind head, bool with_background) {
  const bool one_class = loss.info->targets == TargetKind::kClass;
  const LossChoice standard = standard_losses()[one_class ? 0 : 1];
  const std::string text = loss.text();
  const auto name = [&](const char* kind) {
    return fmt::format("{}{}{}", kind, text == standard.text() ? "" : ":" + text,
                       head == HeadKind::kLinear ? "" : fmt::format(" ({})", name_of(head)));
  };
  std::vector<ArmSpec> arms{{name(one_class ? "classes" : "labels"), loss, head}};
  if (with_background) {
    arms.push_back(
        {name(one_class ? "classes+none" : "labels+background"), loss, head, true, one_class});
  }
  return arms;
}

std::vector<LossChoice> standard_losses() {
  return {parse_loss("cross_entropy"), parse_loss("bce_with_logits")};
}

std::vector<ArmSpec> class_arms(bool with_background) {
  return arms_of(standard_losses()[0], HeadKind::kLinear, with_background);
}

std::vector<ArmSpec> label_arms(bool with_background) {
  return arms_of(standard_losses()[1], HeadKind::kLinear, with_background);
}

}  // namespace oneormany
