#pragma once
// Questions to explain(), short to write.

#include <string>
#include <utility>
#include <vector>

#include "app/explain.h"

namespace oneormany::app {

inline Question question(std::vector<double> logits) {
  Question some;
  some.logits = std::move(logits);
  return some;
}

inline Question question(std::vector<double> logits, const std::string& target,
                         const std::vector<std::string>& losses = {}) {
  Question some = question(std::move(logits));
  some.target = target;
  for (const std::string& loss : losses) some.losses.push_back(loss::parse_loss(loss));
  return some;
}

}  // namespace oneormany::app
