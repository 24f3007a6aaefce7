#pragma once
// A fitted head of any kind.

#include <string_view>
#include <variant>
#include <vector>

#include "head/kernel.h"
#include "head/linear.h"
#include "head/mlp.h"

namespace oneormany::head {

enum class HeadKind { kLinear, kRbf, kMlp };

inline std::string_view name_of(HeadKind kind) {
  switch (kind) {
    case HeadKind::kLinear:
      return "linear";
    case HeadKind::kRbf:
      return "rbf";
    case HeadKind::kMlp:
      break;
  }
  return "mlp";
}

using Head = std::variant<LinearHead, KernelHead, MlpHead>;

/// One row of logits for each row of features.
inline Matrix logits_of(const Head& head, const MatrixF& features) {
  return std::visit([&](const auto& one) { return one.logits(features); }, head);
}

}  // namespace oneormany::head
