#pragma once
// A fitted head of any kind.

#include <string_view>
#include <variant>

#include "head/linear.h"
#include "head/mlp.h"

namespace oneormany {

enum class HeadKind { kLinear, kMlp };

inline std::string_view name_of(HeadKind kind) {
  return kind == HeadKind::kLinear ? "linear" : "mlp";
}

using Head = std::variant<LinearHead, MlpHead>;

/// One row of logits for each row of features.
inline Matrix logits_of(const Head& head, const MatrixF& features) {
  return std::visit([&](const auto& one) { return one.logits(features); }, head);
}

}  // namespace oneormany
